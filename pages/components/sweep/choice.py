"""The choice among the sweeps of this machine, and of a new one."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from augment import data
from augment.engine.params import label_of
from augment.runs import Run, sweep

PARAMETER = "sweep"
"""The parameter of the address that has the id of the sweep."""
_NEW = ""


def sweep_choice(listed: Sequence[Run]) -> str:
    """Show the choice, and return the id of the sweep that the address requests; empty for a new one.

    Args:
        listed: The runs of this machine, newest first.
    """
    requested = st.query_params.get(PARAMETER, _NEW)
    found = sweep.ids(listed)
    if not found:
        return requested
    options = [_NEW, *found]
    key = "sweep chosen"
    shown = requested if requested in options else None
    if st.session_state.get(key, _NEW) != shown:
        st.session_state[key] = shown
    titles = {sweep_id: _title(sweep_id, listed) for sweep_id in found}
    st.selectbox(
        "Sweep",
        options,
        format_func=lambda sweep_id: titles.get(sweep_id, "A new sweep"),
        key=key,
        on_change=_choose,
        args=(key,),
        placeholder="Choose one",
    )
    return requested


def _title(sweep_id: str, listed: Sequence[Run]) -> str:
    """Return what a sweep is, as in "Magnitude by augmentations per image, digits, 32 px (ID)".

    Nothing in it may change while the page is open, because the browser sends it back as the choice.
    """
    of_it = [run for run in listed if run.sweep == sweep_id]
    cell = next((run.cell for run in of_it if run.cell), {})
    names = " by ".join(label_of(key.rpartition(".")[2]).lower() for key in cell)
    parts = [f"{names[:1].upper()}{names[1:]}"] if names else ["Sweep"]
    config = next((run.config for run in of_it if run.config), None)
    parts += [data.source(config.data).title, f"{config.size} px"] if config else []
    return f"{', '.join(parts)} ({sweep_id})"


def _choose(key: str) -> None:
    """Open the chosen sweep, or the form of a new one; a callback."""
    if chosen := st.session_state[key]:
        st.query_params[PARAMETER] = chosen
    else:
        st.query_params.pop(PARAMETER, None)
