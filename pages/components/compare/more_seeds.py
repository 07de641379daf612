"""Groups of a single run, which is no result, and the button that trains two more seeds."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from augment import AugmentError, RunError, runs
from augment.runs import Run, experiments
from augment.runs.groups import seed_group
from augment.system.units import counted
from pages.components.compare.choice import Runs, add_to_address, offers
from pages.components.session import person
from pages.components.session.text import escaped

_PROBLEMS, _SUBMITTED = "problems with more seeds", "more seeds submitted"


def offer_seeds(group: Runs, name: str, listed: Sequence[Run]) -> None:
    """Say of a group of one run that it is no result, and offer two more seeds, or those that there are.

    Args:
        group: The group; nothing is shown of one with more runs, also if they still train.
        name: Its short name.
        listed: The runs of this machine.
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
        if others := _others(group, listed):
            st.button(
                f"Add {counted(len(others), 'other seed')} of this group",
                icon=":material/add:",
                key=f"other seeds {group[0].id}",
                on_click=add_to_address,
                args=(group, others),
            )
        else:
            st.button(
                "Train two more seeds",
                icon=":material/add:",
                key=f"more seeds {group[0].id}",
                on_click=_submit,
                args=(group,),
            )
        if problem := st.session_state.get(_PROBLEMS, {}).get(group[0].id):
            st.error(escaped(problem))


def _others(group: Runs, listed: Sequence[Run]) -> list[str]:
    """Return the ids of runs of the same seed group with other seeds."""
    seeds = {run.config.seed for run in group if run.config}
    return [
        run.id
        for offered in offers(listed)
        for run in offered
        if run.seed_group == group[0].seed_group and run.config and run.config.seed not in seeds
    ]


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
