"""Curves of a group by epoch: the mean over its seeds, and the band around it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from augment.compare.groups import Group
from augment.errors import RunError
from augment.runs.evaluation import Floats, Ints
from augment.runs.run import RUNNING

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
        count: int64 (E,), how many runs have it; fewer where some ended early, or go on.
    """

    epochs: Ints
    mean: Floats
    deviation: Floats
    low: Floats
    high: Floats
    count: Ints

    @classmethod
    def of(cls, values: dict[int, list[float]]) -> Band:
        """Return the band of the values of each epoch, at least one."""
        epochs = sorted(values)

        def each(of: Sequence[float]) -> tuple[float, float, float, float, int]:
            array = np.asarray(of, np.float64)
            deviation = float(array.std(ddof=1)) if len(array) > 1 else np.nan
            return array.mean(), deviation, array.min(), array.max(), len(array)

        mean, deviation, low, high, count = zip(
            *(each(values[epoch]) for epoch in epochs), strict=True
        )
        return cls(
            epochs=np.array(epochs, np.int64),
            mean=np.array(mean),
            deviation=np.array(deviation),
            low=np.array(low),
            high=np.array(high),
            count=np.array(count, np.int64),
        )


def curves(group: Group) -> dict[str, Band]:
    """Return the curves of a group by metric: "loss", "accuracy", "val_loss", "val_accuracy".

    Besides the runs that count, those that are running have a share in them. A run whose table cannot be
    read has none. A metric is missing where no run has it.
    """
    values: dict[str, dict[int, list[float]]] = {metric: {} for metric in METRICS}
    running = (run for run in group.left_out if run.state == RUNNING)
    for run in (*group.runs, *running):
        with contextlib.suppress(RunError):
            for row in run.epochs():
                for metric in METRICS:
                    if metric in row:
                        values[metric].setdefault(int(row["epoch"]), []).append(row[metric])
    return {metric: Band.of(found) for metric, found in values.items() if found}
