"""Which samples form a batch: a pure function of seed, epoch, batch size and the ids of the split."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from augment.engine import rng
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
    """
    drawn = rng.uniform(rng.streams(seed, epoch, ids), _KEY)
    return np.lexsort((np.asarray(ids), drawn)).astype(np.int64)


def batch_rows(ids: npt.ArrayLike, *, batch_size: int, seed: int, epoch: int) -> list[Rows]:
    """Return the rows of each batch of an epoch, all of `batch_size`.

    What is left over after the last full batch is left out of this epoch; only a split smaller than
    one batch gives one smaller batch.

    Raises:
        DataError: The batch size is not a positive whole number, or there are no samples.
    """
    if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
        raise DataError(f"The batch size is {batch_size!r}, but must be a whole number from 1.")
    rows = order(ids, seed=seed, epoch=epoch)
    if not len(rows):
        raise DataError("There are no samples to form a batch of.")
    if len(rows) < batch_size:
        return [rows]
    return list(rows[: len(rows) // batch_size * batch_size].reshape(-1, batch_size))
