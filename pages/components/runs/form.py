"""The form of a training, with the limits and defaults of `RunConfig`, and what starting it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from augment import DataError, Recipe, data
from augment.data import Prepared, Source
from augment.data.source import TEST, TRAIN, VALIDATION
from augment.runs.config import NAME_LENGTH, RunConfig, limits
from augment.system.units import counted
from pages.components.pictures.data_choice import DataChoice, data_choice
from pages.components.pictures.seed_epoch import seed_input
from pages.components.session.text import escaped


@dataclass(frozen=True, kw_only=True)
class Form:
    """What is filled in: the fields of a `RunConfig` without the recipe, and the data if prepared."""

    config: dict[str, Any]
    source: Source
    prepared: Prepared | None

    def run_config(self, recipe: Recipe) -> RunConfig:
        """Return the configuration of a run.

        Raises:
            ConfigError: A field is not allowed.
        """
        return RunConfig(recipe=recipe, **self.config)


def training_form() -> Form:
    """Show the form and return what is filled in.

    Raises:
        DataError: The prepared data cannot be used.
    """
    with st.container(border=True):
        st.subheader("Pictures", anchor=False)
        choice = data_choice(
            size_key="train_size",
            size_label="Picture size in pixels",
            size_default=RunConfig.size,
            size_help="Twice the side takes about four times as long.",
        )
        st.caption(escaped(choice.source.title))
    with st.container(border=True):
        with st.grid(4, min_column_width=200):
            config = {**_data_fields(choice), **_training_fields()}
        st.caption(
            "The model is trained from scratch, as in the Keras guide. To start from other weights, use "
            "`python -m augment train --weights`."
        )
    return Form(config=config, source=choice.source, prepared=choice.prepared)


def _data_fields(choice: DataChoice) -> dict[str, Any]:
    splits = choice.splits
    return {
        "data": choice.source.name,
        "size": choice.size,
        "fit": choice.fit,
        "splits": splits.scheme if splits else RunConfig.splits,
        "split_seed": splits.seed if splits else RunConfig.split_seed,
    }


def _training_fields() -> dict[str, Any]:
    return {
        "epochs": _number("epochs", "Epochs", step=1, help="Passes over the training pictures."),
        "batch_size": _number(
            "batch_size",
            "Batch size",
            step=1,
            help="Pictures in each step; mixing takes its partners from the same batch.",
        ),
        "learning_rate": _number(
            "learning_rate",
            "Learning rate",
            step=0.001,
            help=f"The learning rate of SGD; its momentum is {RunConfig.momentum:g}.",
        ),
        "label_smoothing": _number(
            "label_smoothing",
            "Label smoothing",
            step=0.05,
            help="The share of each label that is spread over all classes.",
        ),
        "seed": seed_input(
            help="The seed of the order, the draws and the initial weights; Explore uses the same one."
        ),
        "name": st.text_input(
            "Name",
            max_chars=NAME_LENGTH,
            placeholder="Optional",
            help="The title of the run in the list of runs.",
        ),
    }


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


def forecast(form: Form, prepared: Prepared) -> str:
    """Return what starting the training does.

    Raises:
        DataError: There are no pictures to train on.
    """
    if TRAIN not in prepared.splits:
        raise DataError(prepared.split_note)
    train = prepared.split(TRAIN)
    batch_size, epochs, seed = (form.config[name] for name in ("batch_size", "epochs", "seed"))
    steps = data.batches.batch_rows(train.ids, batch_size=batch_size, seed=seed, epoch=0)
    return (
        f"{counted(epochs, 'epoch')} of {counted(len(steps), 'step')} each, with "
        f"{counted(len(steps[0]), 'picture')} per step, over {len(train):,} training pictures. "
        f"{_evaluation(prepared)} Loading TensorFlow and building the training graph takes 30 to 60 "
        "seconds on two processor cores; the remaining time is shown after the first steps. Trainings "
        "that are already in the queue run first."
    )


def _evaluation(prepared: Prepared) -> str:
    pictures = {
        name: counted(len(split), f"{name} picture") for name, split in prepared.splits.items()
    }
    if VALIDATION in pictures:
        text = (
            f"After each epoch the model is evaluated on {pictures[VALIDATION]}, without augmentation, "
            "and the best one is kept."
        )
        return f"{text} The {pictures[TEST]} are not used." if TEST in pictures else text
    if TEST in pictures:
        return (
            f"The last model is kept and evaluated once on {pictures[TEST]}, without augmentation."
        )
    return "The last model is kept, and there is no split to evaluate it on."
