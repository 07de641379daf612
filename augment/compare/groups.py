"""The groups that are compared: runs that differ in the seed alone, with their figures."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from augment.compare.settings import differing_settings
from augment.engine.limits import Limits
from augment.errors import RunError
from augment.runs.config import RunConfig
from augment.runs.groups import OverSeeds, by_seed_group
from augment.runs.naming import group_name
from augment.runs.run import SUCCEEDED, Run

AT_ONCE = Limits(low=2, high=8)
"""How many groups can be compared at once."""

METRICS = ("accuracy", "top5", "macro_accuracy", "cross_entropy", "loss", "ece", "epoch")
"""The figures of ``evaluation.json`` and ``test.json`` that a group has; "epoch" is that of the model."""

OUTDATED = "was evaluated on test before it was resumed, with an earlier model"

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


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
        figures: The figures by split ("validation", "test") and metric (`METRICS`). A split is missing
            where no run is evaluated on it. "accuracy" of "validation" is that of the best epoch, by
            which the model was chosen, so it is optimistic. What is not finite is left out.
        left_out: The other runs, which do not count.
        warnings: A sentence for each thing that should be known of a run before the figures are used.
    """

    key: str
    name: str
    runs: tuple[Run, ...]
    config: RunConfig
    seeds: tuple[int, ...]
    figures: Mapping[str, Mapping[str, OverSeeds]]
    left_out: tuple[Run, ...] = ()
    warnings: tuple[str, ...] = ()

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

    A run counts if it has succeeded and has an evaluation, also if it was stopped early, was resumed or
    has a damaged file besides, which a warning says. Of several runs with one seed the one that ended
    last counts.

    Args:
        runs: At least one; a run that is there twice counts once.

    Raises:
        RunError: There is none with a configuration, or they differ in more than the seed.
    """
    given = list({run.id: run for run in runs}.values())
    usable = [(run, run.config) for run in given if run.config is not None]
    if not usable:
        what = f"{given[0].id}: {given[0].problem}" if given else "none was given."
        raise RunError(f"A group needs a run whose configuration can be read; {what}")
    base, config = usable[0]
    for run, other in usable[1:]:
        if run.seed_group != base.seed_group:
            changes = ", ".join(differing_settings(config, other)) or "their data is not the same"
            raise RunError(
                f"The runs {base.id} and {run.id} differ in more than the seed ({changes}), so they are "
                "no group; compare them as two."
            )
    warnings: list[str] = [
        f"The run {run.id} is left out: {run.problem}" for run in given if run.config is None
    ]
    counting: dict[int, Run] = {}
    for run, of_run in sorted(usable, key=lambda each: (each[0].ended or _LONG_AGO, each[0].id)):
        if reason := _why_left_out(run):
            warnings.append(f"The run {run.id} is left out: {reason}")
            continue
        if older := counting.get(of_run.seed):
            warnings.append(
                f"The run {older.id} is left out: {run.id} has the seed {of_run.seed}, too, and ended "
                "later."
            )
        counting[of_run.seed] = run
    chosen = tuple(run for _, run in sorted(counting.items()))
    for run in chosen:
        warnings += [f"The run {run.id} {what}" for what in _remarks(run)]
    return Group(
        key=base.seed_group,
        name=group_name(config),
        runs=chosen,
        config=config,
        seeds=tuple(sorted(counting)),
        figures=_figures(chosen),
        left_out=tuple(run for run in given if run not in chosen),
        warnings=tuple(warnings),
    )


def seed_groups(runs: Iterable[Run]) -> list[Group]:
    """Return the groups of runs, in the order in which their first runs come."""
    return [group_of(found) for found in by_seed_group(runs).values()]


def is_tested_before(run: Run) -> bool:
    """Whether the test split was evaluated with an earlier model, before the run was resumed."""
    try:
        test, evaluation = run.test(), run.evaluation()
    except RunError:
        return False
    return bool(test and evaluation and test.get("epoch") != evaluation.get("epoch"))


def _why_left_out(run: Run) -> str:
    """Return in a sentence why a run does not count; empty if it does."""
    if not run.is_over:
        return f"it is not over yet ({run.phase})."
    if run.state != SUCCEEDED:
        return f"it ended {run.state}{f': {run.reason}' if run.reason else '.'}"
    try:
        evaluation = run.evaluation()
    except RunError as error:
        return str(error)
    if evaluation is None or evaluation.get("accuracy") is None:
        return "it has no accuracy in its evaluation."
    return ""


def _remarks(run: Run) -> Iterator[str]:
    """Yield what should be known of a run that counts, each the end of a sentence."""
    if run.stopped_early:
        yield "was stopped early, so it trained for fewer epochs than the others; it counts."
    if run.attempt > 1:
        yield f"was resumed (attempt {run.attempt}), which changes no figure; it counts."
    if is_tested_before(run):
        yield f"{OUTDATED}; python -m augment runs test {run.id} tests it as it is now."
    if run.problem:
        yield f"has a damaged file, but its evaluation counts: {run.problem}"


def _figures(runs: Iterable[Run]) -> dict[str, dict[str, OverSeeds]]:
    values: dict[str, dict[str, list[float]]] = {}
    for run in runs:
        for split, entries in _evaluations(run).items():
            of_split = values.setdefault(split, {})
            for metric in METRICS:
                if (value := entries.get(metric)) is not None:
                    of_split.setdefault(metric, []).append(float(value))
    return {
        split: {
            metric: figure
            for metric, found in of_split.items()
            if (figure := OverSeeds.of(found)) is not None
        }
        for split, of_split in values.items()
    }


def _evaluations(run: Run) -> dict[str, Mapping[str, Any]]:
    """Return the evaluations of a run by split; one that cannot be read is a `problem` of the run."""
    found: dict[str, Mapping[str, Any]] = {}
    for read in (run.evaluation,) if is_tested_before(run) else (run.evaluation, run.test):
        with contextlib.suppress(RunError):
            if entries := read():
                found[entries.get("split", "")] = entries
    return found
