"""The comparison of two groups: the difference, whom it helped, which pictures changed, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from augment.compare.difference import Bools, Difference, paired_difference
from augment.compare.groups import Group
from augment.compare.per_class import ClassDifference, class_differences
from augment.compare.predictions import (
    GroupPredictions,
    common_ids,
    has_predictions,
    predictions_of,
)
from augment.compare.settings import differing_settings
from augment.data.source import TEST, VALIDATION
from augment.errors import RunError
from augment.runs.evaluation import Floats, Ints
from augment.runs.folders import RunFolder

_SAME_PICTURES = ("size", "fit")
_SAME_SPLITS = ("splits", "split_seed", "leave_out", "per_class")


class Change(NamedTuple):
    """A picture that moved into or out of a cell of the confusion matrix.

    Attributes:
        id: The id of the picture.
        first: By how many seeds of the first group it is in the cell.
        second: By how many seeds of the second group it is.
    """

    id: int
    first: int
    second: int


class ChangedConfusion(NamedTuple):
    """Two classes of which the first is taken for the second more or less often.

    Attributes:
        name: The class of the pictures.
        label: Its index.
        predicted: The class that they are taken for.
        predicted_label: Its index.
        difference: How many pictures more of a run, by the mean over the seeds.
    """

    name: str
    label: int
    predicted: str
    predicted_label: int
    difference: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """Two groups on the pictures of a split that both saw; every difference is second minus first.

    Attributes:
        first: The base.
        second: What is compared with it.
        split: "validation" or "test".
        first_predictions: Those of the first group for the common pictures.
        second_predictions: Those of the second, for the same pictures in the same order.
        difference: That of the accuracies, with its interval.
        classes: That of each class.
        confusion: float64 (K, K): how many pictures more of each class (rows) are taken for each class
            (columns), by the mean over the seeds.
        broken: int64, the ids of the pictures that more than half of the seeds of the first group get
            right, and less than half of those of the second.
        repaired: The reverse.
        settings: What differs between the configurations, in words, a change each.
        warnings: A sentence for each thing that makes the figures less comparable.
    """

    first: Group
    second: Group
    split: str
    first_predictions: GroupPredictions
    second_predictions: GroupPredictions
    difference: Difference
    classes: Sequence[ClassDifference]
    confusion: Floats
    broken: Ints
    repaired: Ints
    settings: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def is_over_pictures_only(self) -> bool:
        """Whether each group is one model, so that nothing is known of other seeds."""
        return len(self.first_predictions.seeds) == len(self.second_predictions.seeds) == 1

    @property
    def changed_cells(self) -> Ints:
        """The cells of `confusion` that differ, int64 (n, 2): class and prediction.

        The largest change comes first, of equal ones that in the upper row.
        """
        labels, predicted = np.nonzero(self.confusion)
        order = np.argsort(-np.abs(self.confusion[labels, predicted]), kind="stable")
        return np.stack([labels[order], predicted[order]], axis=1)

    @property
    def changed_confusions(self) -> list[ChangedConfusion]:
        """The pairs of two classes among `changed_cells`, in their order."""
        names = self.first_predictions.class_names
        return [
            ChangedConfusion(
                names[label], label, names[taken], taken, float(self.confusion[label, taken])
            )
            for label, taken in self.changed_cells.tolist()
            if label != taken
        ]

    def changed(self, true_class: int, predicted_class: int) -> list[Change]:
        """Return the pictures that moved into or out of a cell of the confusion matrix.

        Args:
            true_class: The class of the pictures.
            predicted_class: The class that they are taken for; the same for those that are right.

        Returns:
            Those whose share of the seeds changed; the largest changes come first, then the smallest ids.
        """
        one, other = self.first_predictions, self.second_predictions
        rows = np.flatnonzero(one.labels == true_class)
        first, second = (
            (each.predicted[:, rows] == predicted_class).sum(axis=0) for each in (one, other)
        )
        # Whole numbers, because a third of three seeds and two of six are the same.
        moved = second * len(one.seeds) - first * len(other.seeds)
        order = np.lexsort((one.ids[rows], -np.abs(moved)))
        return [
            Change(int(one.ids[rows[place]]), int(first[place]), int(second[place]))
            for place in order
            if moved[place]
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as JSON values.

        ``interval`` has both ends, ``broken`` and ``repaired`` are counts, ``seeds`` is how many each
        group has (`Difference.seeds`). Differences are shares, those of ``confusions`` pictures; all are
        second minus first.
        """
        found = self.difference
        return {
            "first": self.first.name,
            "second": self.second.name,
            "split": self.split,
            "difference": found.difference,
            "interval": [found.low, found.high],
            "pictures": found.pictures,
            "seeds": found.seeds,
            "paired_by_seed": found.is_paired_by_seed,
            "sentence": found.sentence,
            "classes": [asdict(each) for each in self.classes],
            "confusions": [each._asdict() for each in self.changed_confusions],
            "broken": len(self.broken),
            "repaired": len(self.repaired),
            "broken_ids": self.broken.tolist(),
            "repaired_ids": self.repaired.tolist(),
            "settings": list(self.settings),
            "warnings": list(self.warnings),
        }


def default_split(groups: Sequence[Group]) -> str:
    """Return "test" where each group has a run with predictions for it, else "validation"."""
    return TEST if all(has_predictions(group, TEST) for group in groups) else VALIDATION


def compare(first: Group, second: Group, split: str) -> Comparison:
    """Compare two groups on a split, paired by picture, and by seed where both have the same seeds.

    Args:
        first: The base.
        second: What is compared with it.
        split: "validation" or "test".

    Raises:
        RunError: A group has no predictions for the split, they have no picture in common, or the
            classes differ.
    """
    one, other = predictions_of(first, split), predictions_of(second, split)
    if one.class_names != other.class_names:
        raise RunError(
            f"{first.name} and {second.name} have other classes ({len(one.class_names)} and "
            f"{len(other.class_names)}), so they cannot be compared."
        )
    ids = common_ids([one.ids, other.ids])
    if not len(ids):
        raise RunError(
            f"{first.name} and {second.name} have no picture of {split} in common, so they cannot be "
            "compared; compare runs on the same data and splits."
        )
    counts = max(len(one), len(other))
    one_cut, other_cut = one.at(ids), other.at(ids)
    if not np.array_equal(one_cut.labels, other_cut.labels):
        raise RunError(
            f"The same pictures have other classes in {first.name} and in {second.name}, so they cannot "
            "be compared; the data was labelled anew between them."
        )
    paired = one.seeds == other.seeds
    is_mostly_right = [_majority(each.right) for each in (one_cut, other_cut)]
    return Comparison(
        first=first,
        second=second,
        split=split,
        first_predictions=one_cut,
        second_predictions=other_cut,
        difference=paired_difference(one_cut.right, other_cut.right, paired=paired),
        classes=class_differences(
            one_cut.right, other_cut.right, one_cut.labels, one.class_names, paired=paired
        ),
        confusion=_confusion(other_cut) - _confusion(one_cut),
        broken=ids[(is_mostly_right[0] > 0) & (is_mostly_right[1] < 0)],
        repaired=ids[(is_mostly_right[0] < 0) & (is_mostly_right[1] > 0)],
        settings=differing_settings(first.config, second.config, one.class_names),
        warnings=(
            *first.warnings,
            *second.warnings,
            *one.warnings,
            *other.warnings,
            *_warnings(first, second, split, common=len(ids), most=counts),
        ),
    )


def _majority(right: Bools) -> Ints:
    """Return 1 where more than half of the seeds are right, -1 where less than half, else 0, (N,)."""
    return np.asarray(np.sign(2 * right.sum(axis=0) - len(right)), np.int64)


def _confusion(predictions: GroupPredictions) -> Floats:
    """Return how many pictures of each class are taken for each, the mean over seeds, (K, K)."""
    classes = len(predictions.class_names)
    labels = np.broadcast_to(predictions.labels, predictions.predicted.shape)
    predicts = predictions.predicted >= 0
    cells = labels[predicts] * classes + predictions.predicted[predicts]
    counts = np.bincount(cells, minlength=classes * classes).reshape(classes, classes)
    return counts / len(predictions.seeds)


def _warnings(first: Group, second: Group, split: str, *, common: int, most: int) -> Iterator[str]:
    one, other = first.config, second.config
    if first.key == second.key:
        yield "Both are of one seed group: they differ in the seeds alone, so a difference is chance."
    if shared := {run.id for run in first.runs} & {run.id for run in second.runs}:
        yield f"The run {min(shared)} is in both groups, so they are not independent."
    if one.data != other.data:
        yield f"The data differs ({one.data} and {other.data}), so the figures are not comparable."
    elif (one.size, one.fit) == (other.size, other.fit):
        sums = [RunFolder(group.runs[0].path).read_data_checksum() for group in (first, second)]
        if all(sums) and sums[0] != sums[1]:
            yield "The data was prepared anew from other pictures between the two groups."
    for name in _SAME_PICTURES:
        if (values := (getattr(one, name), getattr(other, name)))[0] != values[1]:
            yield (
                f"The {name} of the pictures differs ({values[0]} and {values[1]}), so more differs than "
                "the recipe."
            )
    for name in _SAME_SPLITS:
        if (values := (getattr(one, name), getattr(other, name)))[0] != values[1]:
            yield (
                f"The setting {name.replace('_', ' ')} differs ({values[0]} and {values[1]}), so the "
                "groups were trained on different pictures."
            )
    if common < most:
        yield (
            f"The groups were evaluated on different pictures of {split}: only the {common:,} that both "
            f"have, of {most:,}, are compared."
        )
