"""What a training writes into the folder of its run: tables, the best model and its evaluation."""

from __future__ import annotations

import errno
import logging
import math
import os
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from augment.data.source import TEST, VALIDATION
from augment.data.store.prepared import Prepared
from augment.errors import ConfigError
from augment.runs import evaluation, folders, progress
from augment.runs.config import RunConfig
from augment.runs.evaluation import Predictions
from augment.runs.folders import RunFolder
from augment.runs.stages import head_epochs
from augment.system import files
from augment.train.forecast import Stopwatch
from augment.train.predicting import Floats, Predictor
from augment.train.progress import Progress
from augment.train.train_losses import TrainLosses

METRICS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy")
STEPS = ("epoch", "step", "steps_per_epoch", "seconds", "waited", "loss", "accuracy")

# Seconds between two lines of steps.csv: from 1 in a short run, which looks live, to 10 after 3,000 s,
# so that the table of a day is still read quickly.
_LEAST_PAUSE_S, _MOST_PAUSE_S, _LINES = 1.0, 10.0, 300
_log = logging.getLogger(__name__)


class Steps:
    """Writes ``steps.csv``, and looks for the marker ``stop``.

    A line is written for the first and the last step of an epoch, and between them every second at
    first, every ten seconds in a long run. Those of a resumed run go on from its last line.

    Args:
        folder: The run.
        learning_rate: The one to name where the loss is not finite.
        resumed: Whether the table is continued.

    Attributes:
        stopped_early: Whether the marker was there at the end of a step.
    """

    def __init__(self, folder: RunFolder, *, learning_rate: float, resumed: bool = False) -> None:
        self._stop = folder.stop
        self._learning_rate = learning_rate
        self._table = Table(folder.steps, STEPS, resumed=resumed)
        rows = folders.read_csv(folder.steps) if resumed else []
        last = rows[-1] if rows else {"seconds": 0.0, "waited": 0.0}
        self._started = time.perf_counter() - last["seconds"]
        self._waited = last["waited"]
        self.stopped_early = False

    def begin(self, epoch: int, steps: int) -> None:
        """Begin an epoch, from 1, that has so many steps."""
        self._epoch, self._steps, self._is_first = epoch, steps, True
        self._written = time.perf_counter()

    def ended(self, step: int, *, loss: float, accuracy: float, waited: float = 0.0) -> None:
        """Record a step that has ended.

        Args:
            step: How many steps of the epoch are done.
            loss: The mean loss of the epoch so far.
            accuracy: The mean accuracy of the epoch so far.
            waited: For how many seconds the step waited for its batch.

        Raises:
            ConfigError: The loss is not finite.
        """
        if not math.isfinite(loss):
            raise ConfigError(
                f"The loss is {loss} at step {step} of epoch {self._epoch}; try a learning_rate below"
                f" {self._learning_rate:g}, or clip the gradients (clip_norm 1)."
            )
        now = time.perf_counter()
        self._waited += waited
        pause = min(_MOST_PAUSE_S, max(_LEAST_PAUSE_S, (now - self._started) / _LINES))
        first, last = self._is_first, step == self._steps
        if first or last or now - self._written >= pause:
            self._is_first = False
            self._written = now
            place = (self._epoch, step, self._steps)
            times = (f"{now - self._started:.3f}", f"{self._waited:.3f}")
            self._table.add(*place, *times, f"{loss:.6f}", f"{accuracy:.6f}")
        self.stopped_early = self.stopped_early or self._stop.exists()


@dataclass(frozen=True, kw_only=True, eq=False)
class Record:
    """All that is recorded of a training.

    Attributes:
        phase: What it is doing.
        watch: Times its parts, for forecasts.
        steps: Its steps.
        epochs: Its epochs, with their validation.
        losses: The loss of each training picture.
    """

    phase: Progress
    watch: Stopwatch
    steps: Steps
    epochs: Epochs
    losses: TrainLosses

    @property
    def is_over(self) -> bool:
        """Whether the training ends early: somebody asked for it, or it improves no more."""
        return self.steps.stopped_early or self.epochs.is_over


class Epochs:
    """Writes ``metrics.csv``, validates, and saves the best model with its predictions.

    The best epoch is the one with the highest validation accuracy, among equal ones that with the lowest
    loss, among those the first; figures are compared as the table has them, so the choice is a function
    of the table, and a resumed run makes the same one.

    Without a validation split the last model is saved, the cells of the table stay empty, and `finish`
    evaluates that model on the test split, if there is one.

    Args:
        folder: The run.
        config: Its configuration.
        prepared: Its data.
        validated: The epochs after which the model is validated, from 1; the last one is in any case.
        predictor: Predicts with the weights that the model has at the moment.
        save: Writes the model to a path.
        phase: The phase of the run.
        watch: Times the validations of the body.
        resumed: Whether the table is continued.
    """

    def __init__(
        self,
        folder: RunFolder,
        config: RunConfig,
        prepared: Prepared,
        *,
        validated: Collection[int],
        predictor: Predictor,
        save: Callable[[Path], None],
        phase: Progress,
        watch: Stopwatch,
        resumed: bool = False,
    ) -> None:
        self._folder = folder
        self._config = config
        self._prepared = prepared
        self._validation = prepared.splits.get(VALIDATION)
        self._validated = frozenset({*validated, config.epochs})
        self._predictor = predictor
        self._save = save
        self._phase = phase
        self._watch = watch
        self._table = Table(folder.metrics, METRICS, resumed=resumed)
        rows = folders.read_csv(folder.metrics, may_lack=METRICS[3:]) if resumed else []
        self._figures = {
            int(row["epoch"]): (row["val_accuracy"], row["val_loss"])
            for row in rows
            if "val_accuracy" in row
        }
        self._last = int(rows[-1]["epoch"]) if rows else 0

    @property
    def is_over(self) -> bool:
        """Whether the validation has not improved for as many times as the configuration allows.

        While the head is trained before the body, nothing is over; then validations of the body count.
        """
        patience, heads = self._config.patience, head_epochs(self._config)
        if not patience or not self._figures:
            return False
        first = 0 if heads == self._config.epochs else heads
        best = max(best_epoch(self._figures), first)
        return sum(epoch > best for epoch in self._figures) >= patience

    def ended(
        self,
        epoch: int,
        *,
        loss: float,
        accuracy: float,
        stopped: bool = False,
        features: Floats | None = None,
    ) -> None:
        """Record an epoch that has ended, and validate the model if it is time.

        Args:
            epoch: The epoch, from 1.
            loss: The loss of its training pictures.
            accuracy: Their accuracy.
            stopped: Whether the training ends with it, so that it is validated in any case.
            features: Those of the validation pictures, where they are known.

        Raises:
            OSError: The best model cannot be saved, as on a full disk.
        """
        self._last = epoch
        trained = [f"{loss:.6f}", f"{accuracy:.6f}"]
        message, place = "epoch %d of %d: loss %.4f, accuracy %.3f", (epoch, self._config.epochs)
        if self._validation is None or not (stopped or epoch in self._validated):
            self._table.add(epoch, *trained, "", "")
            _log.info(message, *place, loss, accuracy)
            if self._validation is None:
                self._phase.enter(progress.SAVING)
                self._save_best()
            return
        if features is None:
            self._phase.enter(progress.validating(epoch))
        began = time.perf_counter()
        predictions = self._predictor.predictions(self._validation, features)
        if features is None:
            self._watch.validation(time.perf_counter() - began, len(self._validation))
        cells = [f"{self._loss(predictions):.6f}", f"{predictions.accuracy:.6f}"]
        self._table.add(epoch, *trained, *cells)
        val_loss, val_accuracy = map(float, cells)
        self._figures[epoch] = (val_accuracy, val_loss)
        message += "; validation: loss %.4f, accuracy %.3f"
        _log.info(message, *place, loss, accuracy, val_loss, val_accuracy)
        if best_epoch(self._figures) == epoch:
            self._phase.enter(progress.SAVING)
            self._save_best()
            replace(predictions, epoch=epoch).write(self._folder.predictions)

    def finish(self, *, stopped_early: bool) -> None:
        """Write the evaluation of the saved model.

        Without a validation split the model as it is now, which is the saved one, is evaluated on the
        test split, if there is one.

        Raises:
            RunError: The predictions cannot be read.
            OSError: A file cannot be written.
        """
        config, names = self._config, self._prepared.class_names
        if self._validation is not None:
            predictions = Predictions.read(self._folder.predictions)
            entries = evaluation.evaluate(
                predictions,
                names,
                split=VALIDATION,
                # Of a run that was killed after they were saved, and before its state was, they may be of
                # a later epoch than those of the table, which is put back.
                epoch=predictions.epoch or best_epoch(self._figures),
                label_smoothing=config.label_smoothing,
            )
        elif TEST in self._prepared.splits:
            self._phase.enter(progress.TESTING)
            entries = evaluation.record_test(
                self._folder,
                self._predictor.predictions(self._prepared.split(TEST)),
                names,
                epoch=self._last,
                label_smoothing=config.label_smoothing,
                stopped_early=stopped_early,
            )
            _log.info("test, once: loss %.4f, accuracy %.3f", entries["loss"], entries["accuracy"])
            entries = {name: entries[name] for name in entries if name != "evaluated_at"}
        else:
            entries = evaluation.not_evaluated(names, self._last)
        files.write_json(self._folder.evaluation, entries | {"stopped_early": stopped_early})

    def _loss(self, predictions: Predictions) -> float:
        return float(predictions.losses(self._config.label_smoothing).mean())

    def _save_best(self) -> None:
        """Write the model under another name, then rename it: a full disk leaves the old one intact."""
        path = self._folder.best
        draft = path.with_name(f".writing-{path.name}")
        try:
            self._save(draft)
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)  # it may be what fills the disk
            raise


class Table:
    """A CSV table that only grows, a complete line at a time.

    Lines that do not fit on a full disk are written with the next line that does.

    Args:
        path: The table.
        header: Its columns.
        resumed: Whether it is continued where it is there; it starts empty otherwise.
    """

    def __init__(self, path: Path, header: tuple[str, ...], *, resumed: bool = False) -> None:
        self._path = path
        self._waiting = ""
        if not (resumed and path.exists()):
            path.unlink(missing_ok=True)
            self._append(",".join(header))

    def add(self, *cells: object) -> None:
        """Add a line; where the disk is full, the log says so and the training goes on."""
        self._append(",".join(map(str, cells)))

    def _append(self, line: str) -> None:
        had = bool(self._waiting)
        self._waiting += f"{line}\n"
        content = self._waiting.encode()
        try:
            with self._path.open("ab", buffering=0) as file:
                size = file.tell()
                if file.write(content) < len(content):
                    file.truncate(size)
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            if not had:
                _log.warning(
                    "%s cannot be written (%s); the training goes on, and tries again with each line",
                    *(self._path.name, error.strerror or error),
                )
        else:
            self._waiting = ""


def best_epoch(figures: dict[int, tuple[float, float]]) -> int:
    """Return the epoch with the best (accuracy, loss): the highest, then the lowest, then the first."""

    def badness(epoch: int) -> tuple[float, float, int]:
        accuracy, loss = figures[epoch]
        return (-accuracy, loss if math.isfinite(loss) else math.inf, epoch)

    return min(figures, key=badness)
