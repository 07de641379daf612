"""The link from a run to Train, whose form then has the settings of the run."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from augment.models import IMAGENET, NONE
from augment.runs.config import RunConfig
from augment.runs.presets import DEFAULTS
from pages.components.pictures import data_choice
from pages.components.runs import training_settings
from pages.components.session import address, workbench


def train_link(config: RunConfig, *, label: str, help: str | None = None, epochs: int = 0) -> None:
    """Show a link that opens Train with the settings of a run, to change and start them.

    A file of weights is not part of an address, so that Train begins without it.

    Args:
        config: The configuration of the run.
        label: The text of the link.
        help: Its help.
        epochs: Another number of epochs; 0 for that of the run.
    """
    if config.weights not in (NONE, IMAGENET):
        config = replace(config, weights=NONE, head_epochs=0, trainable="all")
    if epochs:
        config = replace(config, epochs=epochs, head_epochs=min(config.head_epochs, epochs))
    values = config.to_dict()
    changed = {
        name: training_settings.written(values[name])
        for name in training_settings.FIELDS
        if values[name] != DEFAULTS[name]
    }
    st.page_link(
        "train.py",
        label=label,
        icon=":material/play_circle:",
        help=help,
        query_params={
            workbench.PARAMETER: address.encode(config.recipe.to_json()),
            "preset": training_settings.NO_PRESET,
            training_settings.SIZE: str(config.size),
            "seed": str(config.seed),
        }
        | changed
        | data_choice.link(config.data, config.fit, config.splits, config.split_seed),
    )
