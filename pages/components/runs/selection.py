"""The runs that a user has chosen in the list, and what can be done with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from augment.compare.groups import AT_ONCE
from augment.runs import SUCCEEDED, Run
from augment.runs.groups import by_seed_group
from augment.system.units import counted
from pages.components.runs.deletion import delete_popover
from pages.components.runs.links import compare_link

_CHOSEN = "chosen runs"


def is_chosen(run_ids: Iterable[str]) -> bool:
    """Return whether all of these runs are chosen."""
    return set(run_ids) <= _chosen().keys()


def choice(run_ids: Sequence[str], *, label: str, key: str) -> None:
    """Show a checkbox that chooses one run, or all runs of a group."""
    # What is chosen is kept apart, because a checkbox forgets when it is on another page of the list.
    key = f"choose {key}"
    st.session_state[key] = is_chosen(run_ids)
    st.checkbox(
        label,
        key=key,
        label_visibility="collapsed",
        on_change=_choose,
        args=(tuple(run_ids), key),
    )


def selection_bar(listed: Sequence[Run]) -> None:
    """Show how many runs are chosen, with the buttons for them."""
    by_id = {run.id: run for run in listed}
    chosen = [by_id[run_id] for run_id in _chosen() if run_id in by_id]
    groups = groups_of(chosen)
    with st.container(horizontal=True, vertical_alignment="center", key="runs chosen"):
        compare_link([[run.id for run in group] for group in groups], label="Compare")
        if not chosen:
            st.caption("Choose two to eight runs, or seed groups, to compare them.")
            return
        text = counted(len(chosen), "run")
        if 1 < len(groups) < len(chosen):
            text += f" in {counted(len(groups), 'seed group')}"
        if len(groups) > AT_ONCE.high:
            text += f"; at most {AT_ONCE.high:g} can be compared at once"
        st.markdown(f"{text} chosen.")
        delete_popover(chosen, key="chosen")
        st.button("Choose none", icon=":material/close:", key="choose none", on_click=clear)


def groups_of(chosen: Sequence[Run]) -> list[list[Run]]:
    """Return the groups that are compared: the seed groups, or the runs if all are of one group.

    Of a group in which runs have finished, those that failed or go on are left out.
    """
    groups = list(by_seed_group(chosen).values())
    if len(groups) == 1:
        return [[run] for run in groups[0]]
    return [_finished(group) or group for group in groups]


def _finished(group: Sequence[Run]) -> list[Run]:
    return [run for run in group if run.state == SUCCEEDED]


def clear() -> None:
    """Choose no run; a callback."""
    _chosen().clear()


def _choose(run_ids: tuple[str, ...], key: str) -> None:
    chosen = _chosen()
    for run_id in run_ids:
        if st.session_state[key]:
            chosen[run_id] = None
        else:
            chosen.pop(run_id, None)


def _chosen() -> dict[str, None]:
    """Return the ids that are chosen, in the order in which they were."""
    found: dict[str, None] = st.session_state.setdefault(_CHOSEN, {})
    return found
