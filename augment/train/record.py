"""The callbacks that record a training: its tables, its best model and the evaluation of that."""

from __future__ import annotations

import logging
import math
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from augment.data.source import TEST, VALIDATION
from augment.data.store.prepared import Prepared, Split
from augment.errors import ConfigError
from augment.models.fused_batch_norm import PlainCopy
from augment.runs.config import RunConfig
from augment.runs.folders import RunFolder
from augment.system import files
from augment.train.pipeline import PlainBatches, TrainingBatches

METRICS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy")
STEPS = ("epoch", "step", "steps_per_epoch", "seconds", "waited", "loss", "accuracy")
_NOT_EVALUATED = {
    "split": "",
    "pictures": 0,
    "epoch": 0,
    "loss": None,
    "accuracy": None,
    "per_class": [],
}

# Seconds between two lines of steps.csv: from 1 in a short run, which looks live, to 10 after 3,000 s,
# so that the table of a day is still read quickly.
_LEAST_PAUSE_S, _MOST_PAUSE_S, _LINES = 1.0, 10.0, 300
# Rows of labels at once: one-hot labels of 100,000 pictures and 1,000 classes would be 400 MB.
_CHUNK = 4096
_log = logging.getLogger(__name__)


class Steps(keras.callbacks.Callback):
    """Sets the epoch of the batches, writes ``steps.csv``, and obeys the marker ``stop``.

    A line is written for the first and the last step of an epoch, and between them every second at
    first, every ten seconds in a long run.

    Attributes:
        stopped_early: Whether the marker ended the training.
    """

    def __init__(self, folder: RunFolder, batches: TrainingBatches) -> None:
        super().__init__()
        self._folder = folder
        self._batches = batches
        self._table = _Table(folder.steps, STEPS)
        self._started = time.perf_counter()
        self._waited = 0.0
        self.stopped_early = False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set the epoch of the batches."""
        self._epoch = epoch
        self._batches.begin_epoch(epoch)
        self._requested = self._written = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Write the progress; end the training if its loss is not finite or the marker is there."""
        now = time.perf_counter()
        self._waited += self._batches.waited(batch, self._requested)
        self._requested = now
        loss = float(logs["loss"])
        if not math.isfinite(loss):
            raise ConfigError(
                f"The loss is {loss} at step {batch + 1} of epoch {self._epoch + 1};"
                f" try a learning_rate below {float(self.model.optimizer.learning_rate):g}."
            )
        first, last = batch == 0, batch + 1 == len(self._batches)
        pause = min(_MOST_PAUSE_S, max(_LEAST_PAUSE_S, (now - self._started) / _LINES))
        if first or last or now - self._written >= pause:
            self._written = now
            place = (self._epoch + 1, batch + 1, len(self._batches))
            times = (f"{now - self._started:.3f}", f"{self._waited:.3f}")
            self._table.add(*place, *times, f"{loss:.6f}", f"{float(logs['accuracy']):.6f}")
        if self._folder.stop.exists():
            self.stopped_early = True
            self.model.stop_training = True


class Validation(keras.callbacks.Callback):
    """Evaluates the model after each epoch, writes ``metrics.csv``, and saves the best model.

    One ``predict`` over the validation pictures, without augmentation, gives the metrics of the epoch
    and, for the best epoch, the evaluation by class; so every figure is of the very model that is saved.

    Without a validation split the last model is saved, the cells of the table stay empty, and
    ``write_evaluation`` evaluates that model on the test split, if there is one.

    Attributes:
        evaluation: The evaluation of the saved model, as in ``evaluation.json``.
    """

    def __init__(self, folder: RunFolder, config: RunConfig, prepared: Prepared) -> None:
        super().__init__()
        self._folder = folder
        self._config = config
        self._prepared = prepared
        self._validation = prepared.splits.get(VALIDATION)
        self._table = _Table(folder.metrics, METRICS)
        self._best = (-math.inf, -math.inf)
        self.evaluation: dict[str, Any] = {}

    def on_train_begin(self, logs: Any = None) -> None:
        """Make a model that shares the weights, without optimiser and compilation."""
        model = self.model
        self._uncompiled = keras.Model(model.input, model.output, name=model.name)
        self._checkpoint = PlainCopy(self._uncompiled)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Evaluate the model, and save it if it is the best or there is no validation split."""
        trained = (float(logs["loss"]), float(logs["accuracy"]))
        message = "epoch %d of %d: loss %.4f, accuracy %.3f"
        place = (epoch + 1, self._config.epochs)
        if self._validation is None:
            self.evaluation = _NOT_EVALUATED | {"epoch": epoch + 1}
            _save(self._checkpoint, self._folder.best)
            self._table.add(epoch + 1, *(f"{number:.6f}" for number in trained), "", "")
            _log.info(message, *place, *trained)
            return
        result = self._evaluate(self._validation)
        if (result.accuracy, -result.loss) > self._best:
            self._best = (result.accuracy, -result.loss)
            _save(self._checkpoint, self._folder.best)
            self.evaluation = result.to_dict(epoch + 1)
        figures = (*trained, result.loss, result.accuracy)
        self._table.add(epoch + 1, *(f"{number:.6f}" for number in figures))
        _log.info(f"{message}; validation: loss %.4f, accuracy %.3f", *place, *figures)

    def write_evaluation(self, *, stopped_early: bool) -> None:
        """Write the evaluation of the saved model, overall and by class.

        Call it once, after the last epoch: without a validation split the test split is evaluated here.
        """
        if self._validation is None and TEST in self._prepared.splits:
            result = self._evaluate(self._prepared.split(TEST))
            self.evaluation = result.to_dict(self.evaluation["epoch"])
            _log.info("test, once: loss %.4f, accuracy %.3f", result.loss, result.accuracy)
        evaluation = self.evaluation | {"stopped_early": stopped_early}
        files.write_json(self._folder.evaluation, evaluation)

    def _evaluate(self, split: Split) -> _Result:
        batches = PlainBatches(split, batch_size=self._config.batch_size)
        predictions = self._uncompiled.predict(batches, verbose=0)[: len(split)]
        return _Result(
            split=split,
            class_names=self._prepared.class_names,
            loss=_loss(predictions, split, self._config.label_smoothing),
            is_correct=predictions.argmax(axis=1) == split.labels,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Result:
    """The loss of a model on a split, and which pictures, bool (N,), it classifies correctly."""

    split: Split
    class_names: tuple[str, ...]
    loss: float
    is_correct: npt.NDArray[np.bool_]

    @property
    def accuracy(self) -> float:
        return float(self.is_correct.mean())

    def to_dict(self, epoch: int) -> dict[str, Any]:
        return {
            "split": self.split.name,
            "pictures": len(self.split),
            "epoch": epoch,
            # JSON has no NaN, which the weights of a training that diverged give.
            "loss": round(self.loss, 6) if math.isfinite(self.loss) else None,
            "accuracy": round(self.accuracy, 6),
            "per_class": self._per_class(),
        }

    def _per_class(self) -> list[dict[str, Any]]:
        labels, names = self.split.labels, self.class_names
        pictures = np.bincount(labels, minlength=len(names))
        correct = np.bincount(labels[self.is_correct], minlength=len(names))
        return [
            {
                "name": name,
                "pictures": int(count),
                "correct": int(hits),
                "accuracy": round(int(hits) / int(count), 6) if count else None,
            }
            for name, count, hits in zip(names, pictures, correct, strict=True)
        ]


class _Table:
    """A CSV table that starts empty and only grows, a complete line at a time."""

    def __init__(self, path: Path, header: tuple[str, ...]) -> None:
        self._path = path
        path.write_text(",".join(header) + "\n", encoding="utf-8")

    def add(self, *cells: object) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(",".join(map(str, cells)) + "\n")


def _loss(predictions: Any, split: Split, smoothing: float) -> float:
    total = 0.0
    for start in range(0, len(split), _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, len(split)))
        losses = keras.losses.categorical_crossentropy(
            split.one_hot(rows), predictions[rows], label_smoothing=smoothing
        )
        total += float(np.sum(keras.ops.convert_to_numpy(losses), dtype=np.float64))
    return total / len(split)


def _save(checkpoint: PlainCopy, path: Path) -> None:
    """Write the model under another name, then rename it: a full disk leaves the old one intact."""
    draft = path.with_name(f".writing-{path.name}")
    checkpoint.save(draft)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)
