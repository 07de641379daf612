"""Which samples form a batch: a pure function of seed, epoch, batch size and the ids of the split."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from augment.engine import arrays, rng
from augment.errors import DataError

Rows = npt.NDArray[np.int64]

_KEY = rng.key("order of an epoch")


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
