"""What the saved model of a run predicted on a split: its figures, and which pictures it confuses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from augment import AugmentError, DataError, RunError, data
from augment.data import Prepared, samples
from augment.data.source import TEST, VALIDATION
from augment.engine.samples import Images
from augment.runs import Run
from augment.runs.evaluation import (
    Predictions,
    confusion,
    evaluate,
    most_confused,
    wilson,
    worst,
)
from augment.runs.folders import RunFolder
from augment.system import files

MOST_PAIRS, MOST_WORST, MOST_CELLS = 12, 18, 4000
"""How many pairs of classes, of the worst pictures, and of cells of the matrix there are to show."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Pictures:
    """What was predicted for each of N pictures of a split of K classes, without the probabilities.

    Attributes:
        ids: int64 (N,), their ids.
        labels: int64 (N,), their classes.
        predicted: int64 (N,), the likeliest class; -1 where a model that diverged has none.
        confidence: float64 (N,), its probability.
        of_own: float64 (N,), the probability of the picture's own class.
        cells: int64 (n, 3), the cells of the confusion matrix that are not empty, at most `MOST_CELLS`,
            the largest first: the class of the pictures, the class that they are taken for, and how many.
        per_class: int64 (K,), the pictures of each class.
        pairs: The most frequent confusions, at most `MOST_PAIRS`, as in `cells`.
        worst: int64 (n,), the rows with the highest loss, at most `MOST_WORST`, the highest first.
        figures: The entries of ``evaluation.json``, computed from these predictions.
    """

    ids: Ints
    labels: Ints
    predicted: Ints
    confidence: Floats
    of_own: Floats
    cells: Ints
    per_class: Ints
    pairs: Ints
    worst: Ints
    figures: dict[str, Any]

    def rows_of(self, label: int, predicted: int) -> Ints:
        """Return the pictures of one cell, the most confident first."""
        rows = np.flatnonzero((self.labels == label) & (self.predicted == predicted))
        return rows[np.argsort(-self.confidence[rows], kind="stable")]


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """The result of a run on one split.

    Attributes:
        split: "validation" or "test".
        figures: The entries of ``evaluation.json`` or ``test.json``.
        class_names: The names of the classes; empty if they are not known.
        pictures: What was predicted; None where no predictions were kept, or they are damaged.
        problem: Why `pictures` is None, in a sentence.
    """

    split: str
    figures: dict[str, Any]
    class_names: tuple[str, ...]
    pictures: Pictures | None
    problem: str

    def name(self, label: int) -> str:
        """Return the name of a class."""
        known = label < len(self.class_names)
        return self.class_names[label] if known else f"class {label + 1}"


def stamps(run: Run) -> tuple[tuple[int, ...], ...]:
    """Return what changes when a file of the results of a run is written or deleted."""
    folder = RunFolder(run.path)
    written = (folder.evaluation, folder.test, folder.predictions, folder.test_predictions)
    return tuple(map(files.stamp, written))


def results(run: Run) -> dict[str, Result]:
    """Return the results of a run by split, that on the split "validation" first.

    What is damaged is left out; `Run.problem` has it.
    """
    found = {}
    for split in (VALIDATION, TEST):
        if result := _result(run, split):
            found[split] = result
    return found


def prepared_of(run: Run) -> Prepared:
    """Return the data that a run was trained on.

    Raises:
        DataError: It is not prepared, or has no such splits.
    """
    if run.config is None:
        raise DataError("The configuration of the run cannot be used.")
    return run.config.prepared()


def images_of(run: Run, result: Result, rows: Ints) -> Images:
    """Return the pictures that were predicted, at the size of the run: uint8 (n, S, S, 3).

    Raises:
        DataError: The data are no longer prepared, or are others than those that were evaluated.
    """
    assert result.pictures is not None
    config = run.config
    if config is None:
        raise DataError("The configuration of the run cannot be used.")
    found = samples.of_split(
        config.data,
        split=result.split,
        size=config.size,
        fit=config.fit,
        ids=result.pictures.ids[rows].tolist(),
    )
    if len(found.class_names) != len(result.pictures.per_class) or not np.array_equal(
        found.labels.argmax(axis=1), result.pictures.labels[rows]
    ):
        raise DataError(f"The classes of {config.data} are no longer those of this run.")
    return found.images


def chance_of(run: Run, figures: dict[str, Any]) -> float | None:
    """Return the accuracy of guessing, 1 / K; None if the number of classes is not known."""
    if isinstance(figures.get("chance"), float):
        return float(figures["chance"])
    if figures.get("per_class"):
        return 1 / len(figures["per_class"])
    if run.config is None:
        return None
    try:
        names = data.source(run.config.data).class_names or prepared_of(run).class_names
    except DataError:
        return None
    return 1 / len(names) if names else None


def majority(figures: dict[str, Any], chance: float | None) -> tuple[str, float] | None:
    """Return the largest class and its share of the pictures, where that is much more than a guess.

    Whoever always answers with this class is right about that share.
    """
    entries = [entry for entry in figures.get("per_class", []) if entry.get("pictures")]
    if not entries or chance is None:
        return None
    largest = max(entries, key=lambda entry: entry["pictures"])
    share = largest["pictures"] / sum(entry["pictures"] for entry in entries)
    return (str(largest.get("name", "")), share) if share >= 2 * chance else None


def interval(figures: dict[str, Any]) -> tuple[float, float] | None:
    """Return the ends of the 95% interval of the accuracy; None where there is no accuracy."""
    accuracy, pictures = figures.get("accuracy"), figures.get("pictures")
    if accuracy is None or not pictures:
        return None
    return wilson(round(accuracy * pictures), pictures)


def _result(run: Run, split: str) -> Result | None:
    try:
        found = (run.test() if split == TEST else run.evaluation()) or {}
        if split == TEST and not found:
            found = run.evaluation() or {}  # without a validation split it is of the test pictures
    except RunError:
        found = {}
    figures = found if found.get("split") == split else {}
    path = RunFolder(run.path).predictions_of(split)
    names = tuple(str(entry.get("name", "")) for entry in figures.get("per_class", []))
    pictures, problem = None, ""
    if stamp := files.stamp(path):
        try:
            pictures = _read(path, stamp, split, _label_smoothing(run))
        except RunError as error:
            problem = str(error)
    elif figures:
        problem = (
            "What the model predicted for each picture was not kept, so there is nothing to show by "
            "picture."
        )
    if pictures and len(names) != len(pictures.per_class):
        names = _names_of(run, len(pictures.per_class))
    if not figures and pictures:
        figures = _named(pictures.figures, names) | {"epoch": 0}
    if not figures:
        return None
    return Result(
        split=split, figures=figures, class_names=names, pictures=pictures, problem=problem
    )


def _label_smoothing(run: Run) -> float:
    return run.config.label_smoothing if run.config else 0.0


def _names_of(run: Run, count: int) -> tuple[str, ...]:
    try:
        names = prepared_of(run).class_names
    except AugmentError:
        return ()
    return names if len(names) == count else ()


def _named(figures: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    if not names:
        return figures
    entries = zip(names, figures["per_class"], strict=True)
    return figures | {"per_class": [entry | {"name": name} for name, entry in entries]}


# Without the probabilities of all classes, which take the most memory by far.
@st.cache_resource(max_entries=16, show_spinner=False)
def _read(path: Path, stamp: tuple[int, ...], split: str, label_smoothing: float) -> Pictures:
    predictions = Predictions.read(path)
    classes = predictions.log_probabilities.shape[1]
    table = confusion(predictions)
    labels, others = np.nonzero(table)
    largest = np.argsort(-table[labels, others], kind="stable")[:MOST_CELLS]
    at = (labels[largest], others[largest])
    own = np.take_along_axis(
        predictions.log_probabilities, predictions.labels[:, None], axis=1
    ).astype(np.float64)
    numbers = [f"class {number + 1}" for number in range(classes)]
    pairs = most_confused(predictions, numbers, MOST_PAIRS)
    return Pictures(
        ids=predictions.ids,
        labels=predictions.labels,
        predicted=predictions.predicted,
        confidence=predictions.confidence,
        of_own=np.exp(own[:, 0]),
        cells=np.stack([*at, table[at]], axis=1),
        per_class=np.bincount(predictions.labels, minlength=classes),
        pairs=np.array(
            [(pair["label"], pair["predicted_label"], pair["count"]) for pair in pairs], np.int64
        ).reshape(-1, 3),
        worst=worst(predictions, MOST_WORST),
        figures=evaluate(
            predictions, numbers, split=split, epoch=0, label_smoothing=label_smoothing
        ),
    )
