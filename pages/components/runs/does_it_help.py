"""The question whether a recipe helps: trained with it and without, with the same seeds."""

from __future__ import annotations

import streamlit as st

from augment import AugmentError, runs
from augment.runs import experiments
from augment.runs.config import RunConfig
from augment.runs.groups import meaning
from augment.runs.stages import head_epochs
from augment.system.units import counted
from augment.train.forecast import Forecast, several_s
from pages.components.runs.links import groups_address
from pages.components.runs.orders import with_ids
from pages.components.session import person
from pages.components.session.text import escaped

LABEL = "Does it help?"


def obstacle(config: RunConfig) -> str:
    """Return why the question has no use, as a sentence after `LABEL`; empty if it has."""
    if not meaning(config.recipe):
        return "compares a recipe with none, and this recipe does nothing."
    if head_epochs(config) == config.epochs:
        return "needs epochs that train the body: with a frozen body augmentation does not pay."
    return ""


def what_it_takes(config: RunConfig, expected: Forecast) -> str:
    """Return which runs answer the question, and how long they take, as a sentence after `LABEL`."""
    count = len(experiments.does_it_help(config))
    return (
        f"trains with this recipe and with none, with {counted(experiments.SEEDS, 'seed')} each: "
        f"{counted(count, 'run')}, {expected.about(several_s(expected, count))} in all. "
        "Compare then shows the difference, and how far it is more than chance."
    )


def ask(config: RunConfig) -> None:
    """Submit the runs and go to the page that compares them; an error is shown."""
    me = person.current()
    try:
        orders = with_ids(experiments.does_it_help(config, owner=me.owner))
        submitted = runs.submit_all(orders, limit=me.most_queued)
    except AugmentError as error:
        st.error(escaped(error))
        return
    pairs = list(zip(orders, submitted, strict=True))
    # What a group is compared with comes first: nothing.
    groups = [
        [run.id for order, run in pairs if bool(meaning(order.config.recipe)) is has_recipe]
        for has_recipe in (False, True)
    ]
    st.switch_page("compare.py", query_params=groups_address(groups))
