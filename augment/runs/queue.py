"""The queue of this machine: first in, first out, one run at a time, and no service to keep.

A scheduler is a process that lives while there is something to do. Whoever submits or lists runs
starts one where it is missing. No run is stranded when one ends: it looks at the queue once more
*after* it has let go of its lock, so a run submitted before that is seen by it, and whoever submits
later finds the lock free and starts the next scheduler.

The local engine: this machine, one run at a time, in processes that outlive whoever asked.
"""

from __future__ import annotations

import random
import re
import shutil
import string
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from augment.errors import RunError
from augment.runs import folder as folders
from augment.runs.config import RunConfig
from augment.runs.folder import RunFolder
from augment.runs.run import FAILED, QUEUED, RUNNING, Run, read
from augment.system import files, processes

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
    return files.is_held(lock_path())


def queue(runs: list[Run]) -> list[Run]:
    """Return the queued ones of ``runs``, the next to start first."""
    queued = [run for run in runs if run.state == QUEUED]
    return sorted(queued, key=lambda run: (run.created or _EARLIEST, run.id))


def main() -> int:
    """Run what is queued, one after the other, and end when nothing is; return the exit code 0."""
    had_turn: set[str] = set()
    while True:
        lock = files.hold(lock_path(), patience=1)
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
    code = processes.detached(processes.command("supervise", folder.id), folder.log).wait()
    if read(folder).state != QUEUED:
        return
    try:
        last = folder.log_tail(1)
        reason = f"Its supervisor could not start (code {code}): {last or 'it said nothing'}"
        ended = {"state": FAILED, "reason": reason, "started": started, "ended": folders.now()}
        folders.write_json(folder.state, ended)
    except (OSError, RunError) as error:
        sys.stderr.write(f"{folder.id} could not be started, nor could that be written: {error}\n")


_PATIENCE_S = 5.0
_letters = random.SystemRandom()
_starting = threading.Lock()
_started_at = float("-inf")


def submit(config: RunConfig) -> Run:
    """Queue a run and return at once; it starts when those before it are over.

    Raises:
        ConfigError: the file of weights does not exist.
        DataError: the data is not prepared at this size; says the command that prepares it.
        RunError: the folder cannot be written (a full disk, no permission).
    """
    config.check_inputs()
    folder = _made(config)
    _start_scheduler()
    return status(folder.id)


def status(run_id: str) -> Run:
    """Return the run ``run_id`` as it is now; RunError when there is none."""
    run = read(folders.find(run_id))
    return _placed([run], every())[0] if run.state == QUEUED else run


def every() -> list[Run]:
    """Return all runs, newest first, torn ones last; starts a scheduler where one is missing."""
    runs = [read(folder) for folder in folders.every()]
    reconcile(runs)
    runs.sort(key=lambda run: (run.created is not None, run.created or 0, run.id), reverse=True)
    return _placed(runs, runs)


def cancel(run_id: str) -> None:
    """Ask for the end of a queued or running run; RunError when it is over already."""
    read(folders.find(run_id)).cancel()


def logs(run_id: str, tail: int = 200) -> str:
    """Return the last ``tail`` lines of a run's log."""
    return folders.find(run_id).log_tail(tail)


def reconcile(runs: list[Run]) -> None:
    """Start a scheduler where runs are queued and none lives, say after a restart of the machine."""
    recently = time.monotonic() - _started_at < _PATIENCE_S
    if not recently and queue(runs) and not is_alive():
        _start_scheduler()


def _start_scheduler() -> None:
    """Start a scheduler unless one lives; two that start at once agree through their lock."""
    global _started_at
    with _starting:
        if is_alive():
            return
        _started_at = time.monotonic()
        try:
            processes.detached(processes.command("schedule"), log_path())
        except OSError as error:
            raise folders.cannot_write(error) from error


def _made(config: RunConfig) -> RunFolder:
    """Make the folder of a new run; it appears in one step, with its ``spec.json`` in it."""
    root = folders.root()
    while True:
        name = _new_id(config)
        hidden = RunFolder(root / f".{name}")
        try:
            hidden.path.mkdir()
            spec = {"version": 1, "created": folders.now(), "config": config.to_dict()}
            folders.write_json(hidden.spec, spec)
            return RunFolder(hidden.path.rename(root / name))
        except FileExistsError:
            continue
        except OSError as error:
            shutil.rmtree(hidden.path, ignore_errors=True)
            raise folders.cannot_write(error) from error


def _new_id(config: RunConfig) -> str:
    """Return an id that sorts by time, can be read, and is safe as the name of a folder."""
    words = re.sub(r"[^a-z0-9]+", "-", (config.name or config.data).lower()).strip("-")[:24]
    tail = "".join(_letters.choices(string.ascii_lowercase + string.digits, k=4))
    moment = datetime.now().astimezone().strftime("%Y-%m-%d-%H%M%S")
    return "-".join(filter(None, [moment, words.strip("-"), tail]))


def _placed(runs: list[Run], among: list[Run]) -> list[Run]:
    """Return ``runs`` with the number of those before them in the phase of queued ones."""
    order = [run.id for run in among if run.state == RUNNING]
    order += [run.id for run in queue(among)]
    return [
        replace(run, phase=f"waiting in the queue, {order.index(run.id)} before it")
        if run.state == QUEUED and run.id in order
        else run
        for run in runs
    ]
