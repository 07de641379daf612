"""The results of a run as text and as JSON: its figures, classes, confused pairs and worst samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from augment.cli import output
from augment.data.source import TEST, VALIDATION
from augment.engine.limits import cut, visible
from augment.errors import AugmentError, RunError
from augment.runs import Run, folders
from augment.runs.evaluation import Predictions, most_confused, remark, wilson, worst
from augment.system.units import counted

PAIRS = SAMPLES = 10
"""How many of the most confused pairs and of the worst samples are shown."""

_FIGURES: Sequence[tuple[str, str, str]] = (
    ("top5", "top 5", "the class is among the five likeliest"),
    ("macro_accuracy", "macro accuracy", "mean over the classes"),
    ("cross_entropy", "cross-entropy", "without label smoothing"),
    ("loss", "loss", "with label smoothing, as trained"),
    ("ece", "ECE", "expected calibration error, 15 bins of confidence"),
)
_SHARES = ("top5", "macro_accuracy", "ece")
_LONGEST_NAME = 40

T = TypeVar("T")


def readable(read: Callable[[], T]) -> T | None:
    """Return what a file of a run has; None if it cannot be read, which is a problem of the run."""
    try:
        return read()
    except RunError:
        return None


def document(run: Run) -> dict[str, Any]:
    """Return the results as JSON values.

    ``evaluation`` and ``test`` have the entries of the files of these names, or are None;
    ``most_confused`` and ``worst`` have a list for each split of which there are predictions.
    """
    found: dict[str, Any] = {
        "evaluation": readable(run.evaluation),
        "test": readable(run.test),
        "most_confused": {},
        "worst": {},
    }
    for split, predictions, class_names in _predicted(run):
        found["most_confused"][split] = most_confused(predictions, class_names, PAIRS)
        found["worst"][split] = _worst(run, split, predictions, class_names)
    return found


def _can_be_tested(run: Run) -> bool:
    try:
        return run.config is not None and TEST in run.config.prepared().splits
    except AugmentError:  # its data were removed; the command says how to prepare them again
        return True


def show(run: Run, *, classes: int | None, split: str | None) -> None:
    """Print the results, or nothing where there are none.

    Args:
        run: The run.
        classes: How many of the best and of the worst classes; None for all.
        split: The split whose classes, pairs and samples are shown; None for that of the evaluation.
    """
    evaluation, test = readable(run.evaluation) or {}, readable(run.test) or {}
    is_of_test = test and test.get("split") == evaluation.get("split")  # which has the times, too
    for entries in (test,) if is_of_test else (evaluation, test):
        if _is_complete(entries):
            output.line()
            show_figures(run, entries)
    if run.is_over and evaluation.get("split") == VALIDATION and not test and _can_be_tested(run):
        output.line(
            f"The test split was not evaluated yet; python -m augment runs test {run.id} does that."
        )
    if test and evaluation and test.get("epoch") != evaluation.get("epoch"):
        output.line(
            "The test split was evaluated before the run was resumed, with the model of epoch "
            f"{test.get('epoch')}."
        )
    split = split or evaluation.get("split") or TEST
    details = test if test.get("split") == split else evaluation
    if details.get("split") == split and details.get("per_class"):
        _show_classes(details, classes)
    for name, predictions, class_names in _predicted(run):
        if name == split:
            _show_pairs(predictions, class_names)
            _show_samples(_worst(run, split, predictions, class_names))


def show_figures(run: Run, entries: Mapping[str, Any]) -> None:
    """Print the figures of an evaluation that has at least a split, an epoch and an accuracy."""
    pictures = entries["pictures"]
    output.line(
        f"{entries['split'].upper()} ({pictures:,} pictures, after epoch {entries['epoch']})"
    )
    low, high = wilson(round(entries["accuracy"] * pictures), pictures)
    note = f"95% interval {low:.1%} to {high:.1%}"
    if (chance := entries.get("chance")) is not None:
        note += f"; chance {chance:.1%}{_majority(entries)}"
    output.line(f"{'accuracy':16} {entries['accuracy']:<8.1%} {note}")
    for name, title, meaning in _FIGURES:
        if (value := entries.get(name)) is not None:
            text = f"{value:.1%}" if name in _SHARES else f"{value:.4f}"
            output.line(f"{title:16} {text:8} {meaning}")
    for moment in map(folders.parse_time, entries.get("evaluated_at", [])):
        if moment:
            output.line(f"{'evaluated':16} {moment:%Y-%m-%d %H:%M:%S} UTC")
    validated = sum("val_accuracy" in row for row in readable(run.epochs) or [])
    output.line(remark(entries, validated))


def _is_complete(entries: Mapping[str, Any]) -> bool:
    needed = ("split", "pictures", "epoch", "accuracy")
    return all(entries.get(name) is not None for name in needed) and entries["pictures"] > 0


def _majority(entries: Mapping[str, Any]) -> str:
    """Return what a constant answer is right about, where that is much more than a guess is."""
    counts = {entry["name"]: entry["pictures"] for entry in _classes(entries)}
    name = max(counts, key=lambda each: counts[each], default="")
    share = counts.get(name, 0) / entries["pictures"]
    if share < 2 * entries["chance"]:
        return ""
    return f', and {share:.1%} for answering "{_short(name)}" always'


def _classes(entries: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the entries of the classes that have a name and their counts."""
    needed = {"name", "pictures", "correct"}
    return [entry for entry in entries.get("per_class", []) if needed <= set(entry)]


def _show_classes(entries: Mapping[str, Any], most: int | None) -> None:
    found = sorted(
        (entry for entry in _classes(entries) if entry["pictures"]),
        key=lambda entry: (-entry["correct"] / entry["pictures"], entry["name"]),
    )
    rows = [_class_row(entry) for entry in found]
    if most is not None and len(rows) > 2 * most:
        between = (f"... {len(rows) - 2 * most} more: --classes all", "", "", "", "")
        rows = [*rows[:most], between, *rows[len(rows) - most :]]
    output.line()
    output.table(("CLASS", "PICTURES", "CORRECT", "ACCURACY", "95% INTERVAL"), rows)
    if missing := len(_classes(entries)) - len(found):
        output.line(
            f"Without a picture in {entries['split']}: {counted(missing, 'class', 'classes')}."
        )


def _class_row(entry: Mapping[str, Any]) -> tuple[str, ...]:
    correct, pictures = entry["correct"], entry["pictures"]
    low, high = wilson(correct, pictures)
    share = f"{correct / pictures:.1%}"
    return _short(entry["name"]), f"{pictures}", f"{correct}", share, f"{low:.0%} to {high:.0%}"


def _show_pairs(predictions: Predictions, class_names: Sequence[str]) -> None:
    rows = [
        (_short(pair["name"]), _short(pair["predicted"]), f"{pair['count']} of {pair['pictures']}")
        for pair in most_confused(predictions, class_names, PAIRS)
    ]
    if rows:
        output.line()
        output.table(("MOST CONFUSED", "TAKEN FOR", "PICTURES"), rows)


def _show_samples(samples: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        (
            _short(sample["sample"] or f"id {sample['id']}"),
            _short(sample["name"]),
            _short(sample["predicted"] or "nothing"),
            "" if sample["confidence"] is None else f"{sample['confidence']:.1%}",
            "" if sample["loss"] is None else f"{sample['loss']:.2f}",
        )
        for sample in samples
    ]
    output.line()
    output.table(("WORST SAMPLES", "CLASS", "TAKEN FOR", "CONFIDENCE", "LOSS"), rows)


def _predicted(run: Run) -> Iterator[tuple[str, Predictions, list[str]]]:
    """Yield each split of which there are predictions of the classes that were evaluated."""
    evaluations = (readable(run.evaluation) or {}, readable(run.test) or {})
    class_names = next(
        filter(None, ([e["name"] for e in _classes(each)] for each in evaluations)), []
    )
    for split in (VALIDATION, TEST):
        predictions = readable(lambda split=split: run.predictions(split))  # type: ignore[misc]
        if predictions and predictions.log_probabilities.shape[1] == len(class_names):
            yield split, predictions, class_names


def _worst(
    run: Run, split: str, predictions: Predictions, class_names: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the worst samples as JSON values; ``sample`` is None where the data is gone."""
    rows = worst(predictions, SAMPLES)
    names = _sample_names(run, split, predictions.ids[rows].tolist())
    losses = predictions.losses()
    return [
        {
            "id": int(predictions.ids[row]),
            "sample": names.get(int(predictions.ids[row])),
            "name": class_names[predictions.labels[row]],
            "label": int(predictions.labels[row]),
            "predicted": class_names[predicted] if predicted >= 0 else None,
            "predicted_label": int(predicted) if predicted >= 0 else None,
            "confidence": _finite(predictions.confidence[row]),
            "loss": _finite(losses[row]),
        }
        for row, predicted in zip(rows, predictions.predicted[rows], strict=True)
    ]


def _sample_names(run: Run, split: str, ids: Sequence[int]) -> dict[int, str]:
    """Return the names of those pictures that are still prepared."""
    try:
        prepared = run.config.prepared().splits.get(split) if run.config else None
    except AugmentError:
        return {}
    if prepared is None:
        return {}
    rows = np.flatnonzero(np.isin(prepared.ids, ids))
    return {int(prepared.ids[row]): prepared.sample_names[int(row)] for row in rows}


def _finite(number: float) -> float | None:
    return round(float(number), 6) if np.isfinite(number) else None


def _short(name: str) -> str:
    return cut(visible(name), _LONGEST_NAME)
