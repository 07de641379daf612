"""Views of what lies on disk: chosen rows of an array, and names, neither of which is read at once.

Pictures and labels in arrays of one's own: checked once, then read by rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from augment.errors import DataError

Pixels = npt.NDArray[np.uint8]
Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


class PictureRows:
    """Some rows of an array of pictures, which stays where it is: only what is asked for is copied."""

    ndim = 4
    dtype = np.dtype(np.uint8)

    def __init__(self, images: Pixels, rows: Ints) -> None:
        self._images, self._rows = images, rows

    @property
    def shape(self) -> tuple[int, ...]:
        """As of an array: (N, S, S, 3)."""
        return (len(self._rows), *self._images.shape[1:])

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, rows: npt.ArrayLike | slice) -> Pixels:
        chosen = self._rows[rows if isinstance(rows, slice) else np.asarray(rows)]
        return self._images[chosen]

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Pixels:
        if copy is False:
            raise ValueError("These pictures lie on disk; an array of them is a copy.")
        return np.asarray(self._images[self._rows], dtype)


Pictures = Pixels | PictureRows
"""Pictures of a split, (N, S, S, 3) uint8; indexing gives an array."""


def chosen_rows(images: Pixels, rows: Ints) -> Pictures:
    """Return these rows: a plain slice where they follow one another, which costs nothing."""
    if not len(rows):
        return images[:0]
    first = int(rows[0])
    if np.array_equal(rows, np.arange(first, first + len(rows))):
        return images[first : first + len(rows)]
    return PictureRows(images, rows)


class Names(Sequence[str]):
    """Texts that lie on disk one after the other, and where each ends."""

    def __init__(self, text: npt.NDArray[np.uint8], ends: Ints, rows: Ints | None = None) -> None:
        self._text, self._ends = text, ends
        self._rows = np.arange(len(ends)) if rows is None else rows

    @classmethod
    def write(cls, names: Sequence[str], text: Path, ends: Path) -> None:
        """Write `names` into two files, `text` and `ends`."""
        encoded = [name.encode("utf-8", "surrogateescape") for name in names]
        text.write_bytes(b"".join(encoded))
        np.save(ends, np.cumsum([len(name) for name in encoded], dtype=np.int64))

    @classmethod
    def open(cls, text: Path, ends: Path) -> Names:
        """Open what `write` wrote; nothing of it is read yet."""
        size = text.stat().st_size
        held = np.memmap(text, np.uint8, "r") if size else np.empty(0, np.uint8)
        names = cls(held, np.load(ends, mmap_mode="r", allow_pickle=False))
        if (int(names._ends[-1]) if len(names._ends) else 0) != size:
            raise ValueError(f"{text.name} does not end where its last name does")
        return names

    def of(self, rows: Ints) -> Names:
        """Return the names of some rows."""
        return Names(self._text, self._ends, self._rows[rows])

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> list[str]: ...
    def __getitem__(self, number: int | slice) -> str | list[str]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        row = int(self._rows[number])
        start = int(self._ends[row - 1]) if row else 0
        return bytes(self._text[start : int(self._ends[row])]).decode("utf-8", "surrogateescape")


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
