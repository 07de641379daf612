"""The runs there are, newest first."""

from __future__ import annotations

import streamlit as st

from augment import runs
from augment.runs import Run
from pages.components.words import ago, escaped

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
    """Show the runs as links.

    Args:
        listed: The runs, newest first.
        selected: The id of the run that is shown, if one is.
    """
    for run in listed[:MOST]:
        title = f"**{escaped(run.title)}**" if run.id == selected else escaped(run.title)
        st.page_link(
            "runs.py",
            label=f"{title}  \n{run.state.lower()}, {ago(run.created)}",
            icon=ICONS[run.state],
            query_params={"run": run.id},
        )
        if run.problem:
            st.caption(escaped(run.problem))
    if len(listed) > MOST:
        st.caption(f"{len(listed) - MOST} older ones are listed by `python -m augment runs list`.")
