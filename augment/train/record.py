"""What a training leaves behind: its tables, its best model, and what that reaches."""

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
from augment.runs.config import RunConfig
from augment.runs.folder import RunFolder, write_json
from augment.train.pipeline import PlainBatches, TrainingBatches

METRICS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy")
STEPS = ("epoch", "step", "steps_per_epoch", "seconds", "waited", "loss", "accuracy")
_UNJUDGED = {
    "split": "",
    "pictures": 0,
    "epoch": 0,
    "loss": None,
    "accuracy": None,
    "per_class": [],
}

# Often enough to look live, seldom enough that a day's table is read in an instant.
_SELDOM_S, _OFTEN_S, _LINES = 10.0, 1.0, 300
# The labels of 100,000 pictures of 1,000 classes would be 400 MB.
_AT_ONCE = 4096
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

    Where there is no validation split, nothing chooses: the last model is kept, the cells of the table
    stay empty, and ``write_evaluation`` judges that model by the test split, if there is one.
    """

    def __init__(self, folder: RunFolder, config: RunConfig, prepared: Prepared) -> None:
        super().__init__()
        self._folder = folder
        self._config = config
        self._prepared = prepared
        self._chosen_by = prepared.splits.get(VALIDATION)
        self._table = _Table(folder.metrics, METRICS)
        self._best = (-math.inf, -math.inf)
        self.evaluation: dict[str, Any] = {}

    def on_train_begin(self, logs: Any = None) -> None:
        """Make a view of the model that shares its weights, without optimiser and compilation."""
        model = self.model
        self._view = keras.Model(model.input, model.output, name=model.name)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Judge the model, and keep it if none was better, or if nothing can be said of it."""
        trained = (float(logs["loss"]), float(logs["accuracy"]))
        words = "epoch %d of %d: loss %.4f, accuracy %.3f"
        place = (epoch + 1, self._config.epochs)
        if self._chosen_by is None:
            self.evaluation = _UNJUDGED | {"epoch": epoch + 1}
            _save(self._view, self._folder.best)
            self._table.add(epoch + 1, *(f"{number:.6f}" for number in trained), "", "")
            _log.info(words, *place, *trained)
            return
        judged = self._judged(self._chosen_by)
        figures = (judged.loss, judged.accuracy)
        if (judged.accuracy, -judged.loss) > self._best:
            self._best = (judged.accuracy, -judged.loss)
            _save(self._view, self._folder.best)
            self.evaluation = judged.told(epoch + 1)
        self._table.add(epoch + 1, *(f"{number:.6f}" for number in (*trained, *figures)))
        words += "; validation: loss %.4f, accuracy %.3f"
        _log.info(words, *place, *trained, *figures)

    def write_evaluation(self, *, stopped_early: bool) -> None:
        """Write what the model that was kept reaches, overall and by class.

        Call it once, after the last epoch: without a validation split the test pictures are judged here.
        """
        if self._chosen_by is None and TEST in self._prepared.splits:
            judged = self._judged(self._prepared.split(TEST))
            self.evaluation = judged.told(self.evaluation["epoch"])
            _log.info("test, once: loss %.4f, accuracy %.3f", judged.loss, judged.accuracy)
        write_json(self._folder.evaluation, self.evaluation | {"stopped_early": stopped_early})

    def _judged(self, split: Split) -> _Judged:
        batches = PlainBatches(split, batch_size=self._config.batch_size)
        shares = self._view.predict(batches, verbose=0)[: len(split)]
        return _Judged(
            split=split,
            class_names=self._prepared.class_names,
            loss=_loss(shares, split, self._config.label_smoothing),
            right=shares.argmax(axis=1) == split.labels,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Judged:
    """What a model makes of a split: its loss, and which pictures, bool (N,), it is right about."""

    split: Split
    class_names: tuple[str, ...]
    loss: float
    right: npt.NDArray[np.bool_]

    @property
    def accuracy(self) -> float:
        return float(self.right.mean())

    def told(self, epoch: int) -> dict[str, Any]:
        return {
            "split": self.split.name,
            "pictures": len(self.split),
            "epoch": epoch,
            "loss": round(self.loss, 6),
            "accuracy": round(self.accuracy, 6),
            "per_class": _per_class(self.right, self.split, self.class_names),
        }


class _Table:
    """A table of numbers that is begun anew and then only grows, a whole line at a time."""

    def __init__(self, path: Path, header: tuple[str, ...]) -> None:
        self._path = path
        path.write_text(",".join(header) + "\n", encoding="utf-8")

    def add(self, *cells: object) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(",".join(map(str, cells)) + "\n")


def _loss(shares: Any, split: Split, smoothing: float) -> float:
    total = 0.0
    for start in range(0, len(split), _AT_ONCE):
        rows = np.arange(start, min(start + _AT_ONCE, len(split)))
        losses = keras.losses.categorical_crossentropy(
            split.one_hot(rows), shares[rows], label_smoothing=smoothing
        )
        total += float(np.sum(keras.ops.convert_to_numpy(losses), dtype=np.float64))
    return total / len(split)


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
