"""Slurm, by its own commands: ``sbatch``, ``squeue`` and ``scancel``.

A job is found again by its name, which has the run, the attempt and the home. ``squeue`` also lists jobs
that ended in the last minutes; no accounting (``slurmdbd``, ``sacct``) is needed.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping

from augment.engine.limits import shorten
from augment.errors import RunError
from augment.runs import engines
from augment.runs.engines import Attempt, Engine, EngineError, Job
from augment.runs.folders import RunFolder

OPTIONS = "AUGMENT_SLURM_OPTIONS"
"""Environment variable: more options of ``sbatch``, such as ``--partition=gpu --gres=gpu:{devices}``.

They are split as a shell splits words. ``{devices}`` is the number of devices of the run.
"""

_COMMANDS = ("sbatch", "squeue", "scancel")
_TIMEOUT_S = 60
_ENDED = frozenset(
    {
        *("BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL"),
        *("OUT_OF_MEMORY", "PREEMPTED", "REVOKED", "TIMEOUT"),
    }
)
_WAITING = frozenset(("PENDING", "CONFIGURING", "REQUEUED", "SPECIAL_EXIT"))


class Slurm(Engine):
    """The cluster that ``sbatch`` on this machine belongs to."""

    name = "slurm"

    def check(self) -> None:
        """See `Engine`."""
        for command in _COMMANDS:
            if not shutil.which(command):
                raise RunError(
                    f"The engine slurm needs the command {command}, which this machine does not have;"
                    " order runs from a login node of the cluster."
                )
        self._options(1)

    def submit(self, folder: RunFolder, attempt: int, devices: int) -> str:
        """See `Engine`."""
        exports = [
            f"export {name}={shlex.quote(each)}" for name, each in engines.environment().items()
        ]
        # By `exec` the signals of Slurm reach the supervisor itself, not a shell.
        script = "\n".join(
            ["#!/bin/sh", *exports, f"exec {shlex.join(engines.command(folder.id))}", ""]
        )
        words = [
            "sbatch",
            "--parsable",
            f"--job-name={_name(folder.id, attempt)}",
            f"--output={folder.engine_log}",
            "--open-mode=append",
            # Slurm would run it again under the same attempt; `runs resume` begins the next.
            "--no-requeue",
            *self._options(devices),
        ]
        return _run(words, script).partition(";")[0].strip()

    def status(self) -> Mapping[Attempt, Job]:
        """See `Engine`."""
        listed = _run(["squeue", "--me", "--states=all", "--noheader", "--format=%i|%T|%r|%j"])
        found: dict[Attempt, Job] = {}
        for line in listed.splitlines():
            number, state, reason, name = [*line.strip().split("|", 3), "", "", ""][:4]
            if (attempt := _attempt(name)) is None:
                continue
            job = Job(
                id=number,
                state=state,
                is_live=state not in _ENDED,
                is_waiting=state in _WAITING,
                reason="" if reason == "None" else reason,
            )
            if attempt not in found or (job.is_live and not found[attempt].is_live):
                found[attempt] = job
        return found

    def cancel(self, job: str) -> None:
        """See `Engine`."""
        _run(["scancel", "--quiet", job])

    def logs(self, folder: RunFolder, job: str) -> str:
        """See `Engine`."""
        return folder.read_engine_log()

    def _options(self, devices: int) -> list[str]:
        value = os.environ.get(OPTIONS, "")
        try:
            return [each.replace("{devices}", str(devices)) for each in shlex.split(value)]
        except ValueError as error:
            raise RunError(f"{OPTIONS} is {shorten(value)}, but it has {error}.") from error


def _name(run_id: str, attempt: int) -> str:
    return f"{run_id}:{attempt}:{engines.home_digest()}"


def _attempt(name: str) -> Attempt | None:
    """Return whose job a name is of; None for a job of others."""
    run_id, attempt, digest = [*name.rsplit(":", 2), "", ""][:3]
    if digest != engines.home_digest() or not attempt.isdecimal():
        return None
    return run_id, int(attempt)


def _run(words: list[str], text: str = "") -> str:
    try:
        done = subprocess.run(
            words, input=text, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise EngineError(
            f"Slurm's {words[0]} did not answer within {_TIMEOUT_S} seconds."
        ) from error
    except OSError as error:
        raise EngineError(
            f"Slurm's {words[0]} cannot be started ({error.strerror or error})."
        ) from error
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}"])[-1]
        raise EngineError(
            f"Slurm's {words[0]} refused: {said.removeprefix(f'{words[0]}: error: ')}"
        )
    return done.stdout
