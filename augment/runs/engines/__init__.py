"""What starts runs: this machine, or a cluster. An adapter to a cluster is one module here.

Every engine starts the same command, ``python -m augment supervise RUN``, on some machine that shares
``AUGMENT_HOME`` with this one. What a run does, and how it ended, is in its folder alone; an engine is
only asked which jobs it has. So an engine that forgot everything loses no run (`augment.runs.dispatch`).

How to write an adapter is in ``docs/cluster.md``, "Another cluster".
"""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from augment.engine.limits import shorten
from augment.errors import RunError
from augment.home import home
from augment.runs.folders import RunFolder
from augment.runs.run import LOCAL, Run
from augment.system import processes

VARIABLE = "AUGMENT_ENGINE"
"""Environment variable: the engine of new runs."""
PYTHON_VARIABLE = "AUGMENT_ENGINE_PYTHON"
"""Environment variable: the interpreter on the machines of the cluster, where it is at another path."""
NAMES = (LOCAL, "ray", "slurm")

Attempt = tuple[str, int]
"""A run, and which of its attempts."""


class EngineError(RunError):
    """A cluster does not answer, or refuses; the message is one sentence, shown in the queued runs.

    What was asked is tried again at the next poll, since the trouble may pass by itself.
    """


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a cluster says of one attempt of a run.

    Attributes:
        id: Its name there.
        state: The cluster's own word.
        is_live: Whether it waits or runs there.
        is_waiting: Whether it waits.
        reason: Why it waits or ended, in the cluster's own words; empty if it says nothing.
    """

    id: str
    state: str
    is_live: bool
    is_waiting: bool = False
    reason: str = ""


class Engine(ABC):
    """A cluster, as far as runs need it.

    Every method but `check` may raise an `EngineError`. None may block for more than about a minute: one
    process asks them all, one after the other. One object serves a scheduler as long as it lives.
    """

    name: str
    """What ``--engine`` and `VARIABLE` call it, one of `NAMES`."""

    @abstractmethod
    def check(self) -> None:
        """Check the settings, without asking the cluster.

        Raises:
            RunError: One is missing or wrong; the message says which, and what is allowed.
        """

    @abstractmethod
    def submit(self, folder: RunFolder, attempt: int, devices: int) -> str:
        """Order one job for an attempt of a run; return the id of the job, which is not empty.

        It is called after `status`, and only if that had no live job of the attempt. The job runs
        `command` with the variables of `environment`, and has SIGTERM sent to that process when it is to
        end. The cluster must not start it a second time by itself.

        Args:
            folder: The run.
            attempt: Which of its attempts, from 1.
            devices: On how many devices (GPUs, or 1 for the processor) it trains, from 1.

        Raises:
            EngineError: The cluster refused it or does not answer. It may have the job all the same.
        """

    @abstractmethod
    def status(self) -> Mapping[Attempt, Job]:
        """Return the jobs that it has of this home (`home_digest`), by the run and the attempt.

        It may have forgotten those that ended, or all. Of several jobs of an attempt it returns a live
        one, if there is one.

        Raises:
            EngineError: The cluster does not answer. An empty answer would order all runs again.
        """

    @abstractmethod
    def cancel(self, job: str) -> None:
        """End a job, or take it from the queue; one that has ended is no error.

        Args:
            job: Its id, as `submit` or `status` returned it.

        Raises:
            EngineError: The cluster refused it or does not answer.
        """

    @abstractmethod
    def logs(self, folder: RunFolder, job: str) -> str:
        """Return what a job printed beside the log of its run, such as why it could not start.

        Args:
            folder: The run.
            job: The id of the job.

        Raises:
            EngineError: The cluster does not answer.
        """


def engine(name: str) -> Engine:
    """Return the adapter of a cluster.

    Raises:
        RunError: There is none of this name; the engine `LOCAL` has none either.
    """
    if name == "slurm":
        from augment.runs.engines.slurm import Slurm

        return Slurm()
    if name == "ray":
        from augment.runs.engines.ray import Ray

        return Ray()
    raise RunError(f"There is no engine {shorten(name)}; use {', '.join(NAMES)}.")


def job_log(run: Run, tail: int) -> str:
    """Return the last lines that the job of a run printed in its cluster, beside the log of the run.

    Empty for a run of this machine, and for one that has no job yet.

    Args:
        run: The run.
        tail: The most lines that are returned.

    Raises:
        RunError: The cluster does not answer, or its settings are incomplete.
    """
    job = run.job.get("job")
    if run.engine == LOCAL or not job:
        return ""
    printed = engine(run.engine).logs(RunFolder(run.path), job)
    return "\n".join(printed.splitlines()[-tail:])


def usual() -> str:
    """Return the engine for new runs that name none: that of `VARIABLE`, else `LOCAL`."""
    return os.environ.get(VARIABLE, "") or LOCAL


def chosen(name: str = "") -> str:
    """Return the engine for new runs: the one that is given, or the usual one.

    Raises:
        RunError: There is no such engine, or its settings are incomplete.
    """
    said = name or usual()
    if said not in NAMES:
        where = "There" if name else f"{VARIABLE} is {shorten(said)}, but there"
        raise RunError(f"{where} is no engine {shorten(said)}; use {', '.join(NAMES)}.")
    if said != LOCAL:
        engine(said).check()
    return said


def command(run_id: str) -> list[str]:
    """Return the command line of a job: an interpreter, which `PYTHON_VARIABLE` may name, and words."""
    words = processes.command("supervise", run_id)
    return [os.environ.get(PYTHON_VARIABLE) or words[0], *words[1:]]


def environment() -> dict[str, str]:
    """Return the variables that a job needs, by their names.

    They are ``PYTHONPATH``, ``PYTHONUNBUFFERED``, and all ``AUGMENT_…`` but the engine and the slots.
    """
    ours = processes.environment()
    kept = {"PYTHONPATH", "PYTHONUNBUFFERED"} | {
        name for name in ours if name.startswith("AUGMENT_")
    }
    # The engine and its slots are for the machine that orders runs.
    return {name: ours[name] for name in sorted(kept) if name not in (VARIABLE, "AUGMENT_SLOTS")}


def home_digest() -> str:
    """Return 8 hexadecimal digits that stand for the path of this home.

    By them its jobs are told from those of another.
    """
    return hashlib.sha256(str(home().resolve()).encode()).hexdigest()[:8]
