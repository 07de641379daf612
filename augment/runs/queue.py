"""The queue: what is submitted, resumed, cancelled and deleted, and the processes that serve it.

A scheduler is a process that lives while runs are queued or running, independent of the one that started
it: one for this machine (`augment.runs.scheduler`), which starts the runs first in, first out, as many at
once as there are slots, and one for each cluster in use (`augment.runs.dispatch`). `submit` and `wake`
start it if it is not alive; reading the runs never does.
"""

from __future__ import annotations

import math
import os
import random
import re
import string
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from augment.data import registry
from augment.data.source import VALIDATION
from augment.engine.limits import shorten
from augment.errors import RunError
from augment.runs import engines, folders, liveness, slots
from augment.runs.config import RunConfig
from augment.runs.folders import RunFolder
from augment.runs.groups import shares_graph
from augment.runs.run import CANCELLED, FAILED, LOCAL, LOST, QUEUED, RUNNING, SUCCEEDED, Run, read
from augment.runs.stages import pictures_an_epoch, validated_epochs
from augment.system import files, processes
from augment.system.units import counted

WAKE = "python -m augment runs wake"
"""The command that starts the queue."""

MOST_QUEUED = 20
"""How many queued runs one person may have, unless `MOST_QUEUED_VARIABLE` says otherwise."""
MOST_QUEUED_VARIABLE = "AUGMENT_QUEUED_RUNS"

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
        engine: What starts it, as in `engines.chosen`; empty for the usual one.
    """

    config: RunConfig
    run_id: str = ""
    owner: str = ""
    sweep: Mapping[str, Any] | None = None
    engine: str = ""


def submit_all(orders: Sequence[Order], *, limit: int | None = None) -> list[Run]:
    """Queue runs in this order, all of them or none, and return at once, with the runs.

    A run starts when those before it are over, or a slot is free. An order whose id is that of a run with
    the same configuration is that run, in whatever state it is.

    Args:
        orders: What to queue.
        limit: How many queued runs each owner may have then, as `most_queued`; None for any. Runs of the
            command line, which have no owner, do not count.

    Raises:
        ConfigError: A file of weights does not exist.
        DataError: Data is not prepared at this size; the message has the command that prepares it.
        RunError: An id is not valid, or that of another run; there would be too many queued runs; an
            engine cannot be used; the folder cannot be written (a full disk, no permission); or the
            scheduler cannot be started: the runs are queued then.
    """
    # A wrong setting is said here, and not in the log of a scheduler.
    slots.configured()
    orders = [replace(order, engine=engines.chosen(order.engine)) for order in orders]
    facts = [_facts(order.config) for order in orders]
    with folders.adding() as drafts:
        ids = list[str]()
        for order in orders:
            ids.append(_id_of(order, ids))
        new = dict[str, Order]()
        for run_id, order in zip(ids, orders, strict=True):
            if _is_new(run_id, order.config, new):
                new[run_id] = order
        if limit is not None:
            _check_limit(list(new.values()), limit)
        for run_id, order, (validated, checksum) in zip(ids, orders, facts, strict=True):
            if new.pop(run_id, None):
                folders.create(
                    run_id,
                    order.config,
                    validated,
                    checksum,
                    owner=order.owner,
                    sweep=order.sweep,
                    engine=order.engine,
                    inside=drafts,
                )
    for engine in sorted({order.engine for order in orders}):
        _start_scheduler(engine)
    found = {run.id: run for run in list_runs()}
    return [found.get(run_id) or get(run_id) for run_id in ids]


def submit(
    config: RunConfig,
    *,
    run_id: str = "",
    owner: str = "",
    sweep: Mapping[str, Any] | None = None,
    engine: str = "",
    limit: int | None = None,
) -> Run:
    """Queue one run, as `submit_all` does; the arguments are those of `Order`."""
    order = Order(config=config, run_id=run_id, owner=owner, sweep=sweep, engine=engine)
    return submit_all([order], limit=limit)[0]


def most_queued() -> int:
    """Return how many queued runs one person may have on this machine.

    Raises:
        RunError: `MOST_QUEUED_VARIABLE` is no such number.
    """
    value = os.environ.get(MOST_QUEUED_VARIABLE, "") or str(MOST_QUEUED)
    if not re.fullmatch("[0-9]{1,6}", value):
        raise RunError(
            f"{MOST_QUEUED_VARIABLE} is {shorten(value)}; it is the number of queued runs that one"
            f" person may have, for example {MOST_QUEUED}."
        )
    return int(value)


def _facts(config: RunConfig) -> tuple[list[int], str]:
    """Return which epochs of a run are validated, and the checksum of its data."""
    config.check_inputs()
    prepared = config.prepared()
    validated = validated_epochs(
        config,
        training=pictures_an_epoch(config, prepared),
        validation=len(prepared.splits.get(VALIDATION, ())),
    )
    return list(validated), prepared.stored.checksum


def _id_of(order: Order, others: Sequence[str]) -> str:
    """Return the id that an order gives, else a new one that no run has, nor any of the others."""
    if order.run_id:
        folders.check_id(order.run_id)
        return order.run_id
    while True:
        run_id = new_run_id(order.config)
        if run_id not in others and not files.exists(folders.root() / run_id):
            return run_id


def _is_new(run_id: str, config: RunConfig, new: Mapping[str, Order]) -> bool:
    """Return whether there is no such run yet; a `RunError` says if there is another of this id."""
    if run_id in new:
        other: RunConfig | None = new[run_id].config
    elif files.exists(folders.root() / run_id):
        other = read(folders.find(run_id)).config
    else:
        return True
    if other == config:
        return False
    mine, theirs = config.to_dict(), other.to_dict() if other else {}
    names = [name for name in theirs if mine[name] != theirs[name]]
    how = f"with another {' and '.join(names[:3])}" if names else "which cannot be read"
    raise RunError(f"There is a run {run_id} already, {how}; choose another id for this one.")


def _check_limit(new: Sequence[Order], limit: int) -> None:
    for owner in {order.owner for order in new if order.owner}:
        waits = sum(run.owner == owner for run in waiting(""))
        more = sum(order.owner == owner for order in new)
        if more > limit:
            raise RunError(
                f"These are {counted(more, 'run')} and one person may have {limit} in the queue at a"
                " time, so none was added; ask for fewer at once."
            )
        if waits + more > limit:
            raise RunError(
                f"You have {counted(waits, 'queued run')} and {more} more cannot be added: one person"
                f" may have {limit} at a time. Cancel some, or wait until some have started."
            )


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
    run = read(folder)
    config = _check_can_resume(run)
    engines.chosen(run.engine)
    config.check_inputs()
    checksum = folder.read_data_checksum()
    if checksum and checksum != config.prepared().stored.checksum:
        raise RunError(
            f"The run {run_id} cannot be resumed: its data was prepared anew from other pictures since it"
            " was submitted; submit a new run."
        )
    try:
        at_rest = liveness.at_rest(folder, timeout=_ENDING_S)
        if at_rest is None:
            # Its supervisor has written how it ended, and is about to end.
            raise RunError(f"The run {run_id} is still ending; resume it in a moment.")
        with at_rest:
            _queue_again(folder)
    except OSError as error:
        raise folders.cannot_write(error) from error
    _start_scheduler(run.engine)
    folders.note_change()
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
    everything = [(folder, read(folder)) for folder in folders.list_folders()]
    # One may be deleted after the folders are listed, and is no damaged run.
    runs = [run for folder, run in everything if not run.problem or files.is_folder(folder.path)]
    runs.sort(key=lambda run: (run.created or _EARLIEST, run.id), reverse=True)
    here = [run for run in runs if run.engine == LOCAL]
    running = sum(run.state == RUNNING for run in here)
    places = {run.id: place for place, run in enumerate(queued(here), start=1)}
    waits = f"; {lack}" if places and (lack := folders.shortage()) else ""
    asleep = {
        engine: "" if is_alive(engine) else f"; no scheduler is running, start one with `{WAKE}`"
        for engine in {run.engine for run in runs if run.state == QUEUED}
    }
    return [
        replace(
            run,
            phase=f"{run.phase}, {_place(running + places[run.id] - 1)}{waits}{asleep[LOCAL]}",
            position=places[run.id],
        )
        if run.id in places
        else replace(run, phase=f"{run.phase}{asleep[run.engine]}")
        if run.state == QUEUED
        else run
        for run in runs
    ]


class _Listing:
    """The last list of all runs, which threads share; whoever needs a new one first makes it for all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key: object = None
        self._began = self._made = -math.inf
        self._runs: tuple[Run, ...] = ()

    def get(self, since: float) -> tuple[Run, ...]:
        """Return a list that was begun at this time of `time.perf_counter` or later."""
        with self._lock:
            # Before the runs are read: what changes meanwhile makes the list an old one.
            key, began = (folders.root(), folders.changes()), time.perf_counter()
            if key != self._key or began - self._made >= SHARED_S or self._began < since:
                self._runs = tuple(list_runs())
                # From its end, or a list that takes long would be made again by each who waits for it.
                self._key, self._began, self._made = key, began, time.perf_counter()
            return self._runs


_LISTING = _Listing()
SHARED_S = 1.0
"""For how many seconds `list_shared` returns the same list."""


def list_shared(*, fresh: bool = False) -> tuple[Run, ...]:
    """Return all runs as `list_runs` does, at most `SHARED_S` seconds old.

    For the pages, whose sessions poll: thirty of them take as long as one. What this process has changed
    (runs submitted, cancelled, resumed, renamed or deleted) is in the list at once.

    Args:
        fresh: Whether what other processes have changed before this call is in the list, too: for a page
            that is opened and may never ask again. Those who call at once still share one.

    Raises:
        RunError: The runs cannot be listed.
    """
    return _LISTING.get(time.perf_counter() if fresh else -math.inf)


def _place(before: int) -> str:
    return f"{counted(before, 'run')} before it" if before else "the next to start"


def wake() -> bool:
    """Start the schedulers that runs wait for and that are not alive; return whether one was started.

    A cluster may have forgotten runs, or hold some that are over, so its scheduler is started as long as
    any of its runs is not over.

    Raises:
        RunError: The runs cannot be read, the folder cannot be written, the settings of a cluster are
            incomplete, or a scheduler cannot be started.
    """
    if folders.is_half_added():
        folders.tidy()
    needed = {LOCAL} if waiting() else set[str]()
    clusters = [each for each in engines.NAMES if each != LOCAL and files.exists(lock_path(each))]
    if clusters:  # that runs were ever ordered from; else no run that was started has to be opened
        runs = map(read, folders.list_folders())
        needed |= {run.engine for run in runs if run.engine in clusters and not run.is_over}
    started, problems = False, list[str]()
    for engine in sorted(needed):
        try:
            started |= _start_scheduler(engines.chosen(engine))
        except RunError as error:  # of one cluster: the others' runs go on
            problems.append(str(error))
    if problems:
        raise RunError(" ".join(problems))
    return started


def waiting(engine: str = LOCAL) -> list[Run]:
    """Return the queued runs of an engine, or of all if it is empty, the next to start first.

    It opens no run that has been started.
    """
    runs = map(read, folders.list_unstarted())
    return queued(run for run in runs if engine in (run.engine, ""))


def queued(runs: Iterable[Run]) -> list[Run]:
    """Return the queued ones of ``runs``, the next to start first."""
    found = [run for run in runs if run.state == QUEUED]
    return sorted(found, key=lambda run: (run.resumed or run.created or _EARLIEST, run.id))


def next_sharing(config: RunConfig, *, slot: str) -> RunFolder | None:
    """Return the run that a trainer may go on with, in the process and the graph of the one before.

    It is the next in the queue, or none: no run overtakes another. The scheduler may start the same run
    meanwhile; whoever gets its lock trains it.

    Args:
        config: The configuration of the run that has just succeeded.
        slot: The slot in which it was trained.

    Raises:
        RunError: The runs cannot be read.
    """
    head, own = next(iter(waiting()), None), slot.split(",")
    if head is None or head.config is None or not shares_graph(config, head.config):
        return None
    if slots.choose(head.config.devices, own, own) != slot or not folders.has_room():
        return None
    return RunFolder(head.path)


def is_still_queued(before: Run, now: Run) -> bool:
    """Return whether a run is neither running nor over, nor was resumed since."""
    return now.state == QUEUED and now.attempt == before.attempt


def fail(run: Run, reason: str, *, started: str) -> None:
    """Write that a queued run has failed; one that somebody has taken or resumed since is left alone.

    Raises:
        OSError: Its folder cannot be written.
    """
    folder = RunFolder(run.path)
    at_rest = liveness.at_rest(folder)
    if at_rest is None:
        return
    with at_rest:
        if is_still_queued(run, read(folder, holds_lock=True)):
            ended = {"state": FAILED, "reason": reason, "attempt": run.attempt}
            files.write_json(folder.state, ended | {"started": started, "ended": folders.now()})


def delete(run_ids: Iterable[str]) -> None:
    """Delete runs that are over; `undelete` brings them back for an hour. One that is not stops all.

    Raises:
        RunError: There is no such run, it is queued or running, or the folder cannot be written.
    """
    found = [folders.find(run_id) for run_id in dict.fromkeys(run_ids)]
    for folder in found:
        _check_is_over(read(folder))
    with folders.locked():
        for folder in found:
            # Nobody resumes it meanwhile, and its supervisor has ended.
            at_rest = liveness.at_rest(folder, timeout=_ENDING_S)
            if at_rest is None:
                raise RunError(f"The run {folder.id} is still ending; delete it in a moment.")
            with at_rest:
                _check_is_over(read(folder, holds_lock=True))
                folders.delete(folder)


def undelete(run_ids: Iterable[str]) -> None:
    """Bring deleted runs back, as they were.

    Raises:
        RunError: There is no such deleted run, it is an hour ago, or there is a run of the same id again.
    """
    with folders.locked():
        for run_id in dict.fromkeys(run_ids):
            folders.undelete(run_id)


def purge() -> None:
    """Remove all deleted runs for good, also those that could still be brought back.

    Those of more than an hour ago are removed by whoever adds or deletes a run next.

    Raises:
        RunError: The folder cannot be written.
    """
    with folders.locked():
        folders.remove_deleted(older_than=0)


def _check_is_over(run: Run) -> None:
    if not run.is_over:
        raise RunError(
            f"The run {run.id} is {run.state.lower()}, so it cannot be deleted; cancel it first."
        )


@dataclass(frozen=True, kw_only=True)
class DiskUsage:
    """What runs take on the disk, in bytes.

    Attributes:
        runs: Each run, by its id.
        only_to_resume: What of it is needed only to resume runs that are over, by the ids of these.
        deleted: All runs that can still be brought back.
        free: What is free on their disk.
    """

    runs: Mapping[str, int]
    only_to_resume: Mapping[str, int]
    deleted: int
    free: int


def disk_usage() -> DiskUsage:
    """Return what runs take on the disk; RunError if they cannot be read."""
    everything = folders.list_folders()
    states = {
        folder.id: sum(map(folders.size_of, paths))
        for folder in everything
        if (paths := folder.only_to_resume()) and read(folder).is_over
    }
    return DiskUsage(
        runs={folder.id: folders.size_of(folder.path) for folder in everything},
        only_to_resume=states,
        deleted=folders.size_of_deleted(),
        free=folders.free_bytes(),
    )


def forget_states(run_ids: Iterable[str]) -> None:
    """Delete what is needed only to resume these runs; one that is resumed all the same starts over.

    One that is not over, or is gone, is left as it is.

    Raises:
        RunError: An id is not valid, or a file cannot be deleted.
    """
    for run_id in run_ids:
        folder = folders.find(run_id)
        try:
            at_rest = liveness.at_rest(folder)
            if at_rest is None:
                continue
            with at_rest:
                if read(folder, holds_lock=True).is_over:
                    for path in folder.only_to_resume():
                        path.unlink(missing_ok=True)
        except OSError as error:
            raise folders.cannot_write(error) from error


def lock_path(engine: str = LOCAL) -> Path:
    """Return the lock that the living scheduler of an engine holds."""
    return folders.root() / f".scheduler{_suffix(engine)}.lock"


def log_path(engine: str = LOCAL) -> Path:
    """Return the log of the errors of schedulers."""
    return folders.root() / f".scheduler{_suffix(engine)}.log"


def _suffix(engine: str) -> str:
    return "" if engine == LOCAL else f"-{engine}"


def is_alive(engine: str = LOCAL) -> bool:
    """Return whether the scheduler of an engine is alive; of one that is not known here it never is."""
    return engine in engines.NAMES and files.is_held(lock_path(engine))


def _start_scheduler(engine: str = LOCAL) -> bool:
    """Start the scheduler of an engine unless it is alive; return whether it was started.

    The lock is acquired here and inherited by the process, so the scheduler counts as alive from now
    on, and of two callers only one starts it.
    """
    try:
        lock = files.acquire(lock_path(engine))
        if lock is None:
            return False
        with lock:
            number = lock.fileno()
            words = processes.command("schedule", str(number), "--engine", engine)
            try:
                processes.start(words, output=log_path(engine), pass_fds=[number])
            except OSError as error:
                raise RunError(
                    f"The scheduler cannot be started ({error.strerror or error}); queued runs wait"
                    f" until `{WAKE}`."
                ) from error
    except OSError as error:
        raise folders.cannot_write(error) from error
    return True


def new_run_id(config: RunConfig) -> str:
    """Return a new id for a run, with its name in it, or else what its data are called.

    A name of data with a path in it would fill the id with folders that say nothing.
    """
    data = config.data
    return new_id(config.name or (registry.source(data).title if ":" in data else data))


def new_id(name: str) -> str:
    """Return an id that sorts by time, has a name in it, and is safe as the name of a folder."""
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:24]
    tail = "".join(_random.choices(string.ascii_lowercase + string.digits, k=4))
    moment = datetime.now().astimezone().strftime("%Y-%m-%d-%H%M%S")
    return "-".join(filter(None, [moment, words.strip("-"), tail]))
