"""Runs: follow trainings, running and finished."""

from __future__ import annotations

import streamlit as st

from augment import RunError, runs
from augment.runs import Run
from pages.components.runs.list import run_list
from pages.components.runs.view import run_view
from pages.components.session import layout, workbench
from pages.components.session.text import escaped

POLL_SECONDS = 2.0


def selected(requested: str | None, listed: list[Run]) -> Run | None:
    """Return the run that the address requests, by default the newest; warn if it is not known."""
    if requested is None:
        return listed[0]
    try:
        return runs.get(requested)
    except RunError as error:
        st.warning(escaped(error))
        return None


def follow(was_live: bool) -> None:
    """Show the runs; the page runs again when the first one starts or the last one ends."""
    listed = runs.list_runs()
    is_live = any(not run.is_over for run in listed)
    if is_live != was_live:
        st.rerun()
    if not listed:
        st.info("There are no trainings yet. Tune a recipe in Explore, then start one.")
        st.page_link("train.py", label="Start a training", icon=":material/play_circle:")
        return
    list_place, run_place = layout.runs()
    with run_place:
        run = selected(st.query_params.get("run"), listed)
        if run:
            run_view(run)
    with list_place:
        run_list(listed, run.id if run else None)


workbench.adopt_address()
st.title("Runs", anchor=False)
try:
    live = any(not run.is_over for run in runs.list_runs())
    st.fragment(follow, run_every=POLL_SECONDS if live else None)(live)
except RunError as error:
    st.error(escaped(error))
