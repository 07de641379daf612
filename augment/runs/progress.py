"""What a running trainer is doing, and how long its epochs will still take: from its files.

The trainer writes its phase, one of those below, into ``progress.json`` each time it changes. Where a
phase begins with "training", the epoch and the step are those of the tables, which have them anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise
from statistics import median_low

from augment.runs.config import RunConfig
from augment.runs.stages import head_epochs

LOADING = "loading TensorFlow"
COMPILING = "compiling the ops, which takes half a minute, once for this installation"
MODEL = "building the model"
GRAPH = "building the training graph; nothing moves until then"
TRAINING, TRAINING_HEAD = "training", "training the head"
SAVING = "saving"
TESTING = "evaluating on test"
# Where a trainer has written no phase.
STARTING = f"starting ({LOADING})"
EVALUATING = "evaluating the saved model"

Rows = Sequence[dict[str, float]]


def validating(epoch: int) -> str:
    """Return the phase in which the model of an epoch is validated."""
    return f"validating after epoch {epoch}"


def phase(config: RunConfig, written: str, metrics: Rows, steps: Rows) -> str:
    """Return what a trainer is doing, for a person.

    Args:
        config: The configuration of the run.
        written: The phase in ``progress.json``; empty if it has none, or is damaged.
        metrics: The rows of ``metrics.csv``, one for each finished epoch.
        steps: The rows of ``steps.csv``.
    """
    epoch = int(metrics[-1]["epoch"]) + 1 if metrics else 1
    # A resumed run has the rows of its earlier epochs from the beginning.
    at = steps[-1] if steps and steps[-1]["epoch"] >= epoch else None
    if not written:
        if epoch > config.epochs:
            return EVALUATING
        if not metrics and not at:
            return STARTING
    if written and not written.startswith(TRAINING) and not (at and written == GRAPH):
        return written
    kind = TRAINING_HEAD if epoch <= head_epochs(config) else TRAINING
    text = f"{kind}: epoch {min(epoch, config.epochs)} of {config.epochs}"
    return f"{text}, step {at['step']:.0f} of {at['steps_per_epoch']:.0f}" if at else text


def seconds_left(config: RunConfig, validated: Collection[int] | None, steps: Rows) -> float | None:
    """Return the seconds until the last epoch ends, or None while there are too few steps to estimate.

    The head epochs and those of the body have steps of a length of their own, which is taken within the
    epochs: the first step of each stage builds a graph. Between two epochs there is a pause, which is
    longer after an epoch that is validated; of the pauses seen so far the median counts, as that before a
    resume is a long one.

    Args:
        config: The configuration of the run.
        validated: The epochs that are validated; None for all.
        steps: The rows of ``steps.csv``.
    """
    heads = head_epochs(config)
    inside: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    steps_per_epoch: dict[bool, float] = {}
    for a, b in pairwise(steps):
        if a["epoch"] == b["epoch"]:
            is_head = b["epoch"] <= heads
            inside[is_head].append((b["step"] - a["step"], b["seconds"] - a["seconds"]))
            steps_per_epoch[is_head] = b["steps_per_epoch"]
    per_step = {
        is_head: sum(seconds for _, seconds in found) / sum(count for count, _ in found)
        for is_head, found in inside.items()
        if sum(count for count, _ in found) > 0
    }

    def is_validated(epoch: float) -> bool:
        return validated is None or epoch in validated

    pauses: dict[bool, list[float]] = {True: [], False: []}
    for a, b in pairwise(steps):
        is_head = b["epoch"] <= heads
        if a["epoch"] < b["epoch"] and is_head is (a["epoch"] <= heads) and is_head in per_step:
            pause = b["seconds"] - a["seconds"] - b["step"] * per_step[is_head]
            pauses[is_validated(a["epoch"])].append(max(0.0, pause))
    left = 0.0
    for epoch in range(int(steps[-1]["epoch"]) if steps else 1, config.epochs + 1):
        if (is_head := epoch <= heads) not in per_step:
            return None
        done = steps[-1]["step"] if epoch == steps[-1]["epoch"] else 0
        left += per_step[is_head] * (steps_per_epoch[is_head] - done)
        if found := pauses[is_validated(epoch)]:
            left += median_low(found)
    return left
