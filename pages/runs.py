"""Runs: follow trainings, running and past."""

from __future__ import annotations

import streamlit as st

from augment import RunError, runs
from augment.runs import Run
from pages.components.runs.list import run_list
from pages.components.runs.view import run_view
from pages.components.session import layout, workbench
from pages.components.session.words import escaped

SECONDS_BETWEEN_LOOKS = 2.0


def chosen(wanted: str | None, listed: list[Run]) -> Run | None:
    """Return the run that the address asks for, or the newest; say so if it is not known."""
    if wanted is None:
        return listed[0]
    try:
        return runs.get(wanted)
    except RunError as error:
        st.warning(escaped(error))
        return None


def follow(was_live: bool) -> None:
    """Show the runs; what is live is looked at again and again."""
    listed = runs.list_runs()
    is_live = any(not run.is_over for run in listed)
    if is_live != was_live:
        st.rerun()
    if not listed:
        st.info("No training yet. Tune a recipe in Explore, then start one.")
        st.page_link("train.py", label="Start a training", icon=":material/play_circle:")
        return
    beside, main = layout.follow()
    with main:
        run = chosen(st.query_params.get("run"), listed)
        if run:
            run_view(run)
    with beside:
        run_list(listed, run.id if run else None)


workbench.adopt_address()
st.title("Runs", anchor=False)
try:
    live = any(not run.is_over for run in runs.list_runs())
    st.fragment(follow, run_every=SECONDS_BETWEEN_LOOKS if live else None)(live)
except RunError as error:
    st.error(escaped(error))
