"""The queue of this machine: first in, first out, one run at a time, and no service to keep.

A scheduler is a process that lives while there is something to do. Whoever submits or lists runs
starts one where it is missing. No run is stranded when one ends: it looks at the queue once more
*after* it has let go of its lock, so a run submitted before that is seen by it, and whoever submits
later finds the lock free and starts the next scheduler.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from augment.errors import RunError
from augment.runs import folder as folders
from augment.runs import launch, locks
from augment.runs.folder import RunFolder
from augment.runs.run import FAILED, QUEUED, RUNNING, Run, read

_GLANCE_S = 0.5
_EARLIEST = datetime.min.replace(tzinfo=UTC)


def lock_path() -> Path:
    """Return the lock that a living scheduler holds."""
    return folders.root() / ".scheduler.lock"


def log_path() -> Path:
    """Return the log of what went wrong in a scheduler; empty when all is well."""
    return folders.root() / ".scheduler.log"


def is_alive() -> bool:
    """Return whether a scheduler is at work."""
    return locks.is_held(lock_path())


def queue(runs: list[Run]) -> list[Run]:
    """Return the queued ones of ``runs``, the next to start first."""
    queued = [run for run in runs if run.state == QUEUED]
    return sorted(queued, key=lambda run: (run.created or _EARLIEST, run.id))


def main() -> int:
    """Run what is queued, one after the other, and end when nothing is; return the exit code 0."""
    had_turn: set[str] = set()
    while True:
        lock = locks.hold(lock_path(), patience=1)
        if lock is None:
            return 0
        with lock:
            while following := _next(had_turn):
                _wait_for_slot()
                had_turn.add(following.id)
                _run(RunFolder(following.path))
        if _next(had_turn) is None:
            return 0


def _next(had_turn: set[str]) -> Run | None:
    """Return the next queued run that has not had its turn.

    One may still read as queued after its turn where the disk is so full that nothing can be written.
    """
    waiting = queue([read(folder) for folder in folders.every()])
    return next((run for run in waiting if run.id not in had_turn), None)


def _wait_for_slot() -> None:
    """Wait for the end of a run that an earlier scheduler started and did not outlive."""
    while any(read(folder).state == RUNNING for folder in folders.every()):
        time.sleep(_GLANCE_S)


def _run(folder: RunFolder) -> None:
    started = folders.now()
    code = launch.detached(launch.command("supervise", folder.id), folder.log).wait()
    if read(folder).state != QUEUED:
        return
    try:
        last = folder.log_tail(1)
        reason = f"Its supervisor could not start (code {code}): {last or 'it said nothing'}"
        ended = {"state": FAILED, "reason": reason, "started": started, "ended": folders.now()}
        folders.write_json(folder.state, ended)
    except (OSError, RunError) as error:
        sys.stderr.write(f"{folder.id} could not be started, nor could that be written: {error}\n")
