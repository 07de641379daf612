"""Curves of a group by epoch: the mean over its seeds, and the band around it."""

from __future__ import annotations

from dataclasses import dataclass

from augment.compare.groups import Group
from augment.runs.evaluation import Floats, Ints

METRICS = ("loss", "accuracy", "val_loss", "val_accuracy")


@dataclass(frozen=True, kw_only=True, eq=False)
class Band:
    """A figure of ``metrics.csv`` by epoch, over the seeds of a group.

    Attributes:
        epochs: int64 (E,), the epochs, from 1, in which any run has it, ascending; figures of the
            validation are in some epochs only.
        mean: float64 (E,), the mean over the runs that have it.
        deviation: float64 (E,), their standard deviation with n - 1; NaN for one run.
        low: float64 (E,), the least.
        high: float64 (E,), the greatest.
        count: int64 (E,), how many runs have it.
    """

    epochs: Ints
    mean: Floats
    deviation: Floats
    low: Floats
    high: Floats
    count: Ints


def curves(group: Group) -> dict[str, Band]:
    """Return the curves of a group by metric: "loss", "accuracy", "val_loss", "val_accuracy".

    Besides the runs that count, those that are running have a share in them. A metric is missing where
    no run has it.
    """
    raise NotImplementedError
