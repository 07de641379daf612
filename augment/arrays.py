"""Pictures and labels in arrays of one's own: checked once, then read by rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from augment.data.store.rows import PictureRows, Pictures
from augment.errors import DataError

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

# Shares in half precision, or rounded to three decimals, still sum to 1.
_TOLERANCE = 5e-3


class Arrays:
    """Samples in arrays; see `augment.kerasdata.AugmentedBatches` for what they may be.

    Attributes:
        images: uint8 (N, H, W, 3); one on disk stays there.
        ids: int64 (N,), distinct.
        labels: Returns the labels of some rows as float32 (B, K).

    Raises:
        DataError: Says in one sentence what came and what is allowed.
    """

    def __init__(
        self,
        images: npt.ArrayLike | PictureRows,
        labels: npt.ArrayLike,
        *,
        ids: npt.ArrayLike | None = None,
        class_count: int | None = None,
    ) -> None:
        self.images = _checked_images(
            images if isinstance(images, PictureRows) else np.asarray(images)
        )
        self.ids = _checked_ids(ids, len(self.images))
        self.labels = _label_reader(np.asarray(labels), len(self.images), class_count)


def _checked_images(images: npt.NDArray[Any] | PictureRows) -> Pictures:
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3:
        raise DataError(
            f"The images are {images.dtype} of shape {images.shape}; they must be uint8 of shape "
            "(N, H, W, 3)."
        )
    return images


def _checked_ids(ids: npt.ArrayLike | None, count: int) -> Ints:
    array = np.arange(count) if ids is None else np.asarray(ids)
    if array.dtype.kind not in "iu" or array.shape != (count,):
        raise DataError(
            f"The ids are {array.dtype} of shape {array.shape}; for {count} images they must be "
            f"whole numbers of shape ({count},)."
        )
    if len(np.unique(array)) < count:
        raise DataError("Two images have the same id; each must have an id of its own.")
    return array.astype(np.int64)


def _label_reader(
    labels: npt.NDArray[Any], count: int, class_count: int | None
) -> Callable[[Ints], Labels]:
    if labels.dtype.kind in "iu" and labels.shape in ((count,), (count, 1)):
        return _number_reader(labels.reshape(count), class_count)
    if labels.dtype.kind not in "biuf" or labels.ndim != 2 or len(labels) != count:
        raise DataError(
            f"The labels are {labels.dtype} of shape {labels.shape}; for {count} images they must "
            f"be whole numbers of shape ({count},) or shares of shape ({count}, K)."
        )
    if class_count not in (None, labels.shape[1]):
        raise DataError(f"There are {class_count} classes, but {labels.shape[1]} labels a row.")
    sums = labels.sum(axis=1, dtype=np.float64)
    # Put so that what is not a number is wrong too.
    wrong = ~((np.abs(sums - 1.0) <= _TOLERANCE) & (labels >= 0).all(axis=1))
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            f"The labels of row {row} sum to {sums[row]:g} and the smallest is "
            f"{labels[row].min():g}; they must be shares from 0 that sum to 1."
        )
    return lambda rows: labels[rows].astype(np.float32)


def _number_reader(numbers: npt.NDArray[Any], class_count: int | None) -> Callable[[Ints], Labels]:
    lowest, highest = int(numbers.min(initial=0)), int(numbers.max(initial=0))
    count = highest + 1 if class_count is None else class_count
    if lowest < 0 or highest >= count:
        raise DataError(
            f"A label is {lowest if lowest < 0 else highest}, but the {count} classes have the "
            f"numbers from 0 to {count - 1}."
        )

    def one_hot(rows: Ints) -> Labels:
        shares = np.zeros((len(rows), count), np.float32)
        shares[np.arange(len(rows)), numbers[rows]] = 1.0
        return shares

    return one_hot
