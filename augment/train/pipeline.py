"""The input of the training: the batches of a run, made in advance by threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import keras
import numpy as np

from augment.engine.samples import Images, Labels
from augment.train.epoch_batches import EpochBatches, TrainingPictures, Weights

_WORKERS = 2
_AHEAD = 4


class TrainingBatches(keras.utils.PyDataset):
    """The batches of one epoch at a time, for ``fit(batches, shuffle=False)``.

    Items are images uint8 (B, S, S, 3), labels float32 (B, K) and, where there are class weights, weights
    float32 (B,), as `EpochBatches.pictures` returns them. The threads are its own: those of Keras carry
    batches of one epoch into the next. Where no epoch has begun all items are black, as Keras reads some
    to learn their shapes.

    Args:
        batches: The batches of the run.
        first: An epoch, from 1, with as many batches as all that will be served.
    """

    def __init__(self, batches: EpochBatches, *, first: int) -> None:
        super().__init__()
        self._batches = batches
        self._steps = batches.steps(first)
        self._black = _black(batches.pictures(first, 0))
        self._ahead = _Ahead(batches)
        self._is_begun = False
        self._ready: dict[int, float] = {}

    def prepare_epoch(self, epoch: int) -> None:
        """Begin to make the first batches of an epoch, from 1; nothing is served until it begins."""
        self._ahead.begin(epoch)
        self._is_begun = False

    def begin_epoch(self, epoch: int) -> None:
        """Serve the batches of an epoch, from 1, from now on."""
        if self._is_begun or self._ahead.epoch != epoch:
            self._ahead.begin(epoch)
        self._ready = {}
        self._is_begun = True

    def close(self) -> None:
        """End the threads; nothing is served any more."""
        self._ahead.close()

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, index: int) -> tuple[Images, Labels] | tuple[Images, Labels, Weights]:
        if self._is_begun:
            made = self._ahead.take(index)
            self._ready[index] = time.perf_counter()
        else:
            made = self._black
        if self._batches.is_weighted:
            return made.images, made.labels, made.weights
        return made.images, made.labels

    def waited(self, index: int, requested: float) -> float:
        """Return for how many seconds the training waited for batch ``index``.

        Args:
            index: The batch, of this epoch.
            requested: ``time.perf_counter()`` when the step before it had ended.
        """
        return max(0.0, self._ready.get(index, requested) - requested)


def in_order(batches: EpochBatches, epoch: int) -> Iterator[TrainingPictures]:
    """Yield the batches of an epoch, from 1, made in advance as those of `TrainingBatches` are."""
    with closing(_Ahead(batches)) as ahead:
        ahead.begin(epoch)
        yield from map(ahead.take, range(batches.steps(epoch)))


class _Ahead:
    """Makes batches in threads, those after the one that was taken last in advance."""

    def __init__(self, batches: EpochBatches) -> None:
        self._batches = batches
        self._threads = ThreadPoolExecutor(_WORKERS, thread_name_prefix="batches")
        self._lock = threading.Lock()
        self._started: dict[int, Future[TrainingPictures]] = {}
        self.epoch = 0

    def begin(self, epoch: int) -> None:
        with self._lock:
            for future in self._started.values():
                future.cancel()
            self._started = {}
            self.epoch = epoch
            self._start(0)

    def take(self, index: int) -> TrainingPictures:
        with self._lock:
            self._start(index)
            future = self._started.pop(index)
        return future.result()

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _start(self, index: int) -> None:
        """Start to make a batch and the next ones, as far as they are not being made."""
        last = min(index + _AHEAD, self._batches.steps(self.epoch) - 1)
        for number in range(index, last + 1):
            if number not in self._started:
                self._started[number] = self._threads.submit(
                    self._batches.pictures, self.epoch, number
                )


def _black(first: TrainingPictures) -> TrainingPictures:
    return replace(first, images=np.zeros_like(first.images))
