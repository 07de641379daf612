"""Samples by their ids or rows: of prepared data, or of image files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from augment import data
from augment.data import Prepared, uploads
from augment.data.source import CROP
from augment.engine import arrays
from augment.engine.samples import Samples, one_hot_rows
from augment.errors import DataError


def of_rows(prepared: Prepared, split: str, rows: npt.ArrayLike) -> Samples:
    """Return rows of a split.

    Raises:
        DataError: There is no such split.
    """
    chosen = prepared.split(split).rows[arrays.read_rows(rows)]
    return _of_stored(prepared, chosen, split)


def origin(source: str, split: str, *, size: int, fit: str = CROP) -> str:
    """Return the origin of pictures of a split, as `Samples.origin` has it."""
    return ", ".join([source, split, *([] if fit == CROP else [fit]), f"{size} px"])


def rows_by_class(
    labels: npt.NDArray[np.int64], *, classes: Sequence[int], count: int
) -> npt.NDArray[np.int64]:
    """Return rows of a split: the first picture of each class, then the second of each, and so on.

    They depend on the arguments only, so no seed and no slider ever exchanges a picture.

    Args:
        labels: The class of each row, shape (N,).
        classes: The classes to take; empty for all.
        count: How many rows to return at most.

    Returns:
        int64, shape (at most count,).
    """
    by_class = np.argsort(labels, kind="stable")
    ordered = labels[by_class]
    turn = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
    rows = by_class[np.lexsort((ordered, turn))]
    if len(classes):
        rows = rows[np.isin(labels[rows], classes)]
    return rows[:count]


def of_split(source: str, *, split: str, size: int, ids: Sequence[int], fit: str = CROP) -> Samples:
    """Return the prepared pictures that have these ids, in their order.

    They are found among all pictures of the source, whatever its splits are.

    Args:
        source: The name of the data source.
        split: The name of the split that they were taken from; only the origin contains it.
        size: The side of the pictures in pixels.
        ids: The ids requested.
        fit: How the pictures became square, "crop" or "stretch".

    Raises:
        DataError: The data are not prepared, or lack one of the ids.
    """
    prepared = data.open_prepared(source, size, fit)
    stored = prepared.stored
    there = np.flatnonzero(np.isin(stored.ids, arrays.read_ids(ids)))
    row_of = dict(zip(stored.ids[there].tolist(), there.tolist(), strict=True))
    missing = [one for one in ids if one not in row_of]
    if missing:
        raise DataError(
            f"{len(missing)} of the {len(ids)} pictures are not among those of {source}; "
            "these data were prepared from other originals."
        )
    rows = np.array([row_of[one] for one in ids], np.int64)
    return _of_stored(prepared, rows, split)


def of_files(
    paths: Sequence[str | Path],
    *,
    size: int,
    ids: Sequence[int],
    classes: Sequence[int],
    class_names: Sequence[str],
) -> Samples:
    """Return the pictures among these files that have these ids, in their order.

    The files are decoded and cut as uploads to a page are, to the same bytes.

    Args:
        paths: The files, in any order and under any names; there may be others among them.
        size: The side of the pictures in pixels.
        ids: The ids requested, as `augment.data.uploads` makes them of pictures.
        classes: The index of the class of each.
        class_names: The names of all classes.

    Raises:
        DataError: A file cannot be read, or a picture is not among them.
    """
    try:
        files = [(path.name, path.read_bytes()) for path in map(Path, paths)]
    except OSError as error:
        raise DataError(f"{error.filename} cannot be read: {error.strerror}.") from error
    taken = uploads.take(files, size)
    row_of = {one: row for row, one in enumerate(taken.ids.tolist())}
    missing = [name for one, name in zip(ids, classes, strict=True) if one not in row_of]
    if missing:
        names = ", ".join(class_names[index] for index in missing)
        raise DataError(
            " ".join([f"These pictures are not among the files: {names}.", *taken.problems])
        )
    rows = [row_of[one] for one in ids]
    labels = one_hot_rows(np.asarray(classes, np.int64), len(class_names))[:]
    return Samples(
        images=taken.pictures[rows],
        labels=labels,
        ids=arrays.read_ids(ids),
        class_names=tuple(class_names),
        origin=f"own pictures, {size} px",
    )


def _of_stored(prepared: Prepared, rows: npt.NDArray[np.int64], split: str) -> Samples:
    stored = prepared.stored
    return Samples(
        images=np.ascontiguousarray(stored.images[rows]),
        labels=one_hot_rows(stored.labels, len(prepared.class_names))[rows],
        ids=stored.ids[rows],
        class_names=prepared.class_names,
        origin=origin(prepared.source, split, size=prepared.size, fit=prepared.fit),
    )
