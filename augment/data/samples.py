"""Chosen pictures with their labels, found again by their ids: in prepared data or among files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from augment import data
from augment.data import Prepared, uploads
from augment.data.source import CROP
from augment.engine.samples import Samples, one_hot_rows
from augment.errors import DataError


def of_arrays(
    images: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.float32],
    ids: npt.NDArray[np.int64],
    class_names: Sequence[str],
    origin: str = "own pictures",
) -> Samples:
    """Return pictures that are there already; the attributes of `Samples` say what each is."""
    return Samples(
        ids=ids,
        labels=labels,
        images=images,
        class_names=tuple(class_names),
        origin=f"{origin}, {images.shape[1]} px",
    )


def of_rows(prepared: Prepared, split: str, rows: npt.ArrayLike) -> Samples:
    """Return rows of a split.

    Raises:
        DataError: There is no such split.
    """
    chosen = prepared.split(split).rows[np.asarray(rows, np.int64)]
    return _of_stored(prepared, chosen, origin(prepared.source, split, prepared.fit))


def origin(source: str, split: str, fit: str = CROP) -> str:
    """Return in words where pictures of a split come from."""
    return f"{source}, {split}" + ("" if fit == CROP else f", {fit}")


def of_split(source: str, *, split: str, size: int, ids: Sequence[int], fit: str = CROP) -> Samples:
    """Return the prepared pictures that have these ids, in their order.

    They are looked for among all pictures of the source, so it does not matter how these are dealt.

    Args:
        source: The name of the data source.
        split: What the split is called that they were taken from; only the origin says it.
        size: The side of the pictures in pixels.
        ids: The ids wanted.
        fit: How the pictures became square, "crop" or "stretch".

    Raises:
        DataError: The data are not prepared, or lack one of the ids.
    """
    prepared = data.open_prepared(source, size, fit)
    stored = prepared.stored
    there = np.flatnonzero(np.isin(stored.ids, np.asarray(ids, np.int64)))
    row_of = dict(zip(stored.ids[there].tolist(), there.tolist(), strict=True))
    missing = [one for one in ids if one not in row_of]
    if missing:
        raise DataError(
            f"{len(missing)} of the {len(ids)} pictures are not among those of {source}; "
            "these data were prepared from other originals."
        )
    rows = np.array([row_of[one] for one in ids], np.int64)
    return _of_stored(prepared, rows, origin(prepared.source, split, fit))


def of_files(
    paths: Sequence[str | Path],
    *,
    size: int,
    ids: Sequence[int],
    classes: Sequence[int],
    class_names: Sequence[str],
) -> Samples:
    """Return the pictures among these files that have these ids, in their order.

    The files are decoded and cut as those that somebody brings to a page are, to the same bytes.

    Args:
        paths: The files, in any order and under any names; there may be others among them.
        size: The side of the pictures in pixels.
        ids: The ids wanted, as `augment.data.uploads` makes them of pictures.
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
    return of_arrays(taken.pictures[rows], labels, np.asarray(ids, np.int64), class_names)


def _of_stored(prepared: Prepared, rows: npt.NDArray[np.int64], said: str) -> Samples:
    stored = prepared.stored
    return of_arrays(
        np.ascontiguousarray(stored.images[rows]),
        one_hot_rows(stored.labels, len(prepared.class_names))[rows],
        stored.ids[rows],
        prepared.class_names,
        said,
    )
