"""Which pictures of a split stand in the grid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def chosen_rows(
    labels: npt.NDArray[np.int64], *, classes: Sequence[int], count: int
) -> npt.NDArray[np.int64]:
    """Return rows of a split: the first picture of each class, then the second of each, and so on.

    The choice depends on nothing but the arguments, so no seed and no slider ever swaps a picture.

    Args:
        labels: The class of each row, shape (N,).
        classes: The classes wanted; empty for all.
        count: How many rows to return at most.

    Returns:
        Shape (at most count,).
    """
    by_class = np.argsort(labels, kind="stable")
    ordered = labels[by_class]
    turn = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
    rows = by_class[np.lexsort((ordered, turn))]
    if len(classes):
        rows = rows[np.isin(labels[rows], classes)]
    return rows[:count]
