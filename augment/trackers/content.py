"""What is exported of a run: a plain description, which every tracker writes in its own form.

All of it is read from the folder of the run, and nothing is written there. What cannot be read is a
sentence in `Content.problems`; the rest is exported.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from augment.data.source import TEST, TRAIN, VALIDATION
from augment.engine.limits import visible
from augment.engine.recipe import Recipe
from augment.errors import AugmentError, RunError
from augment.inspect.sheet import Tile, captions, cut_to_width, draw_sheet, in_a_line, sheet_font
from augment.runs import folders
from augment.runs.config import RunConfig
from augment.runs.evaluation import Predictions, confusion
from augment.runs.folders import RunFolder
from augment.runs.run import Run
from augment.runs.stages import first_augmented
from augment.train.epoch_batches import EpochBatches

Setting = bool | int | float | str

FIGURES = ("accuracy", "top5", "macro_accuracy", "cross_entropy", "loss", "ece")
"""The figures of an evaluation that are exported, as ``evaluation.json`` names them."""

MOST_CLASSES = 1000
"""Classes of which a confusion matrix is exported; that of more is no table or picture to look at."""

_CURVES: Mapping[str, str] = {
    "loss": "train/loss",
    "accuracy": "train/accuracy",
    "val_loss": "validation/loss",
    "val_accuracy": "validation/accuracy",
}
_PICTURES = 9
_SIDE_PX, _LEAST_PX, _MOST_PX = 640, 1, 44  # of a confusion matrix, and of one of its cells
_NAMED, _NAME_PX, _TITLE_PX = 48, 150, 28
_NUMBER_PX = 26
_INK, _PAPER, _FULL = (28, 32, 36), (255, 255, 255), (8, 48, 107)

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Point:
    """One point of a curve.

    Attributes:
        name: The curve, as in "validation/accuracy".
        step: The epoch from 1, or for the curves "step/…" the training step from 1.
        value: Not always finite: a training may have diverged.
        time: When it was, in seconds since 1970: the start of the run and its seconds of training, so
            that it is the same whenever the run is exported.
    """

    name: str
    step: int
    value: float
    time: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Predicted:
    """What the saved model predicted for a split.

    Attributes:
        split: "validation" or "test".
        epoch: After which the model was saved.
        class_names: One a class.
        predictions: For each picture.
    """

    split: str
    epoch: int
    class_names: tuple[str, ...]
    predictions: Predictions

    def table(self) -> npt.NDArray[np.int64]:
        """Return the confusion matrix, int64 (K, K); rows are the classes of the pictures."""
        return confusion(self.predictions)

    def png(self) -> bytes:
        """Return the confusion matrix as a picture, each row shaded by shares of its class."""
        return confusion_png(
            self.table(), self.class_names, f"{self.split}, after epoch {self.epoch}"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Content:
    """What is exported of one run.

    Attributes:
        run: The run.
        started: The start of its first attempt, in seconds since 1970.
        settings: The settings and, by "STEP.PARAMETER", the values of the recipe's steps that are on.
        recipe: The recipe as JSON; empty if the configuration cannot be used.
        epochs: The rows of ``metrics.csv``.
        steps: The rows of ``steps.csv``, each with its ``training_step``, which counts through all
            epochs from 1.
        evaluations: The entries of ``evaluation.json`` and ``test.json``, by the split.
        predicted: What was predicted, for each split.
        points: All curves and figures, each point once.
        samples: A PNG file with pictures of the first augmented epoch as they were before, and as the
            model got them; None where they cannot be made again.
        problems: What could not be read, in sentences.
    """

    run: Run
    started: float
    settings: Mapping[str, Setting]
    recipe: str
    epochs: Sequence[Mapping[str, float]]
    steps: Sequence[Mapping[str, float]]
    evaluations: Mapping[str, Mapping[str, Any]]
    predicted: Sequence[Predicted]
    points: Sequence[Point]
    samples: bytes | None
    problems: Sequence[str]

    @property
    def confusions(self) -> list[Predicted]:
        """Those of `predicted` whose confusion matrix is exported: not of more than `MOST_CLASSES`."""
        return [each for each in self.predicted if len(each.class_names) <= MOST_CLASSES]

    @property
    def per_class(self) -> list[dict[str, Any]]:
        """The classes of all evaluations: split, class, pictures, correct, accuracy, low, high."""
        return [
            {"split": split, "class": visible(str(entry.get("name", number)))}
            | {name: entry.get(name) for name in ("pictures", "correct", "accuracy", "low", "high")}
            for split, entries in self.evaluations.items()
            for number, entry in enumerate(entries.get("per_class", []), start=1)
        ]


def content(run: Run) -> Content:
    """Return what can be exported of a run.

    Raises:
        RunError: It has no epoch, step or evaluation yet.
    """
    problems = [run.problem] if run.problem else []

    def part(read: Callable[[], T], otherwise: T, what: str = "") -> T:
        try:
            return read()
        except AugmentError as error:
            sentence = f"{what} {error}".strip()
            if str(error) not in run.problem:
                problems.append(sentence)
            return otherwise

    started = part(lambda: _started(run), _seconds(run.started or run.created))
    none: list[dict[str, float]] = []
    epochs = part(run.epochs, none)
    steps = _numbered(part(run.steps, none))
    read_evaluations: tuple[Callable[[], dict[str, Any] | None], ...] = (run.evaluation, run.test)
    evaluations = {
        str(entries["split"]): entries
        for read in read_evaluations
        if (entries := part(read, None)) and entries.get("split")
    }
    if not epochs and not steps and not evaluations:
        # What is damaged is the reason, where something is.
        why = " ".join(problems) or f"it has no epoch, step or evaluation yet ({run.phase})."
        raise RunError(f"Nothing of the run {run.id} can be exported: {why}")
    samples = None
    if run.config is not None:
        config = run.config
        samples = part(lambda: samples_png(config), None, "There are no sample pictures.")
    unknown: tuple[str, ...] = ()
    names = part(run.class_names, unknown)
    predicted = []
    for split in (VALIDATION, TEST):
        found = part(lambda split=split: run.predictions(split), None)  # type: ignore[misc]
        if found is not None:
            predicted.append(_predicted(split, found, names, evaluations.get(split, {})))
    return Content(
        run=run,
        started=started,
        settings=settings(run.config) if run.config else {},
        recipe=run.config.recipe.to_json(indent=2) if run.config else "",
        epochs=epochs,
        steps=steps,
        evaluations=evaluations,
        predicted=predicted,
        points=_points(epochs, steps, evaluations, started),
        samples=samples,
        problems=problems,
    )


def settings(config: RunConfig) -> dict[str, Setting]:
    """Return the settings of a run by their names, and those of the recipe's steps that are on.

    The latter are called "STEP.PARAMETER", as a sweep calls what it varies. Lists are JSON.
    """
    found: dict[str, Any] = config.without_folders()
    for name in ("recipe", "name"):  # the name may have changed since
        del found[name]
    for step in config.recipe.enabled_steps():
        own = step.to_dict()
        for name in ("id", "enabled", "steps"):
            own.pop(name, None)
        found |= {f"{step.id}.{name}": value for name, value in own.items()}
    return {
        visible(name): visible(value)
        if isinstance(value, str)
        else value
        if isinstance(value, bool | int | float)
        else json.dumps(value)
        for name, value in found.items()
    }


def rows(runs: Iterable[Run]) -> list[dict[str, Any]]:
    """Return a row for each run: what it is, the values that its sweep varies, and its accuracies."""
    runs = list(runs)
    keys = list(dict.fromkeys(key for run in runs for key in run.cell))
    return [
        {
            "id": run.id,
            "name": visible(run.title),
            "state": run.state,
            "sweep": run.sweep,
            **{key: run.cell.get(key) for key in keys},
            "seed": run.config.seed if run.config else None,
            "epochs": run.config.epochs if run.config else None,
            "accuracy": run.accuracy,
            "test_accuracy": run.test_accuracy,
            "stopped_early": run.stopped_early,
            "attempt": run.attempt,
            **{
                name: time.isoformat() if time else None
                for name, time in (
                    ("created", run.created),
                    ("started", run.started),
                    ("ended", run.ended),
                )
            },
            "tags": visible(", ".join(run.tags)),
            "note": "\n".join(map(visible, run.note.splitlines())),
        }
        for run in runs
    ]


def samples_png(config: RunConfig) -> bytes:
    """Return pictures of the first augmented epoch, before and as the model gets them, as a PNG file.

    Raises:
        DataError: The data are no longer prepared, or have no such splits.
    """
    prepared = config.prepared()
    batches, epoch = EpochBatches(config, prepared), first_augmented(config)
    shown = batches.pictures(epoch, 0, _PICTURES)
    plan = batches.plan(epoch, 0)
    split = prepared.split(TRAIN)
    row_of = {int(one): row for row, one in enumerate(split.ids)}
    tiles = []
    for place, one in enumerate(shown.ids.tolist()):
        row, label = row_of[one], shown.labels[place]
        tiles.append(
            Tile(
                before=np.asarray(split.images[row]),
                after=shown.images[place],
                name=prepared.class_names[split.labels[row]],
                captions=captions(plan, place, label, prepared.class_names) if plan else (),
            )
        )
    recipe = config.recipe if plan else Recipe()
    heading = [in_a_line(recipe), f"seed {config.seed}, epoch {epoch}, batch 1"]
    return _png(draw_sheet(tiles, heading))


def confusion_png(table: npt.NDArray[np.int64], class_names: Sequence[str], heading: str) -> bytes:
    """Return a confusion matrix as a PNG file: the darker a cell, the larger its share of the row.

    Args:
        table: int64 (K, K), counts; rows are the classes of the pictures, columns the predicted ones.
        class_names: One a class; written beside the rows where there are not too many.
        heading: A line above it.
    """
    classes = len(table)
    side = min(_MOST_PX, max(_LEAST_PX, _SIDE_PX // classes))
    shares = table / np.maximum(table.sum(1, keepdims=True), 1)
    paper, full = np.array(_PAPER, np.float64), np.array(_FULL, np.float64)
    cells = np.rint(paper + shares[..., None] * (full - paper)).astype(np.uint8)
    left = _NAME_PX if classes <= _NAMED else _TITLE_PX
    font = sheet_font()
    width = max(left + classes * side + _TITLE_PX, left + 300)
    picture = Image.new("RGB", (width, 2 * _TITLE_PX + classes * side), _PAPER)
    picture.paste(
        Image.fromarray(cells.repeat(side, axis=0).repeat(side, axis=1)), (left, _TITLE_PX)
    )
    pen = ImageDraw.Draw(picture)
    pen.text((6, 6), cut_to_width(heading, font, width - 12), _INK, font)
    below = "rows: class of the picture; columns: predicted"
    pen.text((6, picture.height - 20), cut_to_width(below, font, width - 12), _INK, font)
    for row in range(classes if classes <= _NAMED else 0):
        middle = _TITLE_PX + row * side + side // 2
        name = cut_to_width(f"{row + 1} {class_names[row]}", font, left - 10)
        pen.text((left - 6, middle), name, _INK, font, anchor="rm")
        for column in np.flatnonzero(table[row]).tolist() if side >= _NUMBER_PX else ():
            ink = _PAPER if shares[row, column] > 0.5 else _INK
            place = (left + column * side + side // 2, middle)
            pen.text(place, str(table[row, column]), ink, font, anchor="mm")
    pen.rectangle(
        (left, _TITLE_PX, left + classes * side - 1, _TITLE_PX + classes * side - 1), outline=_INK
    )
    return _png(picture)


def _started(run: Run) -> float:
    """Return when the first attempt of a run started, which no later attempt changes."""
    earlier = RunFolder(run.path).read_attempts()
    first = folders.parse_time(earlier[0].get("started")) if earlier else None
    return _seconds(first or run.started or run.created)


def _seconds(moment: datetime | None) -> float:
    return (moment or datetime.fromtimestamp(0, UTC)).timestamp()


def _numbered(steps: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """Return the rows with the number of each step through all epochs, whose lengths may differ."""
    found, before, epoch, length = [], 0.0, 1.0, 0.0
    for row in steps:
        if row["epoch"] > epoch:
            # Every epoch has a row; where those of one are damaged, its length is a guess.
            before += length * (row["epoch"] - epoch)
            epoch = row["epoch"]
        length = row["steps_per_epoch"]
        found.append(dict(row) | {"training_step": before + row["step"]})
    return found


def _points(
    epochs: Sequence[Mapping[str, float]],
    steps: Sequence[Mapping[str, float]],
    evaluations: Mapping[str, Mapping[str, Any]],
    started: float,
) -> list[Point]:
    found: list[Point] = []
    ends = {0: started}  # of each epoch
    for row in steps:
        time = started + row["seconds"]
        ends[int(row["epoch"])] = time
        number = int(row["training_step"])
        found += [
            Point(name=f"step/{name}", step=number, value=row[name], time=time)
            for name in ("loss", "accuracy")
        ]

    def end_of(epoch: int) -> float:
        return ends[max(each for each in ends if each <= epoch)]

    for row in epochs:
        epoch = int(row["epoch"])
        found += [
            Point(name=curve, step=epoch, value=row[name], time=end_of(epoch))
            for name, curve in _CURVES.items()
            if name in row
        ]
    for split, entries in evaluations.items():
        epoch = entries.get("epoch") or 0
        times = [folders.parse_time(each) for each in entries.get("evaluated_at", [])]
        time = _seconds(times[-1]) if times else end_of(epoch)
        found += [
            Point(name=f"saved_model/{split}/{name}", step=epoch, value=value, time=time)
            for name in FIGURES
            if (value := entries.get(name)) is not None
        ]
    return list({(point.name, point.step): point for point in found}.values())


def _predicted(
    split: str, found: Predictions, names: Sequence[str], entries: Mapping[str, Any]
) -> Predicted:
    classes = found.log_probabilities.shape[1]
    if len(names) != classes:
        names = [f"class {number}" for number in range(1, classes + 1)]
    return Predicted(
        split=split,
        epoch=found.epoch or entries.get("epoch") or 0,
        class_names=tuple(map(visible, names)),
        predictions=found,
    )


def _png(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()
