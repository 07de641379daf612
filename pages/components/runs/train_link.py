"""The link from a run to Train, whose form then has the recipe and the settings of the run."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from augment.models import IMAGENET, NONE
from augment.runs.config import RunConfig
from pages.components.pictures import data_choice
from pages.components.runs import training_settings
from pages.components.session import address, workbench


def train_link(
    config: RunConfig, *, label: str, help: str, icon: str = ":material/play_circle:"
) -> None:
    """Show a link that opens Train with the recipe and the settings of a run, to change and start them.

    Args:
        config: The configuration of the run, or one derived from it.
        label: The text of the link.
        help: Its help; a sentence follows where a file of weights is left out, as an address names none.
        icon: Its icon.
    """
    if config.weights not in (NONE, IMAGENET):
        help += " Its file of weights is left out: only the command line takes one."
    st.page_link(
        "train.py",
        label=label,
        icon=icon,
        help=help,
        query_params={
            workbench.PARAMETER: address.encode(config.recipe.to_json()),
            "seed": str(config.seed),
            training_settings.SIZE: str(config.size),
        }
        | training_settings.link(config)
        | data_choice.link(config.data, config.fit, config.splits, config.split_seed),
    )


def with_epochs(config: RunConfig, epochs: int) -> RunConfig:
    """Return a configuration with another number of epochs."""
    return replace(config, epochs=epochs, head_epochs=min(config.head_epochs, epochs))
