"""The difference of two groups by class; a stand-in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from augment.compare.difference import paired_difference


@dataclass(frozen=True, kw_only=True)
class ClassDifference:
    """The difference of the accuracies of one class."""

    name: str
    pictures: int
    difference: float
    low: float
    high: float
    p: float
    flagged: bool


def class_differences(
    first: npt.NDArray[np.bool_],
    second: npt.NDArray[np.bool_],
    labels: npt.NDArray[np.int64],
    class_names: Sequence[str],
    *,
    paired: bool,
    rate: float = 0.10,
) -> list[ClassDifference]:
    """Return the difference of each class that has pictures."""
    found = []
    for label, name in enumerate(class_names):
        chosen = labels == label
        if chosen.any():
            of = paired_difference(first[:, chosen], second[:, chosen], paired=paired)
            found.append(
                ClassDifference(
                    name=name,
                    pictures=of.pictures,
                    difference=of.difference,
                    low=of.low,
                    high=of.high,
                    p=1.0,
                    flagged=False,
                )
            )
    return found
