"""JSON documents are replaced atomically, and a lock shows whether a process lives."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

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


def test_callers_of_is_held_never_take_each_other_for_a_holder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one asks, which takes a shared lock for a moment, another one asks."""
    path = tmp_path / "lock"
    path.touch()
    answers: list[bool] = []
    flock = fcntl.flock

    def asked_meanwhile(file: int, how: int) -> None:
        flock(file, how)
        monkeypatch.undo()
        answers.append(files.is_held(path))

    monkeypatch.setattr(fcntl, "flock", asked_meanwhile)
    answers.append(files.is_held(path))
    assert answers == [False, False]
