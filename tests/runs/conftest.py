"""Runs for the tests, and the check that none of their processes is left."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from augment import presets, runs
from augment.errors import RunError
from augment.runs import folders, queue, scheduler
from augment.system import files
from augment.train import RunConfig
from tests.runs import stand_in

CONFIG = RunConfig(recipe=presets.PRESETS["guide"].recipe, size=32, epochs=1, batch_size=16, seed=3)
COMMANDS = ("schedule", "supervise", "train")
PATIENCE = 4
"""What deadlines are multiplied by, for a machine that is busy with other tests."""
DEADLINE_S = PATIENCE * 90
"""For whatever a test waits for that has no deadline of its own."""


def config(**changes: object) -> RunConfig:
    return replace(CONFIG, **changes)


def eventually(condition: Callable[[], object], seconds: float = 90, what: str = "") -> None:
    """Wait until ``condition()`` holds, which another process brings about; fail after a deadline.

    That is several times what it takes, as a trainer gets only what no other process wants.
    """
    deadline = time.monotonic() + PATIENCE * seconds
    while not condition():
        assert time.monotonic() < deadline, what or f"it did not happen within {seconds} s"
        time.sleep(0.05)


def state(run_id: str) -> str:
    return runs.get(run_id).state


def processes(home: Path, word: str) -> list[psutil.Process]:
    """The living processes of this home that have ``word`` on their command line.

    Without what one of them is just starting, which has its command line until it has its own.
    """
    found: dict[int, tuple[psutil.Process, list[str], int]] = {}
    for process in psutil.process_iter():
        try:
            is_ours = process.environ().get("AUGMENT_HOME") == str(home.resolve())
            words = process.cmdline()
            if is_ours and word in words and process.status() != psutil.STATUS_ZOMBIE:
                found[process.pid] = process, words, process.ppid()
        except psutil.Error:
            continue
    return [
        process
        for process, words, parent in found.values()
        if parent not in found or found[parent][1] != words
    ]


def kill(home: Path, word: str) -> None:
    """Kill the living processes of this home that have ``word`` on their command line."""
    for process in processes(home, word):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def scheduled() -> None:
    """Run the queue here to its end, as a scheduler does."""
    lock = files.acquire(queue.lock_path())
    assert lock is not None
    with lock:
        inherited = os.dup(lock.fileno())
    assert scheduler.main(inherited) == 0


def all_processes(home: Path) -> list[psutil.Process]:
    """The living processes of the queue of this home."""
    return [process for command in COMMANDS for process in processes(home, command)]


def cancel_runs() -> None:
    """Cancel every run of this home that can still be cancelled."""
    for run in runs.list_runs():
        try:
            run.cancel()
        except RunError:
            continue


@pytest.fixture
def live(home: Path) -> Iterator[Path]:
    """A home whose runs are really started; what a test leaves running is ended after it."""
    yield home
    cancel_runs()
    eventually(lambda: all_are_killed(home))


def all_are_killed(home: Path) -> bool:
    """Kill the processes of the queue, also what they were just starting; return whether none is left."""
    for command in COMMANDS:
        kill(home, command)
    return not all_processes(home)


@pytest.fixture(scope="module")
def module_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the data are prepared once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def waiting(module_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A queue without runs, which stands still, as the scheduler's lock is held here."""
    monkeypatch.setenv("AUGMENT_HOME", str(module_home))
    lock = files.acquire(queue.lock_path())
    assert lock is not None
    with lock:
        yield
    shutil.rmtree(folders.root())


@pytest.fixture
def standing_in(live: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose runs are really started, with a trainer that takes milliseconds."""
    (tmp_path / "sitecustomize.py").write_text(stand_in.SITE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return live


@pytest.fixture
def supervised(live: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose runs are really started, with a supervisor that takes milliseconds."""
    (tmp_path / "sitecustomize.py").write_text(stand_in.SUPERVISOR)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return live


@pytest.fixture
def quick(live: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose runs are really started, with a trainer that starts at once and waits where told.

    It needs a hundredth of the processor time that the real one has before it begins to train, and a
    trainer gets only what no other process wants.
    """
    (tmp_path / "sitecustomize.py").write_text(stand_in.QUICK)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return live
