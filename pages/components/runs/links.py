"""Links from a run to Explore, Train, Compare and Predict, and the addresses that they have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import streamlit as st

from augment.address import encode
from augment.compare.groups import AT_ONCE
from augment.models import IMAGENET, NONE
from augment.runs.config import RunConfig
from pages.components.pictures import data_choice, seed_epoch
from pages.components.runs import training_settings
from pages.components.session import workbench

GROUPS = "groups"
"""The address parameter of Compare: groups joined by semicolons, the ids of one by commas."""


def explore_link(config: RunConfig, *, label: str, epoch: int = 0) -> None:
    """Show a link that opens the recipe of a run in Explore.

    Args:
        config: The configuration of the run.
        label: The text of the link.
        epoch: The epoch of the draws, from 0.
    """
    st.page_link(
        "explore.py",
        label=label,
        icon=":material/filter_vintage:",
        query_params={
            workbench.PARAMETER: encode(config.recipe.to_json()),
        }
        | seed_epoch.link(config.seed)
        | ({"epoch": str(epoch)} if epoch else {})
        | _data(config),
    )


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
            workbench.PARAMETER: encode(config.recipe.to_json()),
        }
        | seed_epoch.link(config.seed)
        | training_settings.link(config)
        | _data(config),
    )


def _data(config: RunConfig) -> dict[str, str]:
    return data_choice.link(
        config.data,
        config.size,
        config.fit,
        config.splits,
        config.split_seed,
        config.leave_out,
    )


def predict_link(run_id: str) -> None:
    """Show a link that asks the model of a run about pictures."""
    st.page_link(
        "predict.py",
        label="Try it on a picture",
        icon=":material/image_search:",
        help="Opens Predict with the model of this run.",
        query_params={"run": run_id},
    )


def with_epochs(config: RunConfig, epochs: int) -> RunConfig:
    """Return a configuration with another number of epochs."""
    return replace(config, epochs=epochs, head_epochs=min(config.head_epochs, epochs))


def compare_link(groups: Sequence[Iterable[str]], *, label: str, help: str | None = None) -> None:
    """Show a link that compares groups, which is disabled if they are too few or too many.

    Args:
        groups: The ids of the runs of each group, the base first.
        label: The text of the link.
        help: Its help.
    """
    can_compare = AT_ONCE.low <= len(groups) <= AT_ONCE.high
    st.page_link(
        "compare.py",
        label=label,
        icon=":material/compare_arrows:",
        help=help
        if can_compare
        else f"Compare takes {AT_ONCE.low} to {AT_ONCE.high} runs or seed groups; here it is "
        f"{len(groups)}.",
        disabled=not can_compare,
        query_params=groups_address(groups) if can_compare else None,
    )


def groups_address(groups: Iterable[Iterable[str]]) -> dict[str, str]:
    """Return the address parameters of Compare for groups, each of these ids of runs."""
    return {GROUPS: ";".join(",".join(ids) for ids in groups)}
