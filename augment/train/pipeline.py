"""The input of the model: batches from a memory-mapped array, augmented by the engine."""

from __future__ import annotations

import time

import keras
import numpy as np

from augment.data.store.prepared import Split
from augment.engine.recipe import Recipe
from augment.engine.samples import Images, Labels
from augment.kerasdata import AugmentedBatches

# With fewer, Keras starts no thread and the step waits for every batch.
_WORKERS = 2
_AHEAD = 4


class TrainingBatches(AugmentedBatches):
    """Augmented batches of one split, which record how long the training waits for them."""

    def __init__(self, split: Split, recipe: Recipe, *, batch_size: int, seed: int) -> None:
        super().__init__(
            recipe,
            split.images,
            split.labels,
            ids=split.ids,
            class_count=split.class_count,
            batch_size=batch_size,
            seed=seed,
        )
        self.begin_epoch(0)

    def begin_epoch(self, epoch: int) -> None:
        """Serve the batches of ``epoch`` from now on."""
        super().begin_epoch(epoch)
        self._ready: dict[int, float] = {}

    def __getitem__(self, index: int) -> tuple[Images, Labels]:
        batch = super().__getitem__(index)
        self._ready[index] = time.perf_counter()
        return batch

    def waited(self, index: int, requested: float) -> float:
        """Return for how many seconds the training waited for batch ``index``.

        Args:
            index: The batch, of this epoch.
            requested: ``time.perf_counter()`` when the step before it had ended.
        """
        return max(0.0, self._ready.get(index, requested) - requested)


class PlainBatches(keras.utils.PyDataset):
    """The pictures of a split without augmentation, in order: images uint8 (B, S, S, 3).

    Every batch is full, so that the model is compiled for one shape: the last batch repeats its last
    picture, and the caller of ``predict`` drops the rows beyond ``len(split)``.
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
