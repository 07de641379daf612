"""The saved model of a run: its figures, classes, confusions and worst pictures, and what it was fed."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from augment import RunError
from augment.data.source import TEST, VALIDATION
from augment.models import IMAGENET, MODELS
from augment.runs import Run
from augment.runs.evaluation import remark
from augment.runs.stages import head_epochs
from pages.components.runs.classes import classes
from pages.components.runs.confused import confused
from pages.components.runs.predicted import Result, chance_of, interval, majority, results
from pages.components.runs.replay import replay
from pages.components.runs.results import accuracy
from pages.components.runs.take_away import take_away
from pages.components.runs.testing import testing
from pages.components.runs.tta import tta
from pages.components.runs.worst import worst
from pages.components.session.text import escaped

CLASSES, CONFUSED, WORST, REPLAY, TESTING, TTA, TAKE_AWAY = TABS = (
    "Classes",
    "Confusions",
    "Worst pictures",
    "What the model saw",
    "Test",
    "Test-time augmentation",
    "Take away",
)


def saved_model(run: Run) -> None:
    """Show the results of a run by split, and the batches of its training."""
    found = results(run)
    split = _split(run, found)
    result = found.get(split)
    if result:
        chance = chance_of(run, result.figures)
        _figures(run, result, chance)
    places = st.tabs(TABS, key=f"{run.id} results", on_change="rerun")
    key = f"{run.id} {split}"
    for name, place in zip(TABS, places, strict=True):
        if not place.open:
            continue
        with place:
            if name == REPLAY and run.config:
                replay(run, run.config, _begun(run))
            elif name == REPLAY:
                st.info("The configuration of the run cannot be used.")
            elif name == TESTING:
                testing(run, _test(run))
            elif name == TTA:
                tta(run)
            elif name == TAKE_AWAY:
                take_away(run)
            elif result is None:
                st.info(_nothing(run))
            elif name == CLASSES:
                classes(result, chance, key)
            elif name == CONFUSED:
                confused(run, result, key)
            else:
                worst(run, result)


def _split(run: Run, found: dict[str, Result]) -> str:
    """Return the split whose results are shown; the user chooses, where there are two."""
    if len(found) < 2:
        return next(iter(found), VALIDATION)
    split: str = st.segmented_control(
        "Results on the pictures of",
        list(found),
        default=VALIDATION,
        required=True,
        key=f"{run.id} split",
        help=f"- **{VALIDATION}**: they selected the best epoch.\n"
        f"- **{TEST}**: nothing was chosen by them.",
    )
    return split


def _figures(run: Run, result: Result, chance: float | None) -> None:
    figures = result.figures
    after = f", after epoch {figures['epoch']}" if figures.get("epoch") else ""
    st.subheader(f"Saved model on {result.split}{after}", anchor=False)
    with st.container(horizontal=True):
        for name, label, meaning in _SHARES:
            if isinstance(value := figures.get(name), int | float):
                guess = None if chance is None else min(1.0, (5 if name == "top5" else 1) * chance)
                accuracy(label, value, guess, help=meaning)
        for name, label, number, meaning in _OTHERS:
            if isinstance(value := figures.get(name), int | float) and math.isfinite(value):
                st.metric(label, format(value, number), help=meaning, width="content")
    texts = []
    if ends := interval(figures):
        texts.append(
            f"With other pictures of the same kind, the accuracy may lie between {ends[0]:.1%} and "
            f"{ends[1]:.1%} (95% interval)."
        )
    texts.append(_remark(run, figures))
    if largest := majority(figures, chance):
        texts.append(f"Always answering {largest[0]} would be right in {largest[1]:.0%}.")
    validated = evaluation_of(run)
    is_of_another = validated.get("epoch") != figures.get("epoch")
    if result.split == TEST and validated.get("split") == VALIDATION and is_of_another:
        texts.append(
            "The test pictures were evaluated before the run was resumed, so with an earlier model."
        )
    st.caption(escaped(" ".join(filter(None, texts))))


def model_note(run: Run) -> str:
    """Return what must be said of a model beside its figures; empty for most."""
    config = run.config
    if config is None:
        return ""
    notes = []
    if config.weights == IMAGENET:
        model = MODELS[config.model]
        notes.append(f"{model.title} with ImageNet weights. {model.imagenet_note}")
    if head_epochs(config) == config.epochs:
        notes.append(
            "With a frozen body augmentation does not pay: compare recipes by runs that train the body."
        )
    return " ".join(notes)


_SHARES = (
    ("accuracy", "Accuracy", "The share of the pictures whose class the model names."),
    (
        "top5",
        "Top-5 accuracy",
        "The share of the pictures whose class is among the five that the model finds likeliest.",
    ),
    (
        "macro_accuracy",
        "Mean of the classes",
        "Macro accuracy: the mean of the accuracies of the classes, so that a rare class counts as much "
        "as a frequent one.",
    ),
)
_OTHERS = (
    (
        "cross_entropy",
        "Cross-entropy",
        ".3f",
        "The loss without label smoothing: 0 would be perfect; 0.7 is a coin's toss, and guessing among "
        "102 classes is 4.6.",
    ),
    (
        "ece",
        "Calibration error",
        ".1%",
        "ECE: how far confidence is from accuracy. A model that is 80% sure, and then right in 80% of "
        "the cases, has 0.",
    ),
)


def _remark(run: Run, figures: dict[str, Any]) -> str:
    if figures.get("accuracy") is None or not figures.get("pictures"):
        return ""
    try:
        validated = sum("val_accuracy" in row for row in run.epochs())
    except RunError:
        return ""
    return remark(figures, validated)


def evaluation_of(run: Run) -> dict[str, Any]:
    """Return the entries of ``evaluation.json``; empty where there is none, or it is damaged."""
    try:
        return run.evaluation() or {}
    except RunError:
        return {}


def _test(run: Run) -> dict[str, Any]:
    try:
        return run.test() or {}
    except RunError:
        return {}


def _begun(run: Run) -> int:
    try:
        steps, epochs = run.steps(), run.epochs()
    except RunError:
        return 0
    return int(max((row["epoch"] for row in (*steps[-1:], *epochs[-1:])), default=0))


def _nothing(run: Run) -> str:
    if run.is_over:
        return "This run has no evaluation of a model."
    return "The results appear with the first epoch that is validated."
