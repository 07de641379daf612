"""The link from a run to a training with the same recipe and settings, to be changed before it starts."""

from __future__ import annotations

import streamlit as st

from augment.models import IMAGENET, NONE
from augment.runs.config import RunConfig
from pages.components.pictures import data_choice
from pages.components.runs import training_settings
from pages.components.session import address, workbench


def clone_link(config: RunConfig) -> None:
    """Show a link that opens Train with the recipe and the settings of a run."""
    has_file = config.weights not in (NONE, IMAGENET)
    st.page_link(
        "train.py",
        label="Clone and edit",
        icon=":material/content_copy:",
        help="Opens Train with the recipe and all settings of this run"
        + (", except its file of weights, which only the command line takes." if has_file else "."),
        query_params={
            workbench.PARAMETER: address.encode(config.recipe.to_json()),
            "seed": str(config.seed),
            training_settings.SIZE: str(config.size),
        }
        | training_settings.link(config)
        | data_choice.link(config.data, config.fit, config.splits, config.split_seed),
    )
