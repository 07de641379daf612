"""What the models of a group predicted for the same pictures, picture by picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from augment.compare.difference import Bools
from augment.compare.groups import OUTDATED, Group, is_tested_before
from augment.data.source import TEST
from augment.errors import RunError
from augment.runs.evaluation import Ints, Predictions
from augment.runs.folders import RunFolder
from augment.runs.run import Run
from augment.system import files
from augment.system.units import counted


@dataclass(frozen=True, kw_only=True, eq=False)
class GroupPredictions:
    """What R models of a group predicted for the N pictures of a split that all of them saw.

    Attributes:
        ids: int64 (N,), the ids of the pictures, ascending.
        labels: int64 (N,), their classes.
        class_names: K names.
        right: bool (R, N), whether the predicted class is that of the picture.
        predicted: int64 (R, N), the predicted class; -1 where a model that diverged predicts none.
        seeds: The seed of each row, ascending.
        runs: The id of the run of each row.
        warnings: A sentence for each run that is left out, and for pictures that are.
    """

    ids: Ints
    labels: Ints
    class_names: tuple[str, ...]
    right: Bools
    predicted: Ints
    seeds: tuple[int, ...]
    runs: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.ids)

    def at(self, ids: Ints) -> GroupPredictions:
        """Return the predictions for some of the pictures, whose ids are all in `ids`."""
        places = np.searchsorted(self.ids, ids)
        return replace(
            self,
            ids=self.ids[places],
            labels=self.labels[places],
            right=self.right[:, places],
            predicted=self.predicted[:, places],
        )


def predictions_of(group: Group, split: str) -> GroupPredictions:
    """Return what the models of a group predicted for a split, aligned by the ids of the pictures.

    Runs without predictions for the split, and pictures that not all runs have, are left out with a
    warning.

    Args:
        group: The group.
        split: "validation" or "test".

    Raises:
        RunError: No run has predictions for the split (the message has the command that makes them),
            they have no picture in common, or the classes or the labels differ.
    """
    rows: list[_Row] = []
    warnings: list[str] = []
    for run, seed in zip(group.runs, group.seeds, strict=True):
        try:
            predictions = run.predictions(split)
        except RunError as error:
            warnings.append(f"The run {run.id} is left out: {error}")
            continue
        if split == TEST and is_tested_before(run):
            predictions = None
        if predictions is None:
            warnings.append(f"The run {run.id} is left out: {_lacks(split, run)}")
        else:
            rows.append(_Row.of(run, seed, split, predictions))
    if not rows:
        raise RunError(f"{_called(group)}: {_why_none(group, split, warnings)}")
    class_names = rows[0].class_names
    for row in rows[1:]:
        if row.class_names != class_names:
            raise RunError(
                f"The runs {rows[0].run} and {row.run} have other classes, so they cannot be compared: "
                f"{_other_names(class_names, row.class_names)}."
            )
    ids = common_ids([row.ids for row in rows])
    if not len(ids):
        raise RunError(
            f"{_called(group)}: its runs have no picture of {split} in common; their data was prepared "
            "anew, or split in another way."
        )
    most = max(len(row.ids) for row in rows)
    if len(ids) < most:
        warnings.append(
            f"The runs were evaluated on different pictures of {split}: only the {len(ids):,} that all "
            f"of them have, of {most:,}, are compared."
        )
    cut = [row.at(ids) for row in rows]
    labels = cut[0].labels
    if not all(np.array_equal(row.labels, labels) for row in cut):
        raise RunError(
            f"{_called(group)}: the same pictures of {split} have other classes in some of its runs; "
            "their data was labelled anew, so they cannot be compared."
        )
    predicted = np.stack([row.predicted for row in cut])
    return GroupPredictions(
        ids=ids,
        labels=labels,
        class_names=class_names,
        right=predicted == labels,
        predicted=predicted,
        seeds=tuple(row.seed for row in rows),
        runs=tuple(row.run for row in rows),
        warnings=tuple(warnings),
    )


def common_ids(ids: Sequence[Ints]) -> Ints:
    """Return the ids that all of several arrays have, ascending, int64 (N,)."""
    common = np.unique(ids[0])
    for each in ids[1:]:
        common = np.intersect1d(common, each)
    return common


def has_predictions(group: Group, split: str) -> bool:
    """Whether any run of a group that counts has predictions for a split."""
    return any(
        files.exists(RunFolder(run.path).predictions_of(split))
        for run in group.runs
        if split != TEST or not is_tested_before(run)
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Row:
    """What one model predicted, its pictures in the order of their ids."""

    run: str
    seed: int
    class_names: tuple[str, ...]
    ids: Ints
    labels: Ints
    predicted: Ints

    @classmethod
    def of(cls, run: Run, seed: int, split: str, predictions: Predictions) -> _Row:
        order = np.argsort(predictions.ids, kind="stable")
        return cls(
            run=run.id,
            seed=seed,
            class_names=_class_names(run, split, predictions.log_probabilities.shape[1]),
            ids=predictions.ids[order],
            labels=predictions.labels[order],
            predicted=predictions.predicted[order],
        )

    def at(self, ids: Ints) -> _Row:
        places = np.searchsorted(self.ids, ids)
        return replace(self, ids=ids, labels=self.labels[places], predicted=self.predicted[places])


def _class_names(run: Run, split: str, count: int) -> tuple[str, ...]:
    """Return the names of the classes that a run was evaluated with."""
    entries = (run.test() if split == TEST else None) or run.evaluation() or {}
    names = tuple(entry.get("name") for entry in entries.get("per_class", []))
    if len(names) != count or None in names:
        raise RunError(
            f"The run {run.id} has predictions for {count} classes, but its evaluation names "
            f"{len(names)}; evaluate it again with runs test {run.id}."
        )
    return names


def _lacks(split: str, run: Run) -> str:
    hint = f"; python -m augment runs test {run.id} makes them." if split == TEST else "."
    if split == TEST and is_tested_before(run):
        return f"it {OUTDATED}{hint}"
    return f"it has no predictions for {split}{hint}"


def _why_none(group: Group, split: str, warnings: Sequence[str]) -> str:
    if not group.runs:
        return f"none of its runs counts. {' '.join(group.warnings)}"
    return f"none of its runs has predictions for {split}. {' '.join(warnings)}"


def _called(group: Group) -> str:
    return f"The group {group.name}"


def _other_names(first: Sequence[str], second: Sequence[str]) -> str:
    if len(first) != len(second):
        return f"{counted(len(first), 'class', 'classes')} and {len(second)}"
    one, other = next(pair for pair in zip(first, second, strict=True) if pair[0] != pair[1])
    return f"{one} and {other}"
