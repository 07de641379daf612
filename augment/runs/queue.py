"""The queue of this machine: first in, first out, one run at a time.

A scheduler is a process that lives while runs are queued or running, independent of the one that started
it. `submit` and `wake` start one if none is alive; reading the runs never does. No run is stranded when a
scheduler ends: it looks at the queue once more *after* it has released its lock, so it sees every run
that was submitted before that, and a later `submit` finds the lock free and starts the next scheduler.
"""

from __future__ import annotations

import os
import random
import re
import string
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from augment.data.source import VALIDATION
from augment.errors import RunError
from augment.runs import folders
from augment.runs.config import RunConfig
from augment.runs.folders import RunFolder
from augment.runs.run import CANCELLED, FAILED, LOST, QUEUED, RUNNING, SUCCEEDED, Run, read
from augment.runs.stages import pictures_an_epoch, validated_epochs
from augment.runs.supervisor import NO_ROOM
from augment.system import files, processes

WAKE = "python -m augment runs wake"
"""The command that starts the queue."""

_POLL_S = 0.5
_MOST_PAUSE_S = 2.0
_ENDING_S = 10.0
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_random = random.SystemRandom()


@dataclass(frozen=True, kw_only=True)
class Order:
    """A run to be submitted.

    Attributes:
        config: Its configuration.
        run_id: Its id, so that to submit it twice is to submit it once; empty for a new one.
        owner: The hash of the token of whoever submits it; empty for the command line.
        sweep: The sweep that it belongs to, as in `folders.create`.
    """

    config: RunConfig
    run_id: str = ""
    owner: str = ""
    sweep: Mapping[str, Any] | None = None


def submit_all(orders: Sequence[Order]) -> list[Run]:
    """Queue runs in this order, as `submit` does, and return them."""
    return [
        submit(each.config, run_id=each.run_id, owner=each.owner, sweep=each.sweep)
        for each in orders
    ]


def submit(
    config: RunConfig,
    *,
    run_id: str = "",
    owner: str = "",
    sweep: Mapping[str, Any] | None = None,
) -> Run:
    """Queue a run and return at once; it starts when the runs before it are over.

    Args:
        config: The configuration.
        run_id: Its id; empty for a new one.
        owner: The hash of the token of whoever submits it; empty for the command line.
        sweep: The sweep that it belongs to, as in `folders.create`.

    Raises:
        ConfigError: The file of weights does not exist.
        DataError: The data is not prepared at this size; the message has the command that prepares it.
        RunError: The folder cannot be written (a full disk, no permission), or the scheduler cannot be
            started; the run is queued then.
    """
    config.check_inputs()
    prepared = config.prepared()
    splits = prepared.splits
    validated = validated_epochs(
        config,
        training=pictures_an_epoch(config, prepared),
        validation=len(splits.get(VALIDATION, ())),
    )
    while True:
        try:
            folder = folders.create(
                run_id or _new_id(config),
                config,
                validated,
                checksum=prepared.stored.checksum,
                owner=owner,
                sweep=sweep,
            )
            break
        except FileExistsError:
            if run_id:
                return get(run_id)
    _start_scheduler()
    return get(folder.id)


def resume(run_id: str) -> Run:
    """Queue the next attempt of a run that failed, was cancelled or is lost, and return at once.

    It goes on after the last epoch whose state was saved, and starts over if there is none. It is queued
    behind the runs that wait. Killed between any two steps, it leaves a run that can be resumed.

    Raises:
        ConfigError: The file of weights does not exist.
        DataError: The data is not prepared any more; the message has the command that prepares it.
        RunError: There is no such run, it is queued, running or succeeded, its ``spec.json`` cannot be
            used, its data has changed, the folder cannot be written, or the scheduler cannot be started;
            the run is queued then.
    """
    folder = folders.find(run_id)
    config = _check_can_resume(read(folder))
    config.check_inputs()
    checksum = folder.read_spec().get("data_checksum")
    if checksum and checksum != config.prepared().stored.checksum:
        raise RunError(
            f"The run {run_id} cannot be resumed: its data was prepared anew from other pictures since it"
            " was submitted; submit a new run."
        )
    try:
        lock = files.acquire(folder.lock, timeout=_ENDING_S)
        if lock is None:
            # Its supervisor has written how it ended, and is about to end.
            raise RunError(f"The run {run_id} is still ending; resume it in a moment.")
        with lock:
            _queue_again(folder)
    except OSError as error:
        raise folders.cannot_write(error) from error
    _start_scheduler()
    return get(run_id)


def can_resume(run: Run) -> bool:
    """Return whether a run is over without a result, and can be resumed as far as is known."""
    return run.state in (FAILED, CANCELLED, LOST) and run.config is not None


def _check_can_resume(run: Run) -> RunConfig:
    """Return the configuration of a run that can be resumed; a `RunError` says why another cannot."""
    if run.state == QUEUED:
        raise RunError(f"The run {run.id} is in the queue already.")
    if run.state == RUNNING:
        raise RunError(f"The run {run.id} is running; there is nothing to resume.")
    if run.state == SUCCEEDED:
        raise RunError(
            f"The run {run.id} has succeeded, so there is nothing to resume; submit a new run."
        )
    if run.config is None:
        raise RunError(f"The run {run.id} cannot be resumed: {run.problem}")
    return run.config


def _queue_again(folder: RunFolder) -> None:
    """Move the state of an ended run to its earlier attempts; the caller holds its lock.

    The last step queues it. Until then its state is the old one, which a second try finds again.
    """
    run = read(folder, holds_lock=True)
    _check_can_resume(run)
    try:
        written = folder.read_state() or {}
    except RunError:  # damaged, so the run is lost
        written = {}
    ended = written | {"state": run.state, "reason": run.reason, "resumed": folders.now()}
    attempts = folder.read_attempts()[: run.attempt - 1]
    files.write_json(folder.attempts, {"attempts": [*attempts, ended]})
    for path in (folder.cancel, folder.stop, folder.progress, folder.state):
        path.unlink(missing_ok=True)


def get(run_id: str) -> Run:
    """Return the run ``run_id`` as it is now; RunError if there is none."""
    run = read(folders.find(run_id))
    if run.state != QUEUED:
        return run
    return next((one for one in list_runs() if one.id == run_id), run)


def list_runs() -> list[Run]:
    """Return all runs, newest first, those without a time last."""
    runs = _read_all()
    runs.sort(key=lambda run: (run.created or _EARLIEST, run.id), reverse=True)
    order = [run.id for run in runs if run.state == RUNNING]
    order += [run.id for run in queued(runs)]
    waits = f"; {lack}" if order and (lack := folders.shortage()) else ""
    if not is_alive():
        waits += f"; no scheduler is running, start one with `{WAKE}`"
    return [
        replace(run, phase=f"{run.phase}, {order.index(run.id)} before it{waits}")
        if run.state == QUEUED
        else run
        for run in runs
    ]


def wake() -> bool:
    """Start a scheduler if runs are queued and none is alive; return whether one was started.

    Raises:
        RunError: The runs cannot be read, the folder cannot be written, or the scheduler cannot be
            started.
    """
    return bool(queued(_read_all())) and _start_scheduler()


def queued(runs: list[Run]) -> list[Run]:
    """Return the queued ones of ``runs``, the next to start first."""
    waiting = [run for run in runs if run.state == QUEUED]
    return sorted(waiting, key=lambda run: (run.resumed or run.created or _EARLIEST, run.id))


def lock_path() -> Path:
    """Return the lock that a living scheduler holds."""
    return folders.root() / ".scheduler.lock"


def log_path() -> Path:
    """Return the log of the errors of schedulers."""
    return folders.root() / ".scheduler.log"


def is_alive() -> bool:
    """Return whether a scheduler is alive."""
    return files.is_held(lock_path())


def main(lock: int) -> int:
    """Run what is queued, one after the other, and end when nothing is; return the exit code 0.

    Args:
        lock: The file descriptor of the lock, which `_start_scheduler` acquired for this process.

    Raises:
        RunError: It is not the descriptor of a file.
    """
    try:
        held: BinaryIO | None = os.fdopen(lock, "rb")
    except OSError as error:
        raise RunError(
            f"A scheduler is started with its lock, but {lock} is no open file; use `{WAKE}`."
        ) from error
    finished: set[tuple[str, int]] = set()
    while held:
        with held:
            while _next(finished):
                _wait_for_slot()
                _wait_for_room(finished)
                # Read again: the one that was the next may have been cancelled meanwhile.
                if run := _next(finished):
                    if _run(run):
                        finished.add((run.id, run.attempt))
                    else:
                        time.sleep(_MOST_PAUSE_S)
        held = files.acquire(lock_path()) if _next(finished) else None
    return 0


def _start_scheduler() -> bool:
    """Start a scheduler unless one is alive; return whether one was started.

    The lock is acquired here and inherited by the process, so the scheduler counts as alive from now
    on, and of two callers only one starts it.
    """
    try:
        lock = files.acquire(lock_path())
        if lock is None:
            return False
        with lock:
            number = lock.fileno()
            words = processes.command("schedule", str(number))
            try:
                processes.start(words, output=log_path(), pass_fds=[number])
            except OSError as error:
                raise RunError(
                    f"The scheduler cannot be started ({error.strerror or error}); queued runs wait"
                    f" until `{WAKE}`."
                ) from error
    except OSError as error:
        raise folders.cannot_write(error) from error
    return True


def _read_all() -> list[Run]:
    return [read(folder) for folder in folders.list_folders()]


def _next(finished: set[tuple[str, int]]) -> Run | None:
    """Return the next queued run.

    One whose attempt is ``finished`` still reads as queued where its folder cannot be written.
    """
    waiting = queued(_read_all())
    return next((run for run in waiting if (run.id, run.attempt) not in finished), None)


def _wait_for_slot() -> None:
    """Wait for the end of a run that an earlier scheduler started and did not outlive."""
    while any(run.state == RUNNING for run in _read_all()):
        time.sleep(_POLL_S)


def _wait_for_room(finished: set[tuple[str, int]]) -> None:
    """Wait until the disk has room for a run, or none is queued any more."""
    pause = _POLL_S
    while not _has_room() and _next(finished):
        time.sleep(pause)
        pause = min(2 * pause, _MOST_PAUSE_S)


def _has_room() -> bool:
    try:
        if folders.shortage():
            return False
        folders.check_room()
    except OSError as error:
        # Any other error is the run's own: its supervisor meets it again.
        return not files.has_no_room(error)
    return True


def _run(run: Run) -> bool:
    """Run a queued run to its end; return whether it is over, as far as this scheduler is concerned.

    It is not where the disk has become full before anything of it was started; it is still queued.
    """
    folder, started = RunFolder(run.path), folders.now()
    words = processes.command("supervise", folder.id)
    try:
        try:
            code = processes.start(words, output=folder.log).wait()
        except OSError as error:
            # The runs after it go on: what is short now (memory, processes) may be there for them.
            reason = f"Its supervisor could not be started: {error.strerror or error}."
        else:
            if code == NO_ROOM:
                return False
            after = read(folder)
            if after.state != QUEUED or after.attempt != run.attempt:  # over, or resumed already
                return True
            last = folder.read_log(1)
            reason = f"Its supervisor could not start (code {code}): {last or 'it printed nothing'}"
        ended = {"state": FAILED, "reason": reason, "attempt": run.attempt}
        files.write_json(folder.state, ended | {"started": started, "ended": folders.now()})
    except (OSError, RunError) as error:
        if isinstance(error, OSError) and files.has_no_room(error):
            return False
        sys.stderr.write(f"{folder.id} could not be started, nor its state be written: {error}\n")
    return True


def _new_id(config: RunConfig) -> str:
    """Return an id that sorts by time, is readable, and is safe as the name of a folder."""
    words = re.sub(r"[^a-z0-9]+", "-", (config.name or config.data).lower()).strip("-")[:24]
    tail = "".join(_random.choices(string.ascii_lowercase + string.digits, k=4))
    moment = datetime.now().astimezone().strftime("%Y-%m-%d-%H%M%S")
    return "-".join(filter(None, [moment, words.strip("-"), tail]))
