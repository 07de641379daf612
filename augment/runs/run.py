"""What a run is doing now, and for how much longer: read off its tables, in words.

A run as its folder tells it: a snapshot, with the state derived rather than believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from augment.data.splits import TRAIN_ON_BOTH
from augment.errors import AugmentError, RunError
from augment.runs import folder as folders
from augment.runs.config import RunConfig
from augment.runs.folder import RunFolder
from augment.system import files

STARTING = "starting (loading TensorFlow)"
BUILDING = "building the training graph (30 to 60 s on two cores; nothing moves until then)"
EVALUATING = "evaluating the best model"
JUDGING = "judging the last model once, by pictures that it has never seen"

Rows = Sequence[dict[str, float]]


def phase(epochs: int, metrics: Rows, steps: Rows, *, fitting: bool, validated: bool = True) -> str:
    """Return what a running trainer does now.

    Args:
        epochs: how many epochs the run was asked for.
        metrics: the rows of ``metrics.csv``, one for each finished epoch.
        steps: the rows of ``steps.csv``.
        fitting: whether ``steps.csv`` exists; the trainer makes it when it has its model.
        validated: whether there are pictures to choose the model by.
    """
    if not fitting:
        return STARTING
    if not steps:
        return BUILDING
    if len(metrics) >= epochs:
        return EVALUATING if validated else JUDGING
    last = steps[-1]
    epoch, step, of = int(last["epoch"]), int(last["step"]), int(last["steps_per_epoch"])
    if step == of and len(metrics) < epoch:
        after = "looking at the validation pictures" if validated else "keeping the model"
        return f"epoch {epoch} of {epochs}: {after}"
    if step == of:
        return f"training: epoch {epoch + 1} of {epochs}"
    return f"training: epoch {epoch} of {epochs}, step {step} of {of}"


def seconds_left(epochs: int, steps: Rows) -> float | None:
    """Return the seconds until the last epoch ends, or None while there is nothing to judge by.

    The rate of a step is taken inside the epochs, without the very first step, which builds the graph;
    what lies between two epochs (validation) counts once an epoch, as soon as one has been seen.
    """
    inside = [(a, b) for a, b in pairwise(steps) if a["epoch"] == b["epoch"]]
    between = [(a, b) for a, b in pairwise(steps) if a["epoch"] != b["epoch"]]
    counted = sum(b["step"] - a["step"] for a, b in inside)
    if counted <= 0:
        return None
    per_step = sum(b["seconds"] - a["seconds"] for a, b in inside) / counted
    gaps = [max(0.0, b["seconds"] - a["seconds"] - b["step"] * per_step) for a, b in between]
    per_gap = sum(gaps) / len(gaps) if gaps else 0.0
    last = steps[-1]
    done = (last["epoch"] - 1) * last["steps_per_epoch"] + last["step"]
    left = epochs * last["steps_per_epoch"] - done
    return float(left * per_step + (epochs - last["epoch"] + 1) * per_gap)


QUEUED, RUNNING, SUCCEEDED = "QUEUED", "RUNNING", "SUCCEEDED"
FAILED, CANCELLED, LOST = "FAILED", "CANCELLED", "LOST"
ENDED = (SUCCEEDED, FAILED, CANCELLED, LOST)
STATES = (QUEUED, RUNNING, *ENDED)

_LOST = "Its supervisor ended without a word: it was killed, the machine restarted, or the disk is full."


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run at the moment it was read.

    ``problem`` is "" or says which of its files is missing or torn; ``config`` is None when that file
    is the configuration. ``reason`` says why a run failed or was lost. ``phase`` says in words what it
    is doing. Times are aware, in UTC. The methods read the files anew.
    """

    id: str
    path: Path
    config: RunConfig | None
    state: str
    reason: str
    phase: str
    problem: str
    stopped_early: bool
    created: datetime | None
    started: datetime | None
    ended: datetime | None

    @property
    def title(self) -> str:
        """What a person called the run, or its id."""
        return (self.config.name if self.config else "") or self.id

    @property
    def is_over(self) -> bool:
        """Whether the state is one that a run ends in."""
        return self.state in ENDED

    def epochs(self) -> list[dict[str, float]]:
        """Return one row for each finished epoch: epoch, loss, accuracy, val_loss, val_accuracy.

        The last two are missing where there were no pictures to validate with.
        """
        return folders.read_csv(self._folder.metrics, may_lack=("val_loss", "val_accuracy"))

    def steps(self) -> list[dict[str, float]]:
        """Return a row every few steps: epoch, step, steps_per_epoch, seconds, waited, loss, accuracy.

        ``seconds`` count from the start of the training, ``waited`` is the part of them spent waiting
        for input, ``loss`` and ``accuracy`` are the means over the epoch so far.
        """
        return folders.read_csv(self._folder.steps)

    def seconds_left(self) -> float | None:
        """Return the seconds until the last epoch ends; None when nothing is known or it is over."""
        if self.state != RUNNING or self.config is None:
            return None
        return seconds_left(self.config.epochs, self.steps())

    def log(self, tail: int = 200) -> str:
        """Return the last ``tail`` lines of the log."""
        return self._folder.log_tail(tail)

    def evaluation(self) -> dict[str, Any] | None:
        """Return what the model that was kept reaches, or None before it is known.

        That is on the split "validation", which it was chosen by, or, without one, on "test".
        """
        return folders.read_json(self._folder.evaluation)

    def cancel(self) -> None:
        """Ask for the end of the run, keeping nothing; RunError when it is over already."""
        self._mark(self._folder.cancel)

    def stop(self) -> None:
        """Ask the training to end after this step and to keep the best so far."""
        self._mark(self._folder.stop)

    def to_dict(self) -> dict[str, Any]:
        """Return the snapshot as values that JSON can hold."""
        times = {"created": self.created, "started": self.started, "ended": self.ended}
        return {
            "id": self.id,
            "path": str(self.path),
            "state": self.state,
            "reason": self.reason,
            "phase": self.phase,
            "problem": self.problem,
            "stopped_early": self.stopped_early,
            **{name: time.isoformat() if time else None for name, time in times.items()},
            "config": self.config.to_dict() if self.config else None,
        }

    @property
    def _folder(self) -> RunFolder:
        return RunFolder(self.path)

    def _mark(self, marker: Path) -> None:
        if read(self._folder).is_over:
            raise RunError(f"The run {self.id} is over already ({self.state}).")
        try:
            marker.touch()
        except OSError as error:
            raise folders.cannot_write(error) from error


def read(folder: RunFolder) -> Run:
    """Return the run in ``folder`` as it is now; a torn or missing file becomes its ``problem``."""
    problems: list[str] = []
    spec, config = _spec(folder, problems)
    state, name = _state(folder, problems, torn=config is None)
    reason = str(state.get("reason") or "")
    if name == LOST:
        reason = _LOST if state or folder.lock.exists() else "Its folder is torn: it cannot be run."
    run = Run(
        id=folder.id,
        path=folder.path,
        config=config,
        state=name,
        reason=reason,
        phase="",
        problem=" ".join(problems),
        stopped_early=bool(state.get("stopped_early", False)),
        created=folders.moment(spec.get("created")),
        started=folders.moment(state.get("started")),
        ended=folders.moment(state.get("ended")),
    )
    try:
        return replace(run, phase=_phase(run))
    except RunError as error:
        return replace(run, phase=name.lower(), problem=" ".join([*problems, str(error)]))


def _phase(run: Run) -> str:
    if run.state == QUEUED:
        return "waiting in the queue"
    if run.state == SUCCEEDED:
        return "stopped early, the best so far is kept" if run.stopped_early else "finished"
    if run.state == RUNNING and run.config:
        fitting = RunFolder(run.path).steps.exists()
        return phase(
            run.config.epochs,
            run.epochs(),
            run.steps(),
            fitting=fitting,
            validated=run.config.splits != TRAIN_ON_BOTH,
        )
    return run.state.lower()


def _spec(folder: RunFolder, problems: list[str]) -> tuple[dict[str, Any], RunConfig | None]:
    try:
        spec = folders.read_json(folder.spec)
        if spec is None:
            problems.append("spec.json is missing.")
            return {}, None
        return spec, RunConfig.from_dict(spec.get("config"))
    except RunError as error:
        problems.append(str(error))
        return {}, None
    except AugmentError as error:
        problems.append(f"spec.json cannot be used: {error}")
        return spec or {}, None


def _state(folder: RunFolder, problems: list[str], *, torn: bool) -> tuple[dict[str, Any], str]:
    """Return what ``state.json`` says, and the state that follows from it and from who lives."""
    written, started, alive = _witnessed(folder, problems)
    said = written.get("state")
    if said in (SUCCEEDED, FAILED, CANCELLED):
        return written, said
    if alive:
        return written, RUNNING
    if folder.cancel.exists():
        return written, CANCELLED
    # A supervisor makes its lock before anything else, so a lock without a state means started and
    # lost: that run must leave the queue, and on a full disk nobody could write that down.
    if started or written or torn:
        return written, LOST
    return written, QUEUED


def _witnessed(folder: RunFolder, problems: list[str]) -> tuple[dict[str, Any], bool, bool]:
    """Return the written state, whether a supervisor ever was, and whether one lives, all of one moment.

    A supervisor may come or go between two of these questions, so they are asked until the files read
    the same before and after the question for life.
    """
    while True:
        before = _read_state(folder)
        alive = files.is_held(folder.lock)
        if before == _read_state(folder):
            state, started, problem = before
            if problem:
                problems.append(problem)
            return state, started, alive


def _read_state(folder: RunFolder) -> tuple[dict[str, Any], bool, str]:
    started = folder.lock.exists()
    try:
        return folders.read_json(folder.state) or {}, started, ""
    except RunError as error:
        return {}, True, str(error)
