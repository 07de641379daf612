"""What the models of a group predicted for the same pictures, picture by picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from augment.compare.groups import Group
from augment.runs.evaluation import Ints

Bools = npt.NDArray[np.bool_]


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
        warnings: A sentence for each run and for pictures that are left out.
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
        """Return the predictions for some of the pictures, given by ids that are all in `ids`."""
        raise NotImplementedError


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
    raise NotImplementedError
