"""Groups of a single run, which is no result, and the button that trains two more seeds."""

from __future__ import annotations

import streamlit as st

from augment import AugmentError, RunError, runs
from augment.runs import experiments
from augment.runs.groups import seed_group
from augment.system.units import counted
from pages.components.compare.choice import Runs, add_to_address
from pages.components.session import person
from pages.components.session.text import escaped

_PROBLEMS, _SUBMITTED = "problems with more seeds", "more seeds submitted"


def offer_seeds(group: Runs, name: str) -> None:
    """Say of a group of one run that it is no result, and offer two more seeds.

    Args:
        group: The group; nothing is shown of one with more runs, also if they still train.
        name: Its short name.
    """
    if len(group) > 1:
        return
    with st.container(border=True, key=f"one run {group[0].id}"):
        st.markdown(
            escaped(
                f"{name}: one run is no result. With another seed the same recipe may end some points "
                "higher or lower, so a difference may come from the seed alone."
            )
        )
        st.button(
            "Train two more seeds",
            icon=":material/add:",
            key=f"more seeds {group[0].id}",
            on_click=_submit,
            args=(group,),
        )
        if problem := st.session_state.get(_PROBLEMS, {}).get(group[0].id):
            st.error(escaped(problem))


def _submit(group: Runs) -> None:
    only = group[0].id
    problems = st.session_state.setdefault(_PROBLEMS, {})
    submitted = st.session_state.setdefault(_SUBMITTED, {})
    problems.pop(only, None)
    try:
        # A second click, sent before the first was answered, must not train them twice.
        if only not in submitted:
            configs = [run.config for run in group if run.config]
            checksum = configs[0].prepared().stored.checksum
            if seed_group(configs[0], checksum) != group[0].seed_group:
                raise RunError(
                    "More seeds would be no group with this run: its data was prepared anew from other "
                    "pictures since. Start a new training instead."
                )
            orders = experiments.more_seeds(configs, owner=person.current().owner)
            submitted[only] = [run.id for run in runs.submit_all(orders)]
        add_to_address(group, submitted[only])
    except AugmentError as error:
        problems[only] = str(error)
        return
    st.toast(f"Submitted {counted(len(submitted[only]), 'run')}.", icon=":material/check:")
