"""Samples: pictures with their labels, ids and class names, in memory or read by rows from disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from augment.engine import arrays
from augment.engine.arrays import Ints
from augment.errors import ArrayError

MAX_CLASSES = 1_000_000
"""Of more, a row of labels would be megabytes; so many come from one wrong number."""

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Samples:
    """Pictures with their labels, ids and class names.

    Images and labels may be views that read or compute only the rows that are indexed
    (`chosen_rows`, `one_hot_rows`); `take` gives plain arrays.

    Attributes:
        images: uint8 (N, H, W, 3), RGB.
        labels: float32 (N, K), shares from 0 that sum to 1 in each row.
        ids: int64 (N,), distinct: the stable ids that everything is drawn by.
        class_names: The names of the K classes.
        origin: Where the pictures come from, in words; may be empty.

    Raises:
        ArrayError: An array has another shape or dtype, or values that are not allowed; it is a
            DataError.
    """

    images: Images
    labels: Labels
    ids: Ints
    class_names: tuple[str, ...]
    origin: str = ""

    def __post_init__(self) -> None:
        arrays.check_images(self.images)
        arrays.check_distinct(arrays.read_ids(self.ids, len(self.images)))
        _check_labels(self.labels, len(self.images), len(self.class_names))

    @classmethod
    def of_arrays(
        cls,
        images: npt.ArrayLike,
        labels: npt.ArrayLike,
        *,
        ids: npt.ArrayLike | None = None,
        class_names: Sequence[str] | None = None,
        class_count: int | None = None,
    ) -> Samples:
        """Return samples from arrays of your own.

        Args:
            images: uint8 (N, H, W, 3), RGB; a memory-mapped array stays on disk.
            labels: Class numbers, integers (N,) or (N, 1), or shares (N, K) whose rows sum to 1.
            ids: Distinct integers (N,); the row numbers if not given.
            class_names: The names of the classes; their numbers if not given.
            class_count: How many classes there are, where they have no names; one more than the
                largest class number if not given.

        Raises:
            ArrayError: The arrays are not as above; the message says how to correct them.
        """
        read = images if isinstance(images, ImageRows) else arrays.read_images(images)
        count = len(read)
        if class_names is not None:
            class_count = len(class_names)
        elif class_count is not None:
            class_count = arrays.read_count("number of classes", class_count)
        shares = _as_shares(labels, count, class_count)
        names = map(str, range(shares.shape[1])) if class_names is None else class_names
        return cls(
            images=cast(Images, read),
            labels=shares,
            ids=np.arange(count) if ids is None else arrays.read_ids(ids, count),
            class_names=tuple(names),
        )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def names(self) -> tuple[str, ...]:
        """The name of the class of each picture; of a mixed label that of the largest share."""
        return tuple(self.class_names[number] for number in np.argmax(self.labels, axis=1))

    def take(self, rows: npt.ArrayLike) -> Samples:
        """Return some rows, in the order given, in arrays of their own.

        Args:
            rows: Distinct integers (n,).

        Raises:
            ArrayError: They are something else.
        """
        chosen = arrays.read_rows(rows)
        return Samples(
            images=np.ascontiguousarray(self.images[chosen]),
            labels=self.labels[chosen],
            ids=self.ids[chosen],
            class_names=self.class_names,
            origin=self.origin,
        )


def chosen_rows(images: Images, rows: Ints) -> Images:
    """Return these rows of an array on disk without reading them.

    Args:
        images: uint8 (N, H, W, 3).
        rows: int64 (n,).

    Returns:
        A slice of the array where the rows follow one another, and else a view that reads only the
        rows by which it is indexed: it has a shape, a dtype and a length as an array has, and becomes
        one by `numpy.asarray`.
    """
    if not len(rows):
        return images[:0]
    first = int(rows[0])
    if np.array_equal(rows, np.arange(first, first + len(rows))):
        return images[first : first + len(rows)]
    return cast(Images, ImageRows(images, rows))


def one_hot_rows(numbers: Ints, class_count: int) -> Labels:
    """Return class numbers, int64 (N,), as labels, float32 (N, K), of which no row is made yet.

    The view makes the rows by which it is indexed, and becomes an array by `numpy.asarray`. A table
    of a million samples of a hundred classes has 400 MB.
    """
    return cast(Labels, _OneHotRows(numbers, class_count))


class ImageRows:
    """What `chosen_rows` returns where the rows do not follow one another."""

    ndim = 4
    dtype = np.dtype(np.uint8)

    def __init__(self, images: Images, rows: Ints) -> None:
        self._images, self._rows = images, rows

    @property
    def shape(self) -> tuple[int, ...]:
        """As of an array: (N, H, W, 3)."""
        return (len(self._rows), *self._images.shape[1:])

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, rows: npt.ArrayLike | slice) -> Images:
        chosen = self._rows[rows if isinstance(rows, slice) else np.asarray(rows)]
        return self._images[chosen]

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Images:
        if copy is False:
            raise ValueError("These pictures lie on disk; an array of them is a copy.")
        return np.asarray(self._images[self._rows], dtype)


class _OneHotRows:
    """What `one_hot_rows` returns."""

    ndim = 2
    dtype = np.dtype(np.float32)

    def __init__(self, numbers: Ints, class_count: int) -> None:
        self._numbers, self._class_count = numbers, class_count

    @property
    def shape(self) -> tuple[int, int]:
        """As of an array: (N, K)."""
        return len(self._numbers), self._class_count

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, rows: npt.ArrayLike | slice) -> Labels:
        numbers = self._numbers[rows if isinstance(rows, slice) else np.asarray(rows)]
        shares = np.zeros((len(numbers), self._class_count), np.float32)
        shares[np.arange(len(numbers)), numbers] = 1.0
        return shares

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Labels:
        if copy is False:
            raise ValueError("These labels are class numbers; an array of shares is a copy.")
        return np.asarray(self[:], dtype)


def _as_shares(labels: npt.ArrayLike, count: int, class_count: int | None) -> Labels:
    read = arrays.read_array("labels", labels)
    if read.dtype.kind in "iu" and read.shape in ((count,), (count, 1)):
        numbers = read.reshape(count)
        lowest, highest = int(numbers.min(initial=0)), int(numbers.max(initial=0))
        classes = highest + 1 if class_count is None else class_count
        # Names and rows are made for each class, so one wrong number could take all memory.
        if classes > MAX_CLASSES:
            raise ArrayError(
                f"The labels need {classes:,} classes, but at most {MAX_CLASSES:,} are allowed; number "
                "the classes with numpy.unique(labels, return_inverse=True)[1]."
            )
        if lowest < 0 or highest >= classes:
            raise ArrayError(
                f"A label is {lowest if lowest < 0 else highest}, but the {classes} classes have the "
                f"numbers from 0 to {classes - 1}."
            )
        return one_hot_rows(numbers.astype(np.int64), classes)
    arrays.check_labels_shape(read, count, of="images", numbers=True)
    if class_count not in (None, read.shape[1]):
        raise ArrayError(f"There are {class_count} classes, but {read.shape[1]} labels a row.")
    return np.asarray(read, np.float32)


def _check_labels(labels: Any, count: int, class_count: int) -> None:
    if labels.dtype != np.float32 or labels.shape != (count, class_count):
        raise ArrayError(
            f"The labels are {labels.dtype} of shape {labels.shape}; for {count} images and "
            f"{class_count} classes they must be float32 of shape ({count}, {class_count})."
        )
    if not isinstance(labels, _OneHotRows):
        arrays.check_shares(labels)
