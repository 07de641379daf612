"""Groups of a single run, which is no result, and the button that trains two more seeds."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from augment import AugmentError
from augment.runs import Run
from augment.system.units import counted
from pages.components.compare.choice import Runs, add_to_address, offers
from pages.components.runs.orders import submit_more_seeds
from pages.components.session.text import escaped

_PROBLEMS = "problems with more seeds"


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
    problems = st.session_state.setdefault(_PROBLEMS, {})
    problems.pop(group[0].id, None)
    try:
        submitted = submit_more_seeds(group)
    except AugmentError as error:
        problems[group[0].id] = str(error)
        return
    add_to_address(group, [run.id for run in submitted])
    st.toast(f"Submitted {counted(len(submitted), 'run')}.", icon=":material/check:")
