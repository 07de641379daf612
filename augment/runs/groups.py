"""Which runs belong together: those that differ in the seed alone, and those that can share a process."""

from __future__ import annotations

import hashlib
import json
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from augment.data.splits import NOTHING
from augment.engine.recipe import Recipe
from augment.runs.config import RunConfig
from augment.runs.folders import RunFolder
from augment.system.units import counted

if TYPE_CHECKING:
    from augment.runs.run import Run

_NOT_OF_THE_GRAPH = ("seed", "recipe", "name")
_DIGITS = 12


def seed_group(config: RunConfig, data_checksum: str = "") -> str:
    """Return an id that is the same for runs which differ in the seed, and in nothing that matters.

    The name of a run, the ids of the steps of its recipe and the steps that are switched off do not
    matter: none changes what the runs are on average.

    Args:
        config: The configuration of the run.
        data_checksum: That of its prepared data; empty if it is not known.
    """
    fields = config.to_dict()
    del fields["seed"], fields["name"]
    if fields["leave_out"] == NOTHING:  # or runs made before there was the field would change group
        del fields["leave_out"]
    fields["recipe"] = meaning(config.recipe)
    text = json.dumps([fields, data_checksum], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def meaning(recipe: Recipe) -> list[dict[str, Any]]:
    """Return the steps of a recipe that are on, as JSON values without their ids."""
    return _meaning(recipe.to_dict()["steps"])


def shares_graph(first: RunConfig, second: RunConfig) -> bool:
    """Return whether one process can train both with one network and one graph, one after the other."""
    return graph_of(first) == graph_of(second)


def graph_of(config: RunConfig) -> str:
    """Return what the graph of a run depends on, as a text to compare."""
    fields = config.to_dict()
    return json.dumps([[name, fields[name]] for name in fields if name not in _NOT_OF_THE_GRAPH])


def by_seed_group(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """Return the runs by their seed group, each group in the order of the seeds.

    A run whose configuration cannot be used is left out.
    """
    found: dict[str, list[Run]] = {}
    for run in runs:
        if run.config is not None:
            found.setdefault(run.seed_group, []).append(run)
    for group in found.values():
        group.sort(key=lambda run: (run.config.seed if run.config else 0, run.id))
    return found


@dataclass(frozen=True, kw_only=True)
class OverSeeds:
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
    def of(cls, figures: Iterable[float | None]) -> OverSeeds | None:
        """Return what the figures that there are make together; None if there are none."""
        found = [figure for figure in figures if figure is not None]
        if not found:
            return None
        deviation = statistics.stdev(found) if len(found) > 1 else None
        return cls(mean=statistics.fmean(found), deviation=deviation, count=len(found))

    def in_words(self) -> str:
        """Return it in words, if it is a share of 1, as in "41.2% ± 0.8 (3 seeds)"."""
        deviation = "" if self.deviation is None else f" ± {100 * self.deviation:.1f}"
        return f"{self.mean:.1%}{deviation} ({counted(self.count, 'seed')})"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"mean": self.mean, "deviation": self.deviation, "count": self.count}


def baseline_of(run: Run, runs: Iterable[Run]) -> list[Run]:
    """Return the runs without augmentation that a run can be compared with.

    They differ from its seed group in the recipe alone; none for a run that has no augmentation itself.

    Raises:
        RunError: Its ``spec.json`` cannot be read any more.
    """
    if run.config is None or not meaning(run.config.recipe):
        return []
    checksum = RunFolder(run.path).read_data_checksum()
    bare = seed_group(replace(run.config, recipe=Recipe()), checksum)
    return [other for other in runs if other.seed_group == bare]


def _meaning(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            name: _meaning(value) if name == "steps" else value
            for name, value in step.items()
            if name not in ("id", "enabled")
        }
        for step in steps
        if step.get("enabled", True)
    ]
