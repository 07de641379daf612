"""What a run is doing now, and for how much longer: read off its tables, in words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

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
