"""Which samples are trained on and form a batch: pure functions of seed, epoch, ids and labels.

Where classes are uneven, rows may be repeated (`oversampled_rows`), or losses weighed (`class_weights`).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from augment.engine import arrays, rng
from augment.errors import DataError

Rows = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float32]

_KEY = rng.key("order of an epoch")
_OF_CLASS_KEY = rng.key("pictures of a class")
_REPEATED_KEY = rng.key("repeated pictures of a class")
_COPY_KEY = rng.key("id of a copy")


def order(ids: npt.ArrayLike, *, seed: int, epoch: int) -> Rows:
    """Return the rows of a split in the order in which an epoch takes them.

    The order of the *samples* depends on their ids alone, not on their rows.

    Args:
        ids: Distinct ids, (N,).
        seed: The seed of the run.
        epoch: The epoch, from 0.

    Returns:
        int64 of shape (N,), every row once.

    Raises:
        ArrayError: The ids, the seed or the epoch are not as `augment.draw` takes them.
    """
    ids = arrays.read_ids(ids)
    seed, epoch = arrays.read_seed(seed), arrays.read_epoch(epoch)
    drawn = rng.uniform(rng.streams(seed, epoch, ids), _KEY)
    return np.lexsort((ids, drawn)).astype(np.int64)


def rows_in_order(count: int, *, batch_size: int) -> list[Rows]:
    """Return the rows of each batch where every row is taken once, in its place; the last may be smaller.

    Raises:
        DataError: The batch size is not a positive whole number, or there are no samples.
    """
    batch_size = arrays.read_count("batch size", batch_size)
    if not count:
        raise DataError("There are no samples to form a batch of.")
    return [
        np.arange(first, min(first + batch_size, count)) for first in range(0, count, batch_size)
    ]


def all_in_order(count: int, *, batch_size: int) -> list[Rows]:
    """Return every row once, in its place, in as many batches as `batch_rows` has.

    The last batch also has what is left over, so it may be almost twice as large.

    Args:
        count: How many rows, from 1.
        batch_size: As in `batch_rows`.
    """
    return np.split(np.arange(count), np.arange(batch_size, count - batch_size + 1, batch_size))


def batch_rows(ids: npt.ArrayLike, *, batch_size: int, seed: int, epoch: int) -> list[Rows]:
    """Return the rows of each batch of an epoch, all of `batch_size`.

    What is left over after the last full batch is left out of this epoch; only a split smaller than
    one batch gives one smaller batch.

    Raises:
        DataError: The batch size is not a positive whole number, or there are no samples.
    """
    batch_size = arrays.read_count("batch size", batch_size)
    rows = order(ids, seed=seed, epoch=epoch)
    if not len(rows):
        raise DataError("There are no samples to form a batch of.")
    if len(rows) < batch_size:
        return [rows]
    return list(rows[: len(rows) // batch_size * batch_size].reshape(-1, batch_size))


def per_class_rows(labels: Rows, ids: npt.ArrayLike, *, per_class: int, seed: int) -> Rows:
    """Return the rows of at most `per_class` samples of each class.

    Which *samples* these are depends on the seed and their ids, not on their rows, nor on the other
    classes. Those of a number are among those of every larger one.

    Args:
        labels: The class of each row, int64 (N,).
        ids: Distinct ids, (N,).
        per_class: How many samples of each class; 0 for all.
        seed: The seed of the run.

    Returns:
        int64, ascending, every row at most once.

    Raises:
        ArrayError: The ids, the number or the seed are not as above.
    """
    ids = arrays.read_ids(ids)
    per_class = arrays.read_count("number of pictures of each class", per_class, low=0)
    if not per_class:
        return np.arange(len(ids))
    order, rank = _ranked(labels, rng.streams(arrays.read_seed(seed), 0, ids), ids, _OF_CLASS_KEY)
    return np.sort(order[rank < per_class])


def oversampled_rows(
    labels: Rows, ids: npt.ArrayLike, *, seed: int, epoch: int
) -> tuple[Rows, Rows]:
    """Return the rows of an epoch in which every class appears as often as the largest one.

    Each sample of a class is taken equally often, give or take one; which are taken once more depends
    on the seed, the epoch and the ids of the class.

    Args:
        labels: The class of each row, int64 (N,).
        ids: Distinct ids, (N,).
        seed: The seed of the run.
        epoch: The epoch, from 0.

    Returns:
        The rows, ascending, and the number of each copy of a row, from 0; both int64 (M,), M being the
        size of the largest class times the number of classes that have samples. `copy_ids` returns
        ids for them, so that each copy is drawn and shuffled as a sample of its own.

    Raises:
        ArrayError: The ids, the seed or the epoch are not as `augment.draw` takes them.
    """
    ids = arrays.read_ids(ids)
    hashed = rng.streams(arrays.read_seed(seed), arrays.read_epoch(epoch), ids)
    order, rank = _ranked(labels, hashed, ids, _REPEATED_KEY)
    _, classes, counts = np.unique(labels[order], return_inverse=True, return_counts=True)
    whole, more = np.divmod(counts.max(initial=0), counts)
    times = np.empty(len(ids), np.int64)
    times[order] = whole[classes] + (rank < more[classes])
    rows = np.repeat(np.arange(len(ids)), times)
    return rows, np.arange(len(rows)) - np.repeat(np.cumsum(times) - times, times)


def copy_ids(ids: npt.ArrayLike, copies: Rows) -> Rows:
    """Return an id for each copy of a sample: its own for copy 0, another of 53 bits for each other.

    Args:
        ids: The ids of the samples, (M,).
        copies: The number of each copy, from 0, int64 (M,).

    Returns:
        int64 of shape (M,).

    Raises:
        ArrayError: The ids are not as `augment.draw` takes them.
    """
    ids = arrays.read_ids(ids)
    # As `stable_id`: 53 bits, which JSON and browsers hold exactly.
    other = rng.combine(rng.streams(0, copies, ids), _COPY_KEY) >> np.uint64(11)
    return np.where(copies == 0, ids, other.astype(np.int64))


def class_weights(labels: Rows, class_count: int) -> Weights:
    """Return the weight of each class for which all classes that have samples count the same.

    The weight of a class is N / (number of classes that have samples * its samples), so that the mean
    weight of the N samples is 1.

    Args:
        labels: The class of each sample, int64 (N,), from 0 to `class_count` - 1.
        class_count: The number of classes, K.

    Returns:
        float32 (K,); 0 for a class without samples.
    """
    counts = np.bincount(labels, minlength=class_count)
    present = np.count_nonzero(counts)
    weights = np.zeros(class_count, np.float32)
    np.divide(counts.sum(), present * counts, out=weights, where=counts > 0, casting="same_kind")
    return weights


def _ranked(labels: Rows, hashed: rng.UInts, ids: Rows, key: np.uint64) -> tuple[Rows, Rows]:
    """Return the rows ordered by class and then as drawn, and the place of each within its class."""
    order = np.lexsort((ids, rng.uniform(hashed, key), labels)).astype(np.int64)
    ordered = labels[order]
    return order, np.arange(len(order)) - np.searchsorted(ordered, ordered)
