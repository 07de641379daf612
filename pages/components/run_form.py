"""What a training is asked to do, as widgets; limits and defaults are those of `RunConfig`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from augment import NotPrepared, Recipe, data
from augment.data import Prepared, Source
from augment.train import RunConfig
from augment.train.config import limits
from pages.components import chosen_data, dealt, ignored
from pages.components.dealt import Dealt
from pages.components.draws import seed_input
from pages.components.size_control import size_control
from pages.components.words import escaped


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
                max_chars=60,
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
