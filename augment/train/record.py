"""What a training leaves behind: its tables, its best model, and what that reaches."""

from __future__ import annotations

import logging
import math
import os
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np

from augment.data.prepared import Prepared, Split
from augment.errors import ConfigError
from augment.runs.folder import RunFolder, write_json
from augment.train.config import RunConfig
from augment.train.pipeline import PlainBatches, TrainingBatches

METRICS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy")
STEPS = ("epoch", "step", "steps_per_epoch", "seconds", "waited", "loss", "accuracy")

# Often enough to look live, seldom enough that a day's table is read in an instant.
_SELDOM_S, _OFTEN_S, _LINES = 10.0, 1.0, 300
_log = logging.getLogger(__name__)


class Steps(keras.callbacks.Callback):
    """Sets the epoch of the batches, writes ``steps.csv``, and looks for the marker ``stop``.

    A line is written at both ends of an epoch, and between them every second at first, every ten
    seconds in a long run.
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
        """Let the batches be those of this epoch."""
        self._epoch = epoch
        self._batches.begin_epoch(epoch)
        self._asked = self._written = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Write how far the training is, refuse to go on with a lost one, end when asked to."""
        now = time.perf_counter()
        self._waited += self._batches.waited(batch, self._asked)
        self._asked = now
        loss = float(logs["loss"])
        if not math.isfinite(loss):
            raise ConfigError(
                f"The loss is {loss} at step {batch + 1} of epoch {self._epoch + 1};"
                f" try a learning_rate below {float(self.model.optimizer.learning_rate):g}."
            )
        first, last = batch == 0, batch + 1 == len(self._batches)
        pause = min(_SELDOM_S, max(_OFTEN_S, (now - self._started) / _LINES))
        if first or last or now - self._written >= pause:
            self._written = now
            place = (self._epoch + 1, batch + 1, len(self._batches))
            times = (f"{now - self._started:.3f}", f"{self._waited:.3f}")
            self._table.add(*place, *times, f"{loss:.6f}", f"{float(logs['accuracy']):.6f}")
        if self._folder.stop.exists():
            self.stopped_early = True
            self.model.stop_training = True


class Validation(keras.callbacks.Callback):
    """After each epoch: the plain validation pictures, a line of ``metrics.csv``, the best model.

    One ``predict`` serves the metrics of the epoch and, for the best one, the evaluation by class, so
    the model is built for no third purpose and every figure is of the very model that is kept.
    """

    def __init__(self, folder: RunFolder, config: RunConfig, prepared: Prepared) -> None:
        super().__init__()
        self._folder = folder
        self._config = config
        self._split = prepared.split("validation")
        self._class_names = prepared.class_names
        self._batches = PlainBatches(self._split, batch_size=config.batch_size)
        self._table = _Table(folder.metrics, METRICS)
        self._best = (-math.inf, -math.inf)
        self.evaluation: dict[str, Any] = {}

    def on_train_begin(self, logs: Any = None) -> None:
        """Make a view of the model that shares its weights, without optimiser and compilation."""
        model = self.model
        self._view = keras.Model(model.input, model.output, name=model.name)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Judge the model, and keep it if none was better."""
        shares = self._view.predict(self._batches, verbose=0)[: len(self._split)]
        loss = _loss(shares, self._split, self._config.label_smoothing)
        right = shares.argmax(axis=1) == self._split.labels
        accuracy = float(right.mean())
        numbers = (float(logs["loss"]), float(logs["accuracy"]), loss, accuracy)
        if (accuracy, -loss) > self._best:
            self._best = (accuracy, -loss)
            _save(self._view, self._folder.best)
            self.evaluation = {
                "split": self._split.name,
                "pictures": len(self._split),
                "epoch": epoch + 1,
                "loss": round(loss, 6),
                "accuracy": round(accuracy, 6),
                "per_class": _per_class(right, self._split, self._class_names),
            }
        self._table.add(epoch + 1, *(f"{number:.6f}" for number in numbers))
        words = "epoch %d of %d: loss %.4f, accuracy %.3f; validation: loss %.4f, accuracy %.3f"
        _log.info(words, epoch + 1, self._config.epochs, *numbers)

    def write_evaluation(self, *, stopped_early: bool) -> None:
        """Write what the best model reaches on the validation split, overall and by class."""
        write_json(self._folder.evaluation, self.evaluation | {"stopped_early": stopped_early})


class _Table:
    """A table of numbers that is begun anew and then only grows, a whole line at a time."""

    def __init__(self, path: Path, header: tuple[str, ...]) -> None:
        self._path = path
        path.write_text(",".join(header) + "\n", encoding="utf-8")

    def add(self, *cells: object) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(",".join(map(str, cells)) + "\n")


def _loss(shares: Any, split: Split, smoothing: float) -> float:
    truth = split.one_hot(np.arange(len(split)))
    losses = keras.losses.categorical_crossentropy(truth, shares, label_smoothing=smoothing)
    return float(keras.ops.mean(losses))


def _per_class(right: Any, split: Split, names: tuple[str, ...]) -> list[dict[str, Any]]:
    pictures = np.bincount(split.labels, minlength=len(names))
    correct = np.bincount(split.labels[right], minlength=len(names))
    return [
        {
            "name": name,
            "pictures": int(count),
            "correct": int(hits),
            "accuracy": round(int(hits) / int(count), 6) if count else None,
        }
        for name, count, hits in zip(names, pictures, correct, strict=True)
    ]


def _save(model: keras.Model, path: Path) -> None:
    """Write the model under another name, then rename it: a full disk leaves the old one whole."""
    beside = path.with_name(f".writing-{path.name}")
    model.save(beside)
    with beside.open("rb") as file:
        os.fsync(file.fileno())
    beside.replace(path)
