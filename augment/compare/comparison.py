"""The comparison of two groups: the difference, whom it helped, which pictures changed, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from augment.compare.difference import Difference
from augment.compare.groups import Group
from augment.compare.per_class import ClassDifference
from augment.compare.predictions import GroupPredictions
from augment.runs.evaluation import Floats, Ints


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

    def changed(self, true_class: int, predicted_class: int) -> list[Change]:
        """Return the pictures that moved into or out of a cell of the confusion matrix.

        Args:
            true_class: The class of the pictures.
            predicted_class: The class that they are taken for; the same for those that are right.

        Returns:
            Those that moved most, by the share of the seeds, come first.
        """
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as JSON values; ``broken`` and ``repaired`` are counts."""
        raise NotImplementedError


def default_split(groups: Sequence[Group]) -> str:
    """Return "test" where each group has a run with predictions for it, else "validation"."""
    raise NotImplementedError


def compare(first: Group, second: Group, split: str) -> Comparison:
    """Compare two groups on a split.

    Args:
        first: The base.
        second: What is compared with it.
        split: "validation" or "test".

    Raises:
        RunError: A group has no predictions for the split, they have no picture in common, or the
            classes differ.
    """
    raise NotImplementedError
