"""Seed groups: runs that differ in the seed alone, and the mean and deviation of their figures."""

from __future__ import annotations

import functools
import math
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from augment.data.source import TEST, VALIDATION
from augment.errors import RunError
from augment.runs.config import RunConfig
from augment.runs.groups import by_seed_group
from augment.runs.naming import group_name
from augment.runs.run import RUNNING, SUCCEEDED, Run

METRICS = ("accuracy", "top5", "macro_accuracy", "cross_entropy", "loss", "ece", "epoch")
"""The figures of ``evaluation.json`` and ``test.json`` that a group has; "epoch" is that of the model."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """One figure over the seeds of a group.

    Attributes:
        mean: Its mean.
        deviation: Its standard deviation over the seeds, with n - 1; None for one seed.
        count: The number of seeds that have it.
    """

    mean: float
    deviation: float | None
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Figures:
        """Return the figures of values, at least one."""
        return cls(
            mean=statistics.fmean(values),
            deviation=statistics.stdev(values) if len(values) > 1 else None,
            count=len(values),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return them as JSON values."""
        return {"mean": self.mean, "deviation": self.deviation, "count": self.count}


@dataclass(frozen=True, kw_only=True)
class Group:
    """Runs that differ in the seed alone; `group_of` makes one.

    Attributes:
        key: The same as `Run.seed_group` of each of them.
        name: What they are called together, without a seed.
        runs: Those that count, one for each seed, in the order of the seeds: they have succeeded and have
            an evaluation. None, while all are unfinished.
        config: The configuration that they share, with the seed of one of them.
        seeds: The seeds of `runs`.
        left_out: The other runs, which do not count.
        warnings: A sentence for each thing that should be known of a run before the figures are used.
    """

    key: str
    name: str
    runs: tuple[Run, ...]
    config: RunConfig
    seeds: tuple[int, ...]
    left_out: tuple[Run, ...] = ()
    warnings: tuple[str, ...] = ()

    @functools.cached_property
    def figures(self) -> Mapping[str, Mapping[str, Figures]]:
        """The figures by split ("validation", "test") and metric (`METRICS`).

        A split is missing where no run is evaluated on it. "accuracy" of "validation" is that of the best
        epoch, by which the model was chosen, so it is optimistic. What is not finite is left out.
        """
        values: dict[str, dict[str, list[float]]] = {}
        for run in self.runs:
            for entries in (run.evaluation() or {}, run.test() or {}):
                of_split = values.setdefault(entries.get("split", ""), {})
                if entries.get("split") == TEST and entries is not None and run.test():
                    entries = run.test() or {}
                for metric in METRICS:
                    if (value := entries.get(metric)) is not None:
                        of_split.setdefault(metric, []).append(float(value))
        return {
            split: {metric: Figures.of(found) for metric, found in of_split.items()}
            for split, of_split in values.items()
            if split and of_split
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the group as JSON values; ``figures`` has an object for each split."""
        return {
            "name": self.name,
            "seed_group": self.key,
            "runs": [run.id for run in self.runs],
            "seeds": list(self.seeds),
            "figures": {
                split: {metric: found.to_dict() for metric, found in of_split.items()}
                for split, of_split in self.figures.items()
            },
            "left_out": [run.id for run in self.left_out],
            "warnings": list(self.warnings),
        }


def group_of(runs: Iterable[Run]) -> Group:
    """Return the group that runs are; those that cannot count are left out with a warning.

    Args:
        runs: At least one; a run that is there twice counts once.

    Raises:
        RunError: There is none with a configuration, or they differ in more than the seed.
    """
    raise NotImplementedError


def seed_groups(runs: Iterable[Run]) -> list[Group]:
    """Return the groups of runs, in the order in which their first runs come."""
    return [group_of(found) for found in by_seed_group(runs).values()]
