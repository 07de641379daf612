"""What starting a training will bring, in words.

What a training is asked to do, as widgets; limits and defaults are those of `RunConfig`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from augment import DataError, NotPrepared, Recipe, data
from augment.data import Prepared, Source
from augment.data.source import TEST, TRAIN, VALIDATION
from augment.runs.config import NAME_LENGTH, limits
from augment.train import RunConfig
from pages.components.pictures import chosen_data, dealt
from pages.components.pictures.dealt import Dealt
from pages.components.pictures.draws import seed_input
from pages.components.pictures.size_control import size_control
from pages.components.session import ignored
from pages.components.session.words import count, escaped


def forecast(form: Form) -> str:
    """Return in words what starting will bring; the data are prepared.

    Raises:
        DataError: There are no pictures to train on.
    """
    assert form.prepared is not None
    if TRAIN not in form.prepared.splits:
        raise DataError(form.prepared.split_note)
    train = form.prepared.split(TRAIN)
    batch_size, epochs, seed = (form.config[name] for name in ("batch_size", "epochs", "seed"))
    steps = data.batches.batch_rows(train.ids, batch_size=batch_size, seed=seed, epoch=0)
    return (
        f"{count(epochs, 'epoch')} of {count(len(steps), 'step')} each, "
        f"{count(len(steps[0]), 'picture')} a step, over {len(train):,} training pictures; "
        f"{_judging(form.prepared)} "
        "Nothing moves before the first step: on two processor cores, loading TensorFlow and building "
        "the training graph takes 30 to 60 seconds. How long the rest takes is said as soon as a few "
        "steps have been measured. Trainings that are already waiting go first."
    )


def _judging(prepared: Prepared) -> str:
    there = {name: count(len(split), f"{name} picture") for name, split in prepared.splits.items()}
    if VALIDATION in there:
        said = (
            f"after each epoch a look at {there[VALIDATION]}, which are never augmented; the model "
            "that does best on them is kept."
        )
        return f"{said} The {there[TEST]} are not looked at." if TEST in there else said
    if TEST in there:
        return (
            f"the last model is kept, and judged once by {there[TEST]}, which are never augmented."
        )
    return "the last model is kept, and nothing is left to judge it by."


@dataclass(frozen=True, kw_only=True)
class Form:
    """What is filled in: the fields of a `RunConfig` but the recipe, and the data, if prepared."""

    config: dict[str, Any]
    source: Source
    prepared: Prepared | None


def show() -> Form:
    """Show the form and return what is filled in.

    Raises:
        DataError: What is on disk cannot be used.
    """
    with st.container(border=True):
        st.subheader("Pictures", anchor=False)
        source, size, fit, held = _data()
    with st.container(border=True), st.grid(4, min_column_width=200):
        config = {
            "data": source.name,
            "size": size,
            "fit": fit,
            "splits": held.splits if held else RunConfig.splits,
            "split_seed": held.split_seed if held else RunConfig.split_seed,
            "epochs": _number(
                "epochs", "Epochs", step=1, help="Passes over the training pictures."
            ),
            "batch_size": _number(
                "batch_size",
                "Batch size",
                step=1,
                help="Pictures a step; mixing stays within them.",
            ),
            "learning_rate": _number(
                "learning_rate", "Learning rate", step=0.001, help="Of SGD with momentum 0.9."
            ),
            "label_smoothing": _number(
                "label_smoothing",
                "Label smoothing",
                step=0.05,
                help="How much of each label is spread over all classes.",
            ),
            "seed": seed_input(
                help="Of the order, the draws and the first weights; the same as in Explore."
            ),
            "weights": st.selectbox(
                "Weights",
                [RunConfig.weights],
                disabled=True,
                help="The model learns from scratch, as in the Keras guide.",
            ),
            "name": st.text_input(
                "Name",
                max_chars=NAME_LENGTH,
                placeholder="Optional",
                help="To find it again among the runs.",
            ),
        }
    return Form(config=config, source=source, prepared=held.prepared if held else None)


def _data() -> tuple[Source, int, str, Dealt | None]:
    """Show which pictures to train on, and how they are cut and dealt; None if they are not prepared."""
    chosen_data.bring_along()
    names = data.names()
    chosen_data.let_go(names)
    with st.grid(4, min_column_width=200):
        name = st.selectbox("Data", names, key="data", bind="query-params")
        ignored.took("data", name, names)
        size = size_control(
            name,
            label="Picture size in pixels",
            usual=RunConfig.size,
            help="Twice the side takes about four times as long.",
            key="train_size",
        )
        fit = dealt.fit_control()
        chosen_data.remember(data=name, fit=fit)
        try:
            held = dealt.open_dealt(name, size, fit)
            chosen_data.remember(splits=held.chosen, split_seed=held.split_seed)
        except NotPrepared:
            held = None
    source = data.source(name)
    st.caption(escaped(source.title))
    return source, size, fit, held


def run_config(form: Form, recipe: Recipe) -> RunConfig:
    """Return the configuration.

    Raises:
        ConfigError: A field is not allowed.
    """
    return RunConfig(recipe=recipe, **form.config)


def _number(name: str, label: str, *, step: float, help: str) -> Any:
    allowed, default = limits(name), getattr(RunConfig, name)
    kind = type(default)
    return st.number_input(
        label,
        min_value=kind(allowed.low),
        max_value=kind(allowed.high),
        value=default,
        step=step,
        format="%d" if kind is int else "%g",
        help=help,
        key=name,
        bind="query-params",
    )
