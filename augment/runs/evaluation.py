"""The evaluation of a saved model, computed from what it predicted for each picture of a split.

The predictions are kept in the folder of the run, so that every figure can be computed again, and others
that nobody thought of. NumPy alone is needed for that.
"""

from __future__ import annotations

import functools
import io
import math
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from augment.data.source import TEST, VALIDATION
from augment.engine.limits import cut
from augment.errors import RunError
from augment.runs import folders
from augment.runs.folders import RunFolder
from augment.system import files
from augment.system.units import counted, megabytes

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MOST_BYTES = 2_000_000_000
"""The largest file of predictions that is read; that of 500,000 pictures in 1,000 classes."""

EPSILON = 1e-7
"""The least probability that a loss knows, as that of Keras; a picture costs 16.1 at most."""

_LEAST = np.finfo(np.float32).tiny
_DTYPES: Mapping[str, tuple[np.dtype[Any], int]] = {
    "ids": (np.dtype(np.int64), 1),
    "labels": (np.dtype(np.int64), 1),
    "log_probabilities": (np.dtype(np.float32), 2),
}
_EPOCH, _EPOCH_DTYPE = "epoch", (np.dtype(np.int64), 0)
_BINS = 15
_LIKELIEST = 5
_NO_RANK = np.iinfo(np.int64).max
_CHUNK = 4096  # rows at once, because the predictions of a large split are large enough


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictions:
    """What a model predicted for each picture of a split, in the order of the split.

    Attributes:
        ids: int64 (N,), the ids of the pictures.
        labels: int64 (N,), their classes.
        log_probabilities: float32 (N, K), natural logarithms; a row of NaN is that of a model that
            diverged, and predicts no class.
        epoch: The epoch after which the model predicted, from 1; 0 if the file does not say so, as files
            of older versions do not.
    """

    ids: Ints
    labels: Ints
    log_probabilities: npt.NDArray[np.float32]
    epoch: int = 0

    @classmethod
    def of(cls, ids: Ints, labels: Ints, probabilities: npt.NDArray[np.floating]) -> Predictions:
        """Return the predictions with these probabilities, (N, K), of which 0 becomes about 1e-38."""
        floored = np.maximum(np.asarray(probabilities, np.float32), _LEAST)
        return cls(
            ids=np.array(ids, np.int64),
            labels=np.array(labels, np.int64),
            log_probabilities=np.log(floored, out=floored),
        )

    @classmethod
    def read(cls, path: Path) -> Predictions:
        """Return the predictions in a file.

        Raises:
            RunError: It is missing or damaged, or larger than `MOST_BYTES`.
        """
        with _opened(path) as archive:
            arrays = {name: _read_array(archive, name) for name in _DTYPES}
            epoch = int(_read_array(archive, _EPOCH)) if _has_epoch(archive) else 0
        found = cls(**arrays, epoch=epoch)
        labels, classes = found.labels, found.log_probabilities.shape[1]
        if len(labels) and not 0 <= labels.min() <= labels.max() < classes:
            raise RunError(
                f"{path.name} is damaged: its labels are {labels.min()} to {labels.max()}, but it has "
                f"{counted(classes, 'class', 'classes')}."
            )
        if (found.log_probabilities > EPSILON * 10).any():
            raise RunError(f"{path.name} is damaged: a probability in it is above 1.")
        return found

    @staticmethod
    def check(path: Path) -> None:
        """Raise as `read` does, but look at the names, types and sizes of the arrays only."""
        with _opened(path):
            pass

    def write(self, path: Path) -> None:
        """Replace the file atomically; OSError if it cannot be written, as on a full disk."""
        content = io.BytesIO()
        arrays: dict[str, Any] = {name: getattr(self, name) for name in _DTYPES}
        if self.epoch:
            arrays[_EPOCH] = np.int64(self.epoch)
        np.savez(content, allow_pickle=False, **arrays)
        files.write_bytes(path, content.getbuffer())

    def __len__(self) -> int:
        return len(self.labels)

    @functools.cached_property
    def predicted(self) -> Ints:
        """The likeliest class of each picture, the first of equals, int64 (N,); -1 for a row of NaN."""
        found: Ints = self._by_rows(
            lambda logs, _: np.where(np.isnan(logs).any(axis=1), -1, logs.argmax(axis=1))
        )
        return found

    @functools.cached_property
    def confidence(self) -> Floats:
        """The probability of the likeliest class, float64 (N,)."""
        found: Floats = self._by_rows(lambda logs, _: np.exp(logs.max(axis=1).astype(np.float64)))
        return found

    @functools.cached_property
    def is_correct(self) -> npt.NDArray[np.bool_]:
        """Whether the likeliest class is that of the picture, bool (N,)."""
        return np.asarray(self.predicted == self.labels)

    @functools.cached_property
    def ranks(self) -> Ints:
        """How many classes are likelier than that of the picture, int64 (N,).

        Of equal classes the first counts as the likelier one, as in `predicted`; a row of NaN has the
        largest number.
        """
        found: Ints = self._by_rows(_ranks)
        return found

    @property
    def accuracy(self) -> float:
        """The share of correct pictures; NaN if there are none."""
        return _mean(self.is_correct)

    def losses(self, label_smoothing: float = 0.0) -> Floats:
        """Return the cross-entropy of each picture, float64 (N,), as Keras computes it.

        Args:
            label_smoothing: The share of each label that is spread over all classes.
        """
        found: Floats = self._by_rows(lambda logs, labels: _losses(logs, labels, label_smoothing))
        return found

    def _by_rows(self, compute: Callable[[Any, Any], Any]) -> Any:
        """Return what a function of the rows, and of their labels, gives for all of them."""
        parts = [
            compute(
                self.log_probabilities[start : start + _CHUNK], self.labels[start : start + _CHUNK]
            )
            for start in range(0, max(len(self), 1), _CHUNK)
        ]
        return np.concatenate(parts)


def evaluate(
    predictions: Predictions,
    class_names: Sequence[str],
    *,
    split: str,
    epoch: int,
    label_smoothing: float,
) -> dict[str, Any]:
    """Return the evaluation of a model as JSON values, rounded to six digits.

    - ``loss`` is the cross-entropy with label smoothing, as trained; ``cross_entropy`` is without.
    - ``accuracy``; ``top5``, the share of pictures whose class is among the five likeliest; and
      ``macro_accuracy``, the mean over the classes that have pictures.
    - ``chance`` is 1/K, the accuracy of a uniform guess: it is the same for every split, and a constant
      answer has this macro accuracy too. (The share of the largest class, the accuracy of the best
      constant answer, is larger where classes are not balanced; ``per_class`` has it.)
    - ``ece`` is the expected calibration error: the mean distance between accuracy and confidence, over
      15 bins of confidence of equal width (arXiv 1706.04599, section 2).
    - ``per_class`` has for each class the name, pictures, correct and accuracy, and the ends ``low`` and
      ``high`` of its 95 % interval (`wilson`); the latter three are None without pictures.

    A figure that is not finite, as after a divergence, is None.

    Args:
        predictions: What the model predicted.
        class_names: One a class.
        split: The name of the split.
        epoch: The epoch after which the model was saved, from 1.
        label_smoothing: As trained.
    """
    pictures = np.bincount(predictions.labels, minlength=len(class_names))
    correct = np.bincount(predictions.labels[predictions.is_correct], minlength=len(class_names))
    filled = pictures > 0
    return {
        "split": split,
        "pictures": len(predictions),
        "epoch": epoch,
        "loss": _rounded(_mean(predictions.losses(label_smoothing))),
        "accuracy": _rounded(predictions.accuracy),
        "top5": _rounded(_mean(predictions.ranks < _LIKELIEST)),
        "macro_accuracy": _rounded(_mean(correct[filled] / pictures[filled])),
        "cross_entropy": _rounded(_mean(predictions.losses())),
        "ece": _rounded(calibration_error(predictions)),
        "chance": _rounded(1 / len(class_names)),
        "per_class": [
            _class_entry(name, int(of), int(right))
            for name, of, right in zip(class_names, pictures, correct, strict=True)
        ],
    }


def not_evaluated(class_names: Sequence[str], epoch: int) -> dict[str, Any]:
    """Return the entries of an evaluation where there is no split to evaluate a model on."""
    figures = ("loss", "accuracy", "top5", "macro_accuracy", "cross_entropy", "ece")
    return {
        "split": "",
        "pictures": 0,
        "epoch": epoch,
        **dict.fromkeys(figures),
        "chance": _rounded(1 / len(class_names)),
        "per_class": [],
    }


def record_test(
    folder: RunFolder,
    predictions: Predictions,
    class_names: Sequence[str],
    *,
    epoch: int,
    label_smoothing: float,
    stopped_early: bool,
) -> dict[str, Any]:
    """Evaluate the predictions of the test split, and write ``test_predictions.npz`` and ``test.json``.

    Returns:
        The entries of ``test.json``: those of ``evaluation.json``, and ``evaluated_at``, the times of
        all evaluations on the test split, this one last.

    Raises:
        RunError: There is a ``test.json``, whose earlier times cannot be read.
        OSError: The files cannot be written.
    """
    earlier = (folder.read_test() or {}).get("evaluated_at", [])
    evaluation = evaluate(
        predictions, class_names, split=TEST, epoch=epoch, label_smoothing=label_smoothing
    )
    entries = evaluation | {
        "stopped_early": stopped_early,
        "evaluated_at": [*earlier, folders.now()],
    }
    predictions.write(folder.test_predictions)
    files.write_json(folder.test, entries)
    return entries


def calibration_error(predictions: Predictions) -> float:
    """Return the expected calibration error; NaN without pictures, or with a row of NaN.

    The bins are of equal width; each includes its upper end.
    """
    confidence, is_correct = predictions.confidence, predictions.is_correct
    if not len(confidence) or np.isnan(confidence).any():
        return math.nan
    bins = np.clip(np.ceil(confidence * _BINS).astype(np.int64) - 1, 0, _BINS - 1)
    gaps = np.bincount(bins, weights=is_correct - confidence, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(confidence))


def wilson(correct: int, pictures: int, z: float = 1.96) -> tuple[float, float]:
    """Return both ends of the interval of an accuracy, 95 % with the default ``z``.

    It is Wilson's score interval (Journal of the American Statistical Association 22, 1927), which stays
    between 0 and 1, and is not empty where all or no pictures are correct.

    Args:
        correct: How many pictures are correct.
        pictures: Of how many, 1 at least.
        z: Standard deviations of the normal distribution to either side.
    """
    share = correct / pictures
    spread = z * math.sqrt(share * (1 - share) / pictures + (z / (2 * pictures)) ** 2)
    middle, scale = share + z * z / (2 * pictures), 1 + z * z / pictures
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def confusion(predictions: Predictions) -> Ints:
    """Return how many pictures of each class are taken for each class, int64 (K, K).

    Rows are the classes of the pictures, columns the predicted ones. A row of NaN is in no column.
    """
    classes = predictions.log_probabilities.shape[1]
    predicts = predictions.predicted >= 0
    cells = predictions.labels[predicts] * classes + predictions.predicted[predicts]
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def most_confused(
    predictions: Predictions, class_names: Sequence[str], count: int
) -> list[dict[str, Any]]:
    """Return the pairs of classes that are confused most often, as JSON values.

    Each has ``name`` and ``label`` of the class of the pictures, ``predicted`` and ``predicted_label`` of
    the class that they are taken for, ``count`` (how many), and ``pictures`` (of how many).

    Args:
        predictions: What the model predicted.
        class_names: One a class.
        count: How many pairs at most; of equal counts, those of the smaller class come first.
    """
    table = confusion(predictions)
    np.fill_diagonal(table, 0)
    pictures = np.bincount(predictions.labels, minlength=len(class_names))
    labels, others = np.nonzero(table)
    order = np.lexsort((others, labels, pictures[labels], -table[labels, others]))[:count]
    return [
        {
            "name": class_names[label],
            "label": int(label),
            "predicted": class_names[other],
            "predicted_label": int(other),
            "count": int(table[label, other]),
            "pictures": int(pictures[label]),
        }
        for label, other in zip(labels[order], others[order], strict=True)
    ]


def worst(predictions: Predictions, count: int) -> Ints:
    """Return the rows with the highest loss, int64 (at most count,), the highest first.

    It is the loss without label smoothing, and without `EPSILON`. Rows of NaN come last.
    """
    true = np.take_along_axis(predictions.log_probabilities, predictions.labels[:, None], axis=1)
    return np.argsort(true[:, 0], kind="stable")[:count]


def remark(evaluation: Mapping[str, Any], validated: int) -> str:
    """Return a sentence on how far the accuracy of an evaluation can be trusted; empty without one.

    Args:
        evaluation: The entries of ``evaluation.json`` or ``test.json``.
        validated: How many epochs were validated.
    """
    pictures = f"{evaluation['pictures']:,} pictures"
    if evaluation["split"] == VALIDATION and validated > 1:
        return (
            f"Best of {validated} validated epochs on {pictures}: the epoch was chosen by this very "
            "figure, so it is optimistic."
        )
    if evaluation["split"] == VALIDATION:
        return f"The one validated epoch, on {pictures}; no epoch was chosen by this figure."
    times = evaluation.get("evaluated_at", [])
    if len(times) > 1:
        return (
            f"Evaluated {len(times)} times on {pictures}; whoever chooses settings by the test split "
            "makes its figures optimistic."
        )
    if evaluation["split"] == TEST:
        return f"Evaluated once on {pictures}; nothing was chosen by this figure."
    return ""


def _class_entry(name: str, pictures: int, correct: int) -> dict[str, Any]:
    ends = wilson(correct, pictures) if pictures else (math.nan, math.nan)
    return {
        "name": name,
        "pictures": pictures,
        "correct": correct,
        "accuracy": _rounded(correct / pictures) if pictures else None,
        "low": _rounded(ends[0]),
        "high": _rounded(ends[1]),
    }


def _losses(logs: npt.NDArray[np.float32], labels: Ints, smoothing: float) -> Floats:
    clipped = np.maximum(logs, np.float32(math.log(EPSILON)))
    true = np.take_along_axis(clipped, labels[:, None], axis=1)[:, 0].astype(np.float64)
    losses: Floats = -(1 - smoothing) * true - smoothing * clipped.mean(axis=1, dtype=np.float64)
    return losses


def _ranks(logs: npt.NDArray[np.float32], labels: Ints) -> Ints:
    true = np.take_along_axis(logs, labels[:, None], axis=1)
    before = np.arange(logs.shape[1]) < labels[:, None]
    ranks = ((logs > true) | ((logs == true) & before)).sum(axis=1)
    return np.asarray(np.where(np.isnan(logs).any(axis=1), _NO_RANK, ranks), np.int64)


def _mean(values: npt.NDArray[Any]) -> float:
    return float(values.mean(dtype=np.float64)) if values.size else math.nan


def _rounded(number: float) -> float | None:
    return round(number, 6) if math.isfinite(number) else None


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a file of predictions, whose arrays have the right names, types and sizes.

    Whatever fails in it, here and where it is read, becomes a `RunError`. The sizes are compared with
    that of the file before an array of them is made.
    """
    with damage_as_error(path), files.opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > MOST_BYTES:
            raise RunError(
                f"{path.name} is damaged: it has {megabytes(size)}, and at most "
                f"{megabytes(MOST_BYTES)} are read."
            )
        if not size:
            raise RunError(f"{path.name} is damaged: it is empty.")
        with zipfile.ZipFile(file) as archive:
            shapes = {name: _shape(archive, name, size, *_DTYPES[name]) for name in _DTYPES}
            if _has_epoch(archive):
                _shape(archive, _EPOCH, size, *_EPOCH_DTYPE)
            if len({shape[0] for shape in shapes.values()}) > 1:
                raise ValueError("its arrays differ in length")
            yield archive


@contextmanager
def damage_as_error(path: Path) -> Iterator[None]:
    """Turn whatever fails while a file of arrays (npz) is read into a `RunError` that names the file."""
    try:
        yield
    except FileNotFoundError as error:
        raise RunError(f"{path.name} is missing.") from error
    except files.DamagedFile as error:
        raise RunError(str(error)) from error
    except OSError as error:
        raise RunError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except (
        # Of zipfile: no archive, a wrong checksum, a compression or an encryption that it does not know.
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        # Of the arrays: one is missing, ends early, or is not the one that is expected.
        KeyError,
        EOFError,
        ValueError,
        MemoryError,
    ) as error:
        reason = " ".join(str(error.args[0]).split()) if error.args else type(error).__name__
        raise RunError(f"{path.name} is damaged ({cut(reason, 100).rstrip('.')}).") from error


def _has_epoch(archive: zipfile.ZipFile) -> bool:
    return f"{_EPOCH}.npy" in archive.namelist()


def _shape(
    archive: zipfile.ZipFile, name: str, most: int, dtype: np.dtype[Any], dimensions: int
) -> tuple[int, ...]:
    """Return the shape of an array, or raise ValueError if it is not as it must be."""
    info = archive.getinfo(f"{name}.npy")
    with archive.open(info) as member:
        if np.lib.format.read_magic(member) != (1, 0):
            raise ValueError(f"{name} has an unknown format")
        shape, _, found = np.lib.format.read_array_header_1_0(member)
        header = member.tell()
    if found != dtype or len(shape) != dimensions or 0 in shape[1:]:
        raise ValueError(f"{name} is {found} of shape {shape}")
    size = header + math.prod(shape) * dtype.itemsize
    if not size == info.file_size == info.compress_size <= most:
        raise ValueError(f"{name} has {info.file_size:,} bytes instead of {size:,}")
    return shape


def _read_array(archive: zipfile.ZipFile, name: str) -> npt.NDArray[Any]:
    with archive.open(f"{name}.npy") as member:
        return np.asarray(np.lib.format.read_array(member, allow_pickle=False))
