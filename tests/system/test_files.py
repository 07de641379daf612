"""JSON documents are replaced atomically, and a lock shows whether a process lives."""

from __future__ import annotations

import errno
import fcntl
import math
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from augment.system import files, processes

HOLDER = """
import sys
from pathlib import Path
from augment.system import files
held = files.acquire(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""

INHERITOR = "import sys; sys.stdin.read()"


def test_json_is_replaced_and_no_draft_is_left(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    files.write_json(path, {"state": "RUNNING"})
    files.write_json(path, {"state": "SUCCEEDED"})
    assert files.read_json(path) == {"state": "SUCCEEDED"}
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.json"]


def test_a_document_that_is_not_json_leaves_the_old_one_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    files.write_json(path, {"state": "RUNNING"})
    with pytest.raises(TypeError):
        files.write_json(path, {"state": object()})
    assert files.read_json(path) == {"state": "RUNNING"}
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.json"]


def test_a_missing_file_is_none_and_a_damaged_one_an_error(tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    assert files.read_json(path) is None
    assert files.read_json(path / "below") is None
    for damaged in ("", '{"state": "RUN', "[1]", "\udcff", "[" * 100_000):
        path.write_text(damaged, errors="surrogateescape")
        with pytest.raises(files.DamagedFile, match=r"^spec\.json is damaged: it is not .*\.$"):
            files.read_json(path)
        assert files.read_json(path.parent / "below") is None
    path.unlink()
    path.mkdir()
    with pytest.raises(files.DamagedFile, match=r"spec\.json cannot be read"):
        files.read_json(path)


def test_a_pipe_or_a_device_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe that nobody writes to, a link to itself, a device without end, a file without content."""
    path = tmp_path / "state.json"
    made: list[tuple[Callable[[], object], str]] = [
        (lambda: os.mkfifo(path), "cannot be read: it is not a file"),
        (
            lambda: path.symlink_to("/dev/zero"),
            "cannot be read: it is a link, which is not followed",
        ),
        (lambda: truncated(path, 2**33), "is damaged: it has 8,589.9 MB, and at most 64.0 MB"),
        (lambda: path.write_bytes(b"\0" * 100), "is damaged: it is not"),
        (lambda: path.write_text('{"a": 1, "a": 2}'), 'is damaged: .* two entries "a"'),
        (lambda: path.write_text('{"a": ' + "9" * 5000 + "}"), "is damaged: .* 5,000 digits"),
        (lambda: path.write_text('{"a": ' + "[" * 950 + "]" * 950 + "}"), ".* nested too deep"),
    ]
    for make, words in made:
        make()
        assert files.exists(path)
        assert not files.is_held(path)
        with pytest.raises(files.DamagedFile, match=rf"^state\.json {words}"):
            files.read_json(path)
        path.unlink()
    assert not files.exists(path)


@pytest.mark.parametrize(
    ("target", "words"),
    [("/dev/zero", "it is not a file"), ("state.json", "Too many levels")],
)
def test_a_link_is_followed_only_where_it_may_be_one(
    tmp_path: Path, target: str, words: str
) -> None:
    (tmp_path / "other.json").write_text('{"a": 1}')
    path = tmp_path / "state.json"
    path.symlink_to("other.json")
    with pytest.raises(files.DamagedFile, match="it is a link"):
        files.read_bytes(path, 100)
    assert files.read_json(path, may_be_link=True) == {"a": 1}
    path.unlink()
    path.symlink_to(target)
    with pytest.raises(files.DamagedFile, match=words):
        files.read_json(path, may_be_link=True)


def truncated(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


def test_the_tail_of_a_file_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    path.write_bytes(b"0123456789")
    assert files.read_bytes(path, 4, tail=True) == b"6789"
    assert files.read_bytes(path, 10) == files.read_bytes(path, 99, tail=True) == b"0123456789"
    with pytest.raises(files.DamagedFile, match=r"run\.log is damaged: it has"):
        files.read_bytes(path, 9)


def test_numbers_that_json_does_not_have_are_not_written_and_read_as_none(tmp_path: Path) -> None:
    path = tmp_path / "evaluation.json"
    with pytest.raises(ValueError, match="not JSON compliant"):
        files.write_json(path, {"loss": math.nan})
    assert list(tmp_path.iterdir()) == []
    path.write_text('{"loss": NaN, "accuracy": 1e999}')
    assert files.read_json(path) == {"loss": None, "accuracy": None}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES])
def test_a_full_disk_is_told_from_other_errors(number: int) -> None:
    assert files.has_no_room(OSError(number, "why")) == (number != errno.EACCES)


def test_testing_a_lock_creates_no_file(tmp_path: Path) -> None:
    assert not files.is_held(tmp_path / "lock")
    assert list(tmp_path.iterdir()) == []


def test_a_lock_is_released_when_its_holder_is_killed(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        env=processes.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert files.is_held(path)
        assert files.acquire(path) is None
        holder.kill()
    assert not files.is_held(path)
    lock = files.acquire(path)
    assert lock is not None
    with lock:
        assert files.is_held(path)
    assert not files.is_held(path)


def test_a_lock_can_be_handed_over_to_a_child(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = files.acquire(path)
    assert lock is not None
    with lock:
        heir = subprocess.Popen(
            [sys.executable, "-c", INHERITOR], pass_fds=[lock.fileno()], stdin=subprocess.PIPE
        )
    with heir:
        assert files.is_held(path)
        heir.kill()
    assert not files.is_held(path)


def test_acquire_waits_for_the_timeout_and_no_longer_than_the_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    held = files.acquire(path)
    assert held is not None
    assert files.acquire(path, timeout=0.1) is None
    release = threading.Timer(0.2, held.close)
    release.start()
    lock = files.acquire(path, timeout=60)
    release.join()
    assert lock is not None
    lock.close()


def test_a_lock_whose_file_is_deleted_is_acquired_at_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lock"
    real, deleted = files.fcntl.flock, []

    def flock(file: BinaryIO, operation: int) -> None:
        if not deleted:
            path.unlink()
            deleted.append(path)
        real(file, operation)

    monkeypatch.setattr(files.fcntl, "flock", flock)
    lock = files.acquire(path)
    assert lock is not None
    with lock:
        assert files.is_held(path), "the lock is on a file that nobody else can find"


@contextmanager
def being_probed(path: Path) -> Iterator[BinaryIO]:
    """Be another process in the middle of `is_held`, whose shared lock ends with the file."""
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield file


def test_callers_of_is_held_never_take_each_other_for_a_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with being_probed(path):
        assert not files.is_held(path)


def test_a_lock_that_is_only_tested_is_acquired(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with being_probed(path) as test:
        end = threading.Timer(0.2, test.close)
        end.start()
        lock = files.acquire(path)
        end.join()
    assert lock is not None, "a process that only tests the lock was taken for a holder"
    lock.close()
