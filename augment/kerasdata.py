"""A recipe over arrays of your own, as a ``keras.utils.PyDataset`` to give to ``fit``.

Importing this module imports Keras; importing `augment` does not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import keras
import numpy.typing as npt

from augment.data.batches import Rows, batch_rows
from augment.engine.apply import apply
from augment.engine.recipe import Recipe
from augment.engine.samples import Images, Labels, Samples
from augment.errors import ConfigError

Made = tuple[Images, Labels]


class AugmentedBatches(keras.utils.PyDataset):
    """Augmented batches of arrays: images uint8 (B, H, W, 3), labels float32 (B, K).

    Used as ``fit(batches, shuffle=False, callbacks=[batches.callback()])``. The bytes are those that
    `augment.apply` gives. Which rows form a batch, and what happens to each picture, is a function of
    (seed, epoch, batch size, ids), so a batch is the same in whatever order the batches are read. Rows
    left over after the last full batch of an epoch are left out of it; each epoch has another order.

    The callback is needed because Keras gives a dataset neither the number of its epoch nor, in a
    resumed training, where it starts; and threads of its own because those of Keras carry batches
    over from building the model into the training (JAX, PyTorch, `tf.distribute`). Without
    ``shuffle=False`` Keras takes the batches of an epoch in a new random order each time.

    Args:
        recipe: What may happen.
        images: uint8 (N, H, W, 3), RGB; a memory-mapped array stays on disk, and so do the
            pictures of a prepared split (`augment.data.Split.images`).
        labels: integers (N,) or (N, 1), or one-hot or soft labels (N, K) whose rows sum to 1.
        batch_size: Pictures in a batch.
        seed: Any integer.
        ids: Distinct integers (N,), stable ids of the samples; their row numbers if not given.
        class_count: How many classes integer labels have; one more than the largest if not given.
        workers: Threads that make batches.
        ahead: How many batches are made in advance.

    Raises:
        DataError: The arrays, or the batch size, are not as they must be.
    """

    def __init__(
        self,
        recipe: Recipe,
        images: npt.ArrayLike,
        labels: npt.ArrayLike,
        *,
        batch_size: int,
        seed: int,
        ids: npt.ArrayLike | None = None,
        class_count: int | None = None,
        workers: int = 2,
        ahead: int = 4,
    ) -> None:
        super().__init__()
        self._recipe = recipe
        self._samples = Samples.of_arrays(images, labels, ids=ids, class_count=class_count)
        self._batch_size = batch_size
        self._seed = seed
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="batches")
        self._ahead = ahead
        self._has_epoch = False
        self._epoch = self._epoch_of(0)

    def callback(self) -> keras.callbacks.Callback:
        """Return what sets the epoch; it belongs in the ``callbacks`` of ``fit``."""
        self._has_epoch = True
        return _SetsEpoch(self)

    def begin_epoch(self, epoch: int) -> None:
        """Serve the batches of ``epoch`` from now on, in a loop of your own or for ``evaluate``."""
        self._has_epoch = True
        self._epoch.discard()
        self._epoch = self._epoch_of(epoch)

    def on_epoch_begin(self) -> None:
        """Refuse to repeat one epoch for ever; Keras calls this.

        Raises:
            ConfigError: Nothing sets the number of the epoch.
        """
        if not self._has_epoch:
            raise ConfigError(
                "The epoch of the batches is not set; give fit the option "
                "callbacks=[batches.callback()], or call batches.begin_epoch(0) before evaluate."
            )

    def __len__(self) -> int:
        return len(self._epoch.rows)

    def __getitem__(self, index: int) -> Made:
        return self._epoch.take(index)

    def _make(self, epoch: int, rows: Rows) -> Made:
        labels = self._samples.labels[rows]
        batch = apply(
            self._recipe,
            self._samples.images[rows],
            labels,
            ids=self._samples.ids[rows],
            seed=self._seed,
            epoch=epoch,
        )
        return batch.images, labels if batch.labels is None else batch.labels

    def _epoch_of(self, number: int) -> _Epoch:
        rows = batch_rows(
            self._samples.ids, batch_size=self._batch_size, seed=self._seed, epoch=number
        )

        def start(index: int) -> Future[Made]:
            return self._threads.submit(self._make, number, rows[index])

        return _Epoch(rows, start, self._ahead)


class _Epoch:
    """The batches of one epoch; as long as they are read in order, the next ones are made in advance."""

    def __init__(self, rows: list[Rows], start: Callable[[int], Future[Made]], ahead: int) -> None:
        self.rows = rows
        self._start = start
        self._ahead = ahead
        self._started: dict[int, Future[Made]] = {}
        self._following = 0
        self._lock = threading.Lock()

    def take(self, index: int) -> Made:
        """Return one batch."""
        every = range(len(self.rows))
        index = every[index]
        with self._lock:
            taken = self._started.pop(index, None) or self._start(index)
            if index in (0, self._following):
                for following in every[index + 1 : index + 1 + self._ahead]:
                    if following not in self._started:
                        self._started[following] = self._start(following)
            else:
                self._drop()
            self._following = index + 1
        return taken.result()

    def discard(self) -> None:
        """Discard what was made in advance."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        for future in self._started.values():
            future.cancel()
        self._started.clear()


class _SetsEpoch(keras.callbacks.Callback):
    """Sets the epoch of the batches, also in a training that starts in the middle."""

    def __init__(self, batches: AugmentedBatches) -> None:
        super().__init__()
        self._batches = batches

    def on_train_begin(self, logs: Any = None) -> None:
        """Refuse epochs that end before the batches do."""
        steps, count = self.params["steps"], len(self._batches)
        if steps != count:
            raise ConfigError(
                f"fit was given steps_per_epoch={steps}, but an epoch of these batches has {count} "
                "steps; leave the option out."
            )

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Serve the batches of this epoch."""
        self._batches.begin_epoch(epoch)
