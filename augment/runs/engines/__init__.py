"""What starts runs: this machine, or a cluster. An adapter to a cluster is one module here.

Every engine starts the same command, ``python -m augment supervise RUN``, on some machine that shares
``AUGMENT_HOME`` with this one. What a run does, and how it ended, is in its folder alone; an engine is
only asked which jobs it has. So an engine that forgot everything loses no run (`augment.runs.dispatch`).
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
    """A cluster does not answer, or refuses; the message is a sentence. It may pass by itself."""


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
    """A cluster, as far as runs need it. Every method may raise an `EngineError`."""

    name: str

    @abstractmethod
    def check(self) -> None:
        """Check the settings, without asking the cluster; a `RunError` says what is missing."""

    @abstractmethod
    def submit(self, folder: RunFolder, attempt: int, devices: int) -> str:
        """Order an attempt of a run, after `status` was asked; return the id of the job.

        Args:
            folder: The run.
            attempt: Its attempt.
            devices: On how many devices it trains.
        """

    @abstractmethod
    def status(self) -> Mapping[Attempt, Job]:
        """Return the jobs that it has of this home. It may have forgotten those that ended, or all."""

    @abstractmethod
    def cancel(self, job: str) -> None:
        """End a job, or take it from the queue; one that has ended is no error."""

    @abstractmethod
    def logs(self, folder: RunFolder, job: str) -> str:
        """Return what a job printed beside the log of its run, such as why it could not start."""


def engine(name: str) -> Engine:
    """Return the adapter of a cluster; RunError if there is none of this name."""
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
    """Return the command line of a job."""
    words = processes.command("supervise", run_id)
    return [os.environ.get(PYTHON_VARIABLE) or words[0], *words[1:]]


def environment() -> dict[str, str]:
    """Return the variables that a job needs: where the package and the runs are, and our settings."""
    ours = processes.environment()
    kept = {"PYTHONPATH", "PYTHONUNBUFFERED"} | {
        name for name in ours if name.startswith("AUGMENT_")
    }
    # The engine and its slots are for the machine that orders runs.
    return {name: ours[name] for name in sorted(kept) if name not in (VARIABLE, "AUGMENT_SLOTS")}


def home_digest() -> str:
    """Return a short name of this home, by which its jobs are told from those of others."""
    return hashlib.sha256(str(home().resolve()).encode()).hexdigest()[:8]
