"""The link from a run to Explore, with the recipe, the seed and the pictures of the run."""

from __future__ import annotations

import streamlit as st

from augment.runs.config import RunConfig
from pages.components.pictures import data_choice
from pages.components.session import address, workbench


def explore_link(config: RunConfig, *, label: str, epoch: int = 0) -> None:
    """Show a link that opens the recipe of a run in Explore.

    Args:
        config: The configuration of the run.
        label: The text of the link.
        epoch: The epoch of the draws, from 0.
    """
    sizes = data_choice.sizes_of(config.data)
    st.page_link(
        "explore.py",
        label=label,
        icon=":material/filter_vintage:",
        query_params={
            workbench.PARAMETER: address.encode(config.recipe.to_json()),
            "seed": str(config.seed),
        }
        | ({"epoch": str(epoch)} if epoch else {})
        | ({"size": str(config.size)} if config.size in sizes else {})
        | data_choice.link(config.data, config.fit, config.splits, config.split_seed),
    )
