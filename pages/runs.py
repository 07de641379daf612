"""Runs: find, follow and choose trainings, and look at one of them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from augment import RunError, runs
from augment.engine.limits import shorten
from augment.runs import Run
from pages.components.runs import filtering
from pages.components.runs.deletion import disk, undo_notice
from pages.components.runs.list import run_list
from pages.components.runs.predicted import stamps
from pages.components.runs.saved import saved_model
from pages.components.runs.view import run_view
from pages.components.session import address_notes, layout, workbench
from pages.components.session.text import escaped

POLL_SECONDS = 2.0
_RUN = "run"
"""The address parameter of the run that is shown; without it the list is."""


def page() -> None:
    """Show the list of runs, or one of them."""
    listed = runs.list_shared(fresh=True)
    requested = st.query_params.get(_RUN)
    if requested is None:
        show_list(listed)
        return
    st.button("All runs", icon=":material/arrow_back:", key="all runs", on_click=back)
    run = next((run for run in listed if run.id == requested), None)
    if run is None:
        st.warning(escaped(f"There is no run {shorten(requested)}; it may have been deleted."))
    else:
        show_run(run)


def show_list(listed: Sequence[Run]) -> None:
    """Show all runs, as they go on."""
    if not listed:
        undo_notice()
        st.info("There are no trainings yet. Tune a recipe in Explore, then start one.")
        st.page_link("train.py", label="Start a training", icon=":material/play_circle:")
        return
    is_live = any(not run.is_over for run in listed)
    st.fragment(follow_list, run_every=POLL_SECONDS if is_live else None)(is_live)
    disk(listed)


def follow_list(was_live: bool) -> None:
    """Show the list; the page runs again when a run is to be shown, or polling begins or ends."""
    listed = runs.list_shared()
    is_live = any(not run.is_over for run in listed)
    if _RUN in st.query_params or not listed:
        st.rerun()
    undo_notice()
    with layout.run_list():
        run_list(listed)
    # Last, or a click on a button of the list would be lost.
    if is_live != was_live:
        st.rerun()


def show_run(run: Run) -> None:
    """Show one run, as it goes on, and its results."""
    with layout.run():
        st.fragment(follow, run_every=None if run.is_over else POLL_SECONDS)(run.id, state_of(run))
    with layout.run_results():
        st.fragment(saved_model)(run)


def state_of(run: Run) -> object:
    """Return what the part of the page that is not polled depends on."""
    return (run.state, stamps(run))


def follow(run_id: str, before: object) -> None:
    """Show one run; the page runs again when there is more to show than this part has."""
    listed = runs.list_shared()
    run = next((run for run in listed if run.id == run_id), None)
    if run is None:
        st.rerun()
    undo_notice()
    run_view(run, listed)
    # Last, or a click on a button of the run would be lost.
    if state_of(run) != before:
        st.rerun()


def back() -> None:
    """Show the list again; a callback."""
    del st.query_params[_RUN]


address_notes.expect(workbench.PARAMETER, _RUN, *filtering.PARAMETERS, several=True)
workbench.adopt_address()
st.title("Runs", anchor=False)
notes = st.container()
try:
    page()
except RunError as error:
    st.error(escaped(error))
with notes:
    address_notes.show()
