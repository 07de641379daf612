"""``schedule LOCK``: the process that starts queued runs, in their order, each as soon as it has a slot.

It may be killed at any time: a slot and a run are each held by a lock of whoever trains, so the next
scheduler starts nothing twice. No run is stranded when it ends: it looks at the queue once more *after*
it has released its lock, so it sees every run that was submitted before that, and a later `submit` finds
the lock free and starts the next scheduler.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import BinaryIO

from augment.errors import RunError
from augment.runs import dispatch, folders, queue, slots
from augment.runs.engines import Attempt
from augment.runs.folders import RunFolder
from augment.runs.run import LOCAL, Run, read
from augment.runs.supervisor import NO_ROOM
from augment.system import files, processes

_POLL_S = 0.5
_NO_ROOM_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Supervisor:
    """A supervisor that this scheduler started: its run, since when, and its process."""

    run: Run
    started: str
    process: subprocess.Popen[bytes]


def main(lock: int, engine: str = LOCAL) -> int:
    """Start what is queued, and end when nothing is queued or running; return the exit code 0.

    Args:
        lock: The file descriptor of the lock, which was acquired for this process (`queue.wake`).
        engine: Whose runs: those of this machine, or of a cluster, which starts them itself.

    Raises:
        RunError: It is not the descriptor of a file, or the slots of this machine or the engine are set
            wrongly.
    """
    try:
        inherited = os.fdopen(lock, "rb")
    except OSError as error:
        raise RunError(
            f"A scheduler is started with its lock, but {lock} is no open file; use `{queue.WAKE}`."
        ) from error
    if engine != LOCAL:
        return dispatch.main(inherited, engine)
    machine = slots.of_this_machine()
    given_up = set[Attempt]()
    _tidy()
    held: BinaryIO | None = inherited
    while held:
        with held:
            _start_queued(machine, given_up)
        held = files.acquire(queue.lock_path()) if _next(given_up) else None
    return 0


def _start_queued(machine: Sequence[str], given_up: set[Attempt]) -> None:
    """Start queued runs until there are none, and none that was started here is running.

    Args:
        machine: The slots of the machine.
        given_up: Attempts that still read as queued, because their folders cannot be written.
    """
    supervisors: list[Supervisor] = []
    ends = SimpleQueue[int]()
    while True:
        ended = [each for each in supervisors if each.process.poll() is not None]
        supervisors = [each for each in supervisors if each not in ended]
        has_room = True
        for each in ended:
            has_room &= _settle(each, given_up)
        free = slots.free(machine)
        run = None
        if free or not supervisors:
            run = _next({_attempt(each.run) for each in supervisors} | given_up)
            if run is None and not supervisors:
                return
        if run and run.config and (slot := slots.choose(run.config.devices, free, machine)):
            has_room = has_room and folders.has_room()
            if has_room and (started := _start(run, slot, given_up)):
                supervisors.append(started)
                Thread(target=_report, args=(started.process, ends), daemon=True).start()
                continue
        with contextlib.suppress(Empty):
            ends.get(timeout=_POLL_S if has_room else _NO_ROOM_S)


def _report(process: subprocess.Popen[bytes], ends: SimpleQueue[int]) -> None:
    ends.put(process.wait())


def _next(skipped: Collection[Attempt]) -> Run | None:
    """Return the next queued run whose attempt is not to be skipped."""
    if folders.is_half_added():
        _tidy()
    return next((run for run in queue.waiting() if _attempt(run) not in skipped), None)


def _start(run: Run, slot: str, given_up: set[Attempt]) -> Supervisor | None:
    """Start the supervisor of a run, which inherits the locks of its slot; None if that fails."""
    started = folders.now()
    try:
        with slots.taken(slot) as descriptors:
            if not descriptors:
                return None
            process = processes.start(
                processes.command("supervise", run.id, "--slot", slot),
                output=RunFolder(run.path).log,
                pass_fds=descriptors,
            )
    except OSError as error:
        if not files.has_no_room(error):
            # The runs after it go on: what is short now (memory, processes) may be there for them.
            reason = f"Its supervisor could not be started: {error.strerror or error}."
            _fail(run, reason, started, given_up)
        return None
    return Supervisor(run=run, started=started, process=process)


def _settle(ended: Supervisor, given_up: set[Attempt]) -> bool:
    """Record the failure of a run whose supervisor has ended without a word.

    Returns:
        Whether there was room on the disk. If not, nothing of the run was started; it is still queued.
    """
    code = ended.process.returncode
    if code == NO_ROOM:
        return False
    folder = RunFolder(ended.run.path)
    if not queue.is_still_queued(ended.run, read(folder)):
        return True
    try:
        last = folder.read_log(1) or "it printed nothing"
    except RunError as error:
        last = str(error)
    reason = f"Its supervisor could not start (code {code}): {last}"
    return _fail(ended.run, reason, ended.started, given_up)


def _fail(run: Run, reason: str, started: str, given_up: set[Attempt]) -> bool:
    """Write that a run which is still queued has failed; return False if the disk is full.

    One that another supervisor has just taken is left alone; one whose folder cannot be written is given
    up.
    """
    try:
        queue.fail(run, reason, started=started)
    except OSError as error:
        if files.has_no_room(error):
            return False
        sys.stderr.write(f"{run.id} could not be started, nor its state be written: {error}\n")
        given_up.add(_attempt(run))
    return True


def _attempt(run: Run) -> Attempt:
    return run.id, run.attempt


def _tidy() -> None:
    try:
        folders.tidy()
    except RunError as error:  # the disk is full; the next time there may be room
        sys.stderr.write(f"{error}\n")
