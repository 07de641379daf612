from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import psutil
import pytest

from augment import data
from augment.data.sources.tfds import FLOWERS_FILES
from augment.data.store.place import Place
from augment.errors import DataError
from augment.system import files
from tests.data.processes import holding, python, until
from tests.runs.conftest import processes

FLOWERS = "tfds:oxford_flowers102"

WAITS = """
import os, time
for _ in range(18_000):
    if os.path.exists({file!r}):
        break
    time.sleep(0.01)
"""


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Every process that is started waits until there is this file, three minutes at most."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WAITS.format(file=str(tmp_path / "go")))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    yield tmp_path / "go"
    (tmp_path / "go").touch()


def child(home: Path) -> psutil.Process:
    """The process that prepares a set of this home, and that waits.

    A process that was just started has neither a command line nor an environment for a moment.
    """
    until(lambda: processes(home, "prepare"))
    (one,) = processes(home, "prepare")
    return one


def state(name: str = "bundled", size: int = 48) -> str:
    return data.preparation(name, size).state


def test_it_starts_at_once_and_gets_done(home: Path, go: Path) -> None:
    assert state() == "none"
    data.start_preparing("bundled", 48)
    assert state() == "running"
    go.touch()
    until(lambda: state() != "running")
    assert data.preparation("bundled", 48) == data.Preparation(state="done")
    assert len(data.open_prepared("bundled", 48).split("train")) == 176


def test_reading_starts_no_process(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*command: object, **options: object) -> None:
        raise OSError(f"a process was started: {command}")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    with pytest.raises(DataError, match=r"could not be started \(a process was.*bundled"):
        data.start_preparing("bundled", 48)
    assert state() == "none"
    data.open_prepared("bundled", 48)
    assert [info.size for info in data.list_prepared()] == [48]
    assert state() == "done"
    data.verify("bundled", 48)
    data.stop_preparing("bundled", 48)
    for name in data.names():
        assert data.source(name).name == name
        assert data.preparation(name, 64).state == "none"


def test_starting_twice_starts_one(home: Path, go: Path) -> None:
    data.start_preparing("bundled", 48)
    first = child(home)
    data.start_preparing("bundled", 48)
    assert child(home) == first
    go.touch()
    until(lambda: state() == "done")
    data.start_preparing("bundled", 48)
    # The first may go on for a while, to compile the ops.
    assert processes(home, "prepare") in ([first], [])


def test_it_outlives_the_process_that_started_it(home: Path) -> None:
    starter = python('from augment import data; data.start_preparing("bundled", 48)')
    starter.communicate()
    assert starter.returncode == 0
    until(lambda: state() == "done")


def test_relative_homes_mean_the_same_in_both_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUGMENT_HOME", "here")
    data.start_preparing("bundled", 48)
    until(lambda: state() == "done")
    assert (tmp_path / "here" / "data" / "bundled" / "48px").is_dir()


def test_progress_can_be_read_by_another_process(home: Path) -> None:
    process = holding(48)
    found = data.preparation("bundled", 48)
    assert (found.state, found.total) == ("running", 275)
    assert 0 < found.done < 275
    assert found.message in ("preparing the photographs pictures", "preparing the train pictures")
    process.communicate()
    assert state() == "done"


def test_reading_the_state_is_not_mistaken_for_preparing(home: Path) -> None:
    data.open_prepared("bundled", 48)
    asking = [
        python(
            "from augment import data\n"
            "print({data.preparation('bundled', 48).state for _ in range(300)})"
        )
        for _ in range(3)
    ]
    assert [process.communicate()[0] for process in asking] == ["{'done'}\n"] * 3


def test_a_damaged_note_is_ignored(home: Path) -> None:
    place = Place.of("bundled", 48)
    note = {"state": "failed", "done": 5, "total": 9, "message": "The disk is full."}
    files.write_json(place.progress, note)
    assert data.preparation("bundled", 48).message == "The disk is full."
    for wrong in (
        {"state": 5},
        {"state": []},
        {"done": None},
        {"done": "5"},
        {"total": 10**400},
        {"total": -1},
        {"per_second": None},
        {"message": 7},
        {"problems": 5},
    ):
        files.write_json(place.progress, note | wrong)
        assert data.preparation("bundled", 48).state == "none", wrong
    for text in ('{"state": "failed", "done": NaN}', "[" * 950 + "]" * 950, "9" * 5000):
        place.progress.write_text(text)
        assert data.preparation("bundled", 48).state == "none", text[:40]


def test_a_process_killed_before_it_began_is_reported(home: Path, go: Path) -> None:
    data.start_preparing("bundled", 48)
    place = Place.of("bundled", 48)
    child(home).kill()
    until(lambda: state() != "running")
    found = data.preparation("bundled", 48)
    assert found.state == "failed"
    assert (
        "ended while starting without a message, as after a crash (its last output: none; "
        in found.message
    )
    assert str(place.log) in found.message
    place.log.write_text("Traceback\nOSError: no more memory\n\n", encoding="utf-8")
    assert "(its last output: OSError: no more memory;" in data.preparation("bundled", 48).message
    go.touch()
    data.start_preparing("bundled", 48)
    until(lambda: state() == "done")


def test_a_log_that_is_deleted_while_it_is_read_is_left_out(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place.of("bundled", 48)
    place.progress.write_text('{"state": "running", "message": "starting"}', encoding="utf-8")
    place.log.write_text("Traceback", encoding="utf-8")
    read_text = Path.read_text

    def deleted_first(path: Path, *args: str, **options: str) -> str:
        if path == place.log:
            path.unlink()  # as another process that starts to prepare the set does
        return read_text(path, *args, **options)

    monkeypatch.setattr(Path, "read_text", deleted_first)
    found = data.preparation("bundled", 48)
    assert not place.log.exists()
    assert found.state == "failed"
    assert "without a message, as after a crash; " in found.message


def test_a_process_that_finds_the_set_prepared_leaves_no_note(home: Path) -> None:
    place = data.open_prepared("bundled", 48).stored.place
    place.folder.rename(place.part)  # as a process leaves it that is killed before the last rename
    data.start_preparing("bundled", 48)
    until(lambda: state() == "done")
    until(lambda: not files.is_held(place.lock))
    assert data.preparation("bundled", 48) == data.Preparation(state="done")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"state": "unknown"}'])
def test_damaged_notes_are_ignored(home: Path, content: str) -> None:
    Place.of("bundled", 48).progress.write_text(content, encoding="utf-8")
    assert state() == "none"
    data.start_preparing("bundled", 48)
    until(lambda: state() == "done")


def test_a_damaged_set_is_reported_and_can_be_prepared_again(home: Path) -> None:
    data.open_prepared("bundled", 48)
    Place.of("bundled", 48).index.write_text("damaged", encoding="utf-8")
    found = data.preparation("bundled", 48)
    assert found.state == "failed"
    assert "is damaged" in found.message
    data.start_preparing("bundled", 48)
    until(lambda: state() == "done")


def test_stopping_while_it_starts_stops_it(home: Path, go: Path) -> None:
    data.start_preparing("bundled", 48)
    assert data.preparation("bundled", 48).message == "starting"
    data.stop_preparing("bundled", 48)
    go.touch()
    until(lambda: state() != "running")
    assert state() == "stopped"
    data.start_preparing("bundled", 48)
    until(lambda: state() == "done")


def test_it_starts_although_the_process_before_is_just_ending(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has noted its end, and releases its lock when another has asked for that."""
    place = Place.of("bundled", 48)
    ending = files.acquire(place.lock)
    assert ending is not None
    files.write_json(place.progress, {"state": "stopped", "message": "why"})
    real = files.acquire

    def acquire(path: Path, **options: float) -> BinaryIO | None:
        found = real(path, **options)
        ending.close()
        return found

    monkeypatch.setattr(files, "acquire", acquire)
    data.start_preparing("bundled", 48)
    assert state() == "running"
    until(lambda: state() == "done")


def test_preparing_again_is_reported_and_started_once(home: Path, go: Path) -> None:
    data.open_prepared("bundled", 48)
    data.start_preparing("bundled", 48, again=True)
    first = child(home)
    assert state() == "running"
    data.start_preparing("bundled", 48, again=True)
    assert child(home) == first
    go.touch()
    until(lambda: state() != "running")
    assert data.preparation("bundled", 48) == data.Preparation(state="done")


def test_one_server_prepares_two_sets_at_once(home: Path, go: Path) -> None:
    for size in (40, 48):
        data.start_preparing("bundled", size)
    with pytest.raises(DataError, match="2 sets are being prepared already"):
        data.start_preparing("bundled", 56)
    go.touch()
    for size in (40, 48):
        until(lambda size=size: state(size=size) == "done")
    data.start_preparing("bundled", 56)
    until(lambda: state(size=56) == "done")


@pytest.mark.slow
def test_no_network_is_reported_with_what_to_do(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "nothing"))
    for proxy in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")
    data.start_preparing(FLOWERS, 48)
    until(lambda: state(FLOWERS) != "running")
    found = data.preparation(FLOWERS, 48)
    assert found.state == "failed"
    nothing = tmp_path / "nothing"
    assert found.message.startswith(
        f"oxford_flowers102 is not in {nothing}, and its server www.robots.ox.ac.uk cannot be reached ("
    )
    for file in FLOWERS_FILES:
        assert file in found.message
    assert f"in {nothing}/downloads/manual, " in found.message
    assert found.message.endswith(
        "or set TFDS_DATA_DIR to a folder that contains "
        "oxford_flowers102/2.1.1 as tensorflow-datasets prepared it elsewhere."
    )
