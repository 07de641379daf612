"""``schedule LOCK --engine NAME``: the process that hands queued runs to a cluster.

It may be killed at any time, and the next one goes on: what a run is, its folder says, and the cluster is
asked which jobs it has. The two are reconciled again and again, so that

- a queued run that the cluster does not know is handed over, also when the cluster has forgotten it;
- a run that the cluster still holds is never handed over, whatever its folder says;
- a job whose run is over, deleted or resumed since is ended;
- a run whose job ends `MOST_TRIES` times without starting it fails, with what the job printed.

If there are two jobs of one attempt all the same, as when the answer of the cluster was lost, the second
ends at once: a supervisor takes the attempt in the folder (`augment.runs.liveness`).

The settings of the cluster are the variables with which this process was started, not those of an order.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Collection, Mapping
from typing import Any, BinaryIO

from augment.runs import engines, folders, liveness, queue
from augment.runs.engines import Attempt, Engine, EngineError, Job
from augment.runs.folders import RunFolder
from augment.runs.run import QUEUED, Run, read
from augment.system import files

POLL_VARIABLE = "AUGMENT_ENGINE_POLL_S"
"""Environment variable: whole seconds between two questions to the cluster, from 1 to 9999."""
POLL_S = 10
"""The seconds where it is not set."""
MOST_TRIES = 3
"""How often an attempt is handed over whose job ends without starting it."""

_LOOK_S = 1.0
_ENDING_S = 20.0
"""How long a job may take to end after its run is over."""


def main(lock: BinaryIO, name: str) -> int:
    """Serve a cluster until no run of it is queued or running; return the exit code 0.

    Args:
        lock: The lock of this process, which was acquired for it (`queue.wake`).
        name: The engine.

    Raises:
        RunError: The settings of the engine are incomplete, or the folder of runs cannot be read.
    """
    engine = engines.engine(name)
    engine.check()
    held: BinaryIO | None = lock
    while held:
        with held:
            _serve(engine)
        held = files.acquire(queue.lock_path(name)) if unfinished(name) else None
    return 0


def unfinished(name: str) -> list[Run]:
    """Return the runs of an engine that are queued or running."""
    runs = map(read, folders.list_folders())
    return [run for run in runs if run.engine == name and not run.is_over]


def _serve(engine: Engine) -> None:
    dispatcher, poll_s = Dispatcher(engine), liveness.seconds(POLL_VARIABLE, POLL_S)
    asked, known = -math.inf, set[Attempt]()
    while True:
        # Only new runs are looked for each second: the folders of all others are not opened.
        waiting = {(run.id, run.attempt) for run in queue.waiting(engine.name)}
        if waiting - known or time.monotonic() - asked >= poll_s:
            runs = unfinished(engine.name)
            ending = dispatcher.reconcile(runs)
            asked, known = time.monotonic(), waiting
            if not runs and not ending:
                return
        time.sleep(_LOOK_S)


class Dispatcher:
    """Compares the runs of one cluster with its jobs.

    Args:
        engine: The cluster.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._over_since: dict[str, float] = {}

    def reconcile(self, runs: Collection[Run]) -> bool:
        """Compare once, and act; return whether jobs of runs that are over are still there.

        What the cluster refuses is written into ``engine.json`` of the queued runs, whose phase shows it,
        and is tried again the next time.

        Args:
            runs: The runs of this engine that are not over.
        """
        try:
            jobs = self._engine.status()
            for run in queue.queued(runs):
                job = jobs.get((run.id, run.attempt))
                if job is None or not job.is_live:
                    self._hand_over(run, job)
            for run in runs:
                if job := jobs.get((run.id, run.attempt)):
                    _note(run, job=job.id, state=job.state, reason=job.reason)
            return self._end(jobs, {(run.id, run.attempt) for run in runs})
        except EngineError as error:
            for run in runs:
                if run.state == QUEUED:
                    _note(run, problem=str(error).rstrip("."))
            return False

    def _hand_over(self, run: Run, ended: Job | None) -> None:
        """Hand a queued run to the cluster; ``ended`` is its last job, which did not start it."""
        folder = RunFolder(run.path)
        if run.config is None or read(folder).state != QUEUED:
            return
        if lack := folders.shortage():
            _note(run, problem=lack)
            return
        tries = _tries(folder, run.attempt)
        if ended and tries >= MOST_TRIES:
            printed = self._engine.logs(folder, ended.id).strip().splitlines() or ["nothing"]
            said = f"{ended.state}{f', {ended.reason[:200]}' if ended.reason else ''}"
            _fail(
                run,
                f"Its job ended {tries} times in {self._engine.name.capitalize()} without starting it"
                f" ({said}); the last that it printed: {printed[-1]}",
            )
            return
        job = self._engine.submit(folder, run.attempt, run.config.devices)
        _note(run, job=job, state="SUBMITTED", tries=tries + 1)

    def _end(self, jobs: Mapping[Attempt, Job], unfinished: Collection[Attempt]) -> bool:
        """End the jobs of runs that are over, are gone, or are in a later attempt."""
        left = {job.id: job for key, job in jobs.items() if job.is_live and key not in unfinished}
        now = time.monotonic()
        self._over_since = {job: self._over_since.get(job, now) for job in left}
        for job in left.values():
            # A supervisor that is still writing has its time.
            if job.is_waiting or now - self._over_since[job.id] > _ENDING_S:
                self._engine.cancel(job.id)
        return bool(left)


def _tries(folder: RunFolder, attempt: int) -> int:
    found = folder.read_engine()
    tries = found.get("tries", 0) if found.get("attempt") == attempt else 0
    return tries if isinstance(tries, int) else 0


def _note(run: Run, **entries: Any) -> None:
    """Write what the cluster says of a run into its folder, if that is new."""
    folder = RunFolder(run.path)
    found = folder.read_engine()
    if found.get("attempt") != run.attempt:
        found = {"attempt": run.attempt}
    changed = {**found, "problem": "", **entries}
    if changed == found:
        return
    try:
        files.write_json(folder.engine, changed, durable=False)
    except OSError as error:  # the folder was deleted, or the disk is full: nothing depends on it
        sys.stderr.write(f"{run.id}: engine.json cannot be written: {error}\n")


def _fail(run: Run, reason: str) -> None:
    try:
        queue.fail(run, reason, started=folders.now())
    except OSError as error:
        sys.stderr.write(f"{run.id} has failed, but that cannot be written: {error}\n")
