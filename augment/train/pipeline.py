"""What feeds the model: whole batches out of a memory-mapped array and the engine."""

from __future__ import annotations

import time

import keras
import numpy as np
import numpy.typing as npt

import augment
from augment.data.batches import batch_rows
from augment.data.prepared import Split
from augment.recipe import Recipe

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.float32]

# With fewer, Keras starts no thread and the step waits for every batch.
_WORKERS = 2
_AHEAD = 4


class TrainingBatches(keras.utils.PyDataset):
    """Augmented batches of one split: images uint8 (B, S, S, 3), labels float32 (B, K).

    Which rows form a batch, and what happens to each picture, is a function of (seed, epoch, batch
    size, split), so a batch is the same whoever asks for it and in whatever order. Give it to ``fit``
    with ``shuffle=False``, and call ``begin_epoch`` from a callback: Keras tells a dataset of its
    epochs at the wrong moments.
    """

    def __init__(self, split: Split, recipe: Recipe, *, batch_size: int, seed: int) -> None:
        super().__init__(workers=_WORKERS, use_multiprocessing=False, max_queue_size=_AHEAD)
        self._split = split
        self._recipe = recipe
        self._batch_size = batch_size
        self._seed = seed
        self.begin_epoch(0)

    def begin_epoch(self, epoch: int) -> None:
        """Serve the batches of ``epoch`` from now on."""
        self._epoch = epoch
        self._rows = batch_rows(
            self._split.ids, batch_size=self._batch_size, seed=self._seed, epoch=epoch
        )
        self._ready: dict[int, float] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> tuple[Images, Labels]:
        rows = self._rows[index]
        images, labels = self._split.images[rows], self._split.one_hot(rows)
        batch = augment.apply(
            self._recipe,
            images,
            labels,
            ids=self._split.ids[rows],
            seed=self._seed,
            epoch=self._epoch,
        )
        self._ready[index] = time.perf_counter()
        return batch.images, labels if batch.labels is None else batch.labels

    def waited(self, index: int, asked_at: float) -> float:
        """Return the seconds for which batch ``index`` was still missing at ``asked_at``.

        Args:
            index: the batch, of this epoch.
            asked_at: ``time.perf_counter()`` when the step before it had ended.
        """
        return max(0.0, self._ready.get(index, asked_at) - asked_at)


class PlainBatches(keras.utils.PyDataset):
    """The pictures of a split as they are, in order, for ``predict``: images uint8 (B, S, S, 3).

    Every batch is full, so that the model is compiled for one shape: the last repeats its last picture,
    and whoever predicts drops what lies beyond ``len(split)``.
    """

    def __init__(self, split: Split, *, batch_size: int) -> None:
        super().__init__(workers=_WORKERS, use_multiprocessing=False, max_queue_size=_AHEAD)
        self._images = split.images
        self._batch_size = min(batch_size, len(split))

    def __len__(self) -> int:
        return -(-len(self._images) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[Images]:
        rows = np.arange(index * self._batch_size, (index + 1) * self._batch_size)
        return (self._images[np.minimum(rows, len(self._images) - 1)],)
