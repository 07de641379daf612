"""Runs for the tests, and the check that none of their processes is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from augment import presets, runs
from augment.errors import RunError
from augment.train import RunConfig

CONFIG = RunConfig(recipe=presets.PRESETS["guide"].recipe, size=32, epochs=1, batch_size=16, seed=3)
COMMANDS = ("schedule", "supervise", "train")


def config(**changes: object) -> RunConfig:
    return replace(CONFIG, **changes)


def eventually(condition: Callable[[], object], seconds: float = 90, what: str = "") -> None:
    """Wait until ``condition()`` holds, which another process brings about; fail after a deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what or f"it did not happen within {seconds} s"
        time.sleep(0.05)


def state(run_id: str) -> str:
    return runs.get(run_id).state


def processes(home: Path, word: str) -> list[psutil.Process]:
    """The living processes of this home that have ``word`` on their command line."""
    found = []
    for process in psutil.process_iter():
        try:
            is_ours = process.environ().get("AUGMENT_HOME") == str(home.resolve())
            if is_ours and word in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


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
    for process in all_processes(home):
        with suppress(psutil.NoSuchProcess):  # It has ended by itself since it was listed.
            process.kill()
    eventually(lambda: not all_processes(home))
