"""Runs: follow trainings, running and finished."""

from __future__ import annotations

import streamlit as st

from augment import RunError, runs
from augment.runs import Run
from pages.components.runs.list import run_list
from pages.components.runs.predicted import stamps
from pages.components.runs.saved import saved_model
from pages.components.runs.view import run_view
from pages.components.session import layout, workbench
from pages.components.session.text import escaped

POLL_SECONDS = 2.0


def selected(listed: list[Run]) -> Run | None:
    """Return the run that the address requests, by default the newest; None if it is not known."""
    requested = st.query_params.get("run")
    if requested is None:
        return listed[0]
    try:
        return runs.get(requested)
    except RunError:
        return None


def shown(listed: list[Run], run: Run | None) -> object:
    """Return what the page outside of the polled part depends on."""
    is_live = any(not each.is_over for each in listed)
    return (is_live, run and (run.id, run.state, stamps(run)))


def follow(before: object) -> None:
    """Show the list, and the run as long as it lasts; the page runs again when there is more to show."""
    listed = runs.list_runs()
    run = selected(listed) if listed else None
    if shown(listed, run) != before:
        st.rerun()
    with layout.run_list():
        run_list(listed, run.id if run else None)
    if run and not run.is_over:
        with layout.run():
            run_view(run)


def page() -> None:
    """Show the runs, and one of them."""
    listed = runs.list_runs()
    if not listed:
        st.info("There are no trainings yet. Tune a recipe in Explore, then start one.")
        st.page_link("train.py", label="Start a training", icon=":material/play_circle:")
        return
    run = selected(listed)
    is_live = any(not each.is_over for each in listed)
    with layout.runs():
        st.fragment(follow, run_every=POLL_SECONDS if is_live else None)(shown(listed, run))
        if run is None:
            with layout.run():
                unknown(str(st.query_params.get("run")))
            return
        if run.is_over:
            with layout.run():
                run_view(run)
        with layout.run_results():
            st.fragment(saved_model)(run)


def unknown(requested: str) -> None:
    """Warn that there is no such run."""
    try:
        runs.get(requested)
    except RunError as error:
        st.warning(escaped(error))


workbench.adopt_address()
st.title("Runs", anchor=False)
try:
    page()
except RunError as error:
    st.error(escaped(error))
