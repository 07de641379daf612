"""What a training is asked to do, as widgets; limits and defaults are those of `RunConfig`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from augment import NotPrepared, Recipe, data
from augment.data import Prepared, Source
from augment.train import RunConfig
from augment.train.config import limits
from pages.components.controls import SIZES
from pages.components.draws import seed_input
from pages.components.words import count


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
    with st.grid(3, min_column_width=200):
        name = st.selectbox("Data", data.names(), key="data", bind="query-params")
        size = st.selectbox(
            "Picture size in pixels",
            SIZES,
            index=SIZES.index(RunConfig.size),
            help="Twice the side takes about four times as long.",
            key="train_size",
            bind="query-params",
        )
        config = {
            "data": name,
            "size": size,
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
                max_chars=60,
                placeholder="Optional",
                help="To find it again among the runs.",
            ),
        }
    source = data.source(name)
    try:
        prepared = data.open_prepared(name, size)
    except NotPrepared:
        prepared = None
    return Form(config=config, source=source, prepared=prepared)


def run_config(form: Form, recipe: Recipe) -> RunConfig:
    """Return the configuration.

    Raises:
        ConfigError: A field is not allowed.
    """
    return RunConfig(recipe=recipe, **form.config)


def forecast(form: Form) -> str:
    """Return in words what starting will bring."""
    assert form.prepared is not None
    train, validation = (form.prepared.split(name) for name in ("train", "validation"))
    batch_size, epochs, seed = (form.config[name] for name in ("batch_size", "epochs", "seed"))
    steps = data.batches.batch_rows(train.ids, batch_size=batch_size, seed=seed, epoch=0)
    return (
        f"{count(epochs, 'epoch')} of {count(len(steps), 'step')} each, "
        f"{count(len(steps[0]), 'picture')} a step, over {len(train):,} training pictures; after each "
        f"epoch a look at {len(validation):,} validation pictures, which are never augmented. "
        "Nothing moves before the first step: on two processor cores, loading TensorFlow and building "
        "the training graph takes 30 to 60 seconds. How long the rest takes is said as soon as a few "
        "steps have been measured. Trainings that are already waiting go first."
    )


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
