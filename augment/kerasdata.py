"""A recipe over arrays of your own, as a ``keras.utils.PyDataset`` to give to ``fit``.

Importing this module imports Keras; importing `augment` does not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import keras
import numpy.typing as npt

from augment.data.batches import Rows, all_in_order, batch_rows, rows_in_order
from augment.engine import arrays, compiled
from augment.engine.apply import apply
from augment.engine.draw import check_recipe
from augment.engine.recipe import Recipe
from augment.engine.samples import Images, Labels, Samples
from augment.errors import ConfigError

Made = tuple[Images, Labels]


class AugmentedBatches(keras.utils.PyDataset):
    """Augmented batches of arrays for training: images uint8 (B, H, W, 3), labels float32 (B, K).

    Used as ``fit(batches, shuffle=False, callbacks=[batches.callback()])``. The bytes are those that
    `augment.apply` gives. Which rows form a batch, and what happens to each picture, is a function of
    (seed, epoch, batch size, ids), so a batch is the same in whatever order the batches are read. Rows
    left over after the last full batch of an epoch are left out of it; each epoch has another order.

    That is for training alone. ``evaluate``, ``predict`` and ``validation_data`` take
    ``batches.for_evaluation()``: all rows in their order. (``predict`` gets these from the batches
    themselves, too; ``evaluate`` is refused, because it makes the same calls as ``fit``.) In your own
    loop, call ``begin_epoch`` before each ``for images, labels in batches``.

    The first time ever, making them takes half a minute: the ops are compiled, once for an installation.

    The callback is needed because Keras gives a dataset neither the number of its epoch nor, in a
    resumed training, where it starts; and threads of its own because those of Keras carry batches
    over from building the model into the training (JAX, PyTorch, `tf.distribute`). A pass over the
    batches whose epoch is not set is refused, and so is ``shuffle=True``, the default of Keras: it
    takes the batches in an order that no seed of these batches repeats. Compile with a loss for shares,
    such as ``categorical_crossentropy``. ``class_weight`` weighs a mixed picture as the class with its
    largest share; ``sample_weight`` Keras itself refuses.

    Args:
        recipe: What may happen.
        images: uint8 (N, H, W, 3), RGB; a memory-mapped array stays on disk, and so do the
            pictures of a prepared split (`augment.data.Split.images`).
        labels: integers (N,) or (N, 1), or one-hot or soft labels (N, K) whose rows sum to 1.
        batch_size: Pictures in a batch; where it is more than N, a batch has all N.
        seed: A whole number from 0 to 2**32 - 1.
        ids: Distinct integers (N,), stable ids of the samples; their row numbers if not given.
        class_count: How many classes integer labels have; one more than the largest if not given.
        workers: Threads that make batches.
        ahead: How many batches are made in advance.

    Raises:
        DataError: The arrays, or the numbers, are not as they must be.
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
        check_recipe(recipe)
        compiled.load()
        self._recipe = recipe
        self._samples = Samples.of_arrays(images, labels, ids=ids, class_count=class_count)
        self._batch_size = arrays.read_count("batch size", batch_size)
        self._seed = arrays.read_seed(seed)
        self._threads = ThreadPoolExecutor(
            arrays.read_count("number of workers", workers), thread_name_prefix="batches"
        )
        self._ahead = arrays.read_count("number of batches ahead", ahead, low=0)
        self._epoch_set: int | None = None
        self._before_first_end = False
        self._is_within_epoch = self._is_disturbed = False
        self._epoch = self._training_epoch = self._epoch_of(0)

    def callback(self) -> keras.callbacks.Callback:
        """Return what sets the epoch; it belongs in the ``callbacks`` of ``fit``."""
        return _SetsEpoch(self)

    def begin_epoch(self, epoch: int) -> None:
        """Serve the batches of ``epoch`` for one pass: in a loop, or from a callback of your own.

        Args:
            epoch: A whole number from 0 to 2**31 - 1.

        Raises:
            ArrayError: It is something else.
        """
        epoch = arrays.read_epoch(epoch)
        self._epoch.discard()
        self._epoch = self._training_epoch = self._epoch_of(epoch)
        self._epoch_set = epoch
        self._is_within_epoch = self._is_disturbed = False

    def for_evaluation(self, epoch: int | None = None) -> EvaluationBatches:
        """Return all rows once, in their order, for ``evaluate``, ``predict`` and ``validation_data``.

        Args:
            epoch: The pictures are augmented as in this epoch; None leaves them as they are.

        Raises:
            ArrayError: The epoch is not a whole number from 0 to 2**31 - 1.
        """
        number = None if epoch is None else arrays.read_epoch(epoch)
        rows = rows_in_order(len(self._samples), batch_size=self._batch_size)
        return EvaluationBatches(_Epoch(rows, partial(self._start, number), self._ahead))

    @property
    def workers(self) -> int:
        """Threads of Keras, which asks at the start of ``fit``, ``evaluate`` and ``predict``."""
        self._before_first_end = True
        return int(super().workers)

    def on_epoch_begin(self) -> None:
        """Refuse a pass whose epoch is not set; Keras calls this.

        ``fit`` and ``evaluate`` end an epoch before they begin the first, and may read a batch before
        that to build the model. ``predict`` does not, which looks the same as such reading. Any
        pictures do for that, so both get all rows in their order, as `for_evaluation` has them.

        Raises:
            ConfigError: Nothing has set the number of the epoch since the pass before.
        """
        if self._before_first_end:
            self._is_disturbed = self._is_within_epoch
            rows = all_in_order(len(self._samples), batch_size=self._batch_size)
            self._epoch = _Epoch(rows, partial(self._start, self._epoch_set), self._ahead)
        else:
            self._use_epoch()
            self._is_within_epoch = True

    def on_epoch_end(self) -> None:
        """Forget the epoch that was set for the pass that ends; Keras calls this."""
        self._before_first_end = self._is_within_epoch = False
        self._epoch_set = None
        self._epoch = self._training_epoch

    def check_step(self, step: int) -> None:
        """Refuse a step of a training on other batches than those of its epoch, in their order.

        Args:
            step: The step that has ended, from 0.

        Raises:
            ConfigError: The batches up to this step were not read in order, because Keras shuffles them;
                or ``predict`` has read these batches since the epoch began, while the
                training read its next ones.
        """
        if self._is_disturbed:
            raise ConfigError(
                "predict was called on these batches within an epoch that trains on them; give it "
                "batches.for_evaluation()."
            )
        if self._epoch.in_order <= min(step, len(self) - 1):
            raise ConfigError(
                "fit shuffles the batches, as is Keras' default, so the training could not be "
                "repeated; give it the option shuffle=False. Each epoch has another order even so."
            )

    def __iter__(self) -> Iterator[Made]:
        self._use_epoch()
        return (self[index] for index in range(len(self)))

    def __len__(self) -> int:
        return len(self._epoch.rows)

    def __getitem__(self, index: int) -> Made:
        return self._epoch.take(index)

    def _use_epoch(self) -> None:
        if self._epoch_set is None:
            raise ConfigError(
                "These batches are for training, with the epoch set for each pass: give fit the option "
                "callbacks=[batches.callback()]; call batches.begin_epoch(epoch) before each pass of a "
                "loop; give evaluate, predict and validation_data batches.for_evaluation(), which has "
                f"all {len(self._samples)} rows."
            )
        self._epoch_set = None

    def _make(self, epoch: int | None, rows: Rows) -> Made:
        images, labels = self._samples.images[rows], self._samples.labels[rows]
        if epoch is None:
            return images, labels
        batch = apply(
            self._recipe,
            images,
            labels,
            ids=self._samples.ids[rows],
            seed=self._seed,
            epoch=epoch,
        )
        return batch.images, labels if batch.labels is None else batch.labels

    def _start(self, epoch: int | None, rows: Rows) -> Future[Made]:
        return self._threads.submit(self._make, epoch, rows)

    def _epoch_of(self, number: int) -> _Epoch:
        rows = batch_rows(
            self._samples.ids, batch_size=self._batch_size, seed=self._seed, epoch=number
        )
        return _Epoch(rows, partial(self._start, number), self._ahead)


class EvaluationBatches(keras.utils.PyDataset):
    """All rows of `AugmentedBatches` once, in their order: what ``for_evaluation`` returns.

    Images uint8 (B, H, W, 3), labels float32 (B, K); the last batch may be smaller, so row n of what
    ``predict`` returns belongs to row n of the arrays.
    """

    def __init__(self, epoch: _Epoch) -> None:
        super().__init__()
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._epoch.rows)

    def __getitem__(self, index: int) -> Made:
        return self._epoch.take(index)


class _Epoch:
    """The batches of one epoch; as long as they are read in order, the next ones are made in advance.

    Attributes:
        rows: The rows of each batch.
        in_order: How many batches were read in order, from the first, whatever was read in between.
    """

    def __init__(self, rows: list[Rows], start: Callable[[Rows], Future[Made]], ahead: int) -> None:
        self.rows = rows
        self._start_rows = start
        self._ahead = ahead
        self._started: dict[int, Future[Made]] = {}
        self._following = 0
        self.in_order = 0
        self._lock = threading.Lock()

    def _start(self, index: int) -> Future[Made]:
        return self._start_rows(self.rows[index])

    def take(self, index: int) -> Made:
        """Return one batch."""
        every = range(len(self.rows))
        index = every[index]
        with self._lock:
            future = self._started.pop(index, None) or self._start(index)
            if index in (0, self._following):
                for following in every[index + 1 : index + 1 + self._ahead]:
                    if following not in self._started:
                        self._started[following] = self._start(following)
            else:
                self._drop()
            self._following = index + 1
            self.in_order += index == self.in_order
        return future.result()

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

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Refuse a step on other batches than those of this epoch, in their order."""
        self._batches.check_step(batch)
