"""The runs there are, newest first."""

from __future__ import annotations

import streamlit as st

from augment import runs
from augment.runs import Run
from pages.components.session.words import ago, escaped

MOST = 30

ICONS = {
    runs.QUEUED: ":material/hourglass_empty:",
    runs.RUNNING: ":material/autorenew:",
    runs.SUCCEEDED: ":material/check_circle:",
    runs.FAILED: ":material/error:",
    runs.CANCELLED: ":material/cancel:",
    runs.LOST: ":material/help:",
}


def run_list(listed: list[Run], selected: str | None) -> None:
    """Show the runs, to choose one of them.

    Args:
        listed: The runs, newest first.
        selected: The id of the run that is shown, if one is.
    """
    for run in listed[:MOST]:
        with st.container(gap=None):
            st.button(
                escaped(run.title),
                icon=ICONS[run.state],
                type="secondary" if run.id == selected else "tertiary",
                key=f"show {run.id}",
                on_click=_choose,
                args=(run.id,),
            )
            said = f"{run.state.lower()}, {ago(run.created)}" if run.created else run.state.lower()
            st.caption(escaped(f"{said}. {run.problem}" if run.problem else said))
    if len(listed) > MOST:
        st.caption(f"{len(listed) - MOST} older ones are listed by `python -m augment runs list`.")


def _choose(run_id: str) -> None:
    st.query_params["run"] = run_id
