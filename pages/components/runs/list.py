"""The list of runs, newest first."""

from __future__ import annotations

import streamlit as st

from augment import runs
from augment.runs import Run
from augment.system.units import age
from pages.components.runs.resume import resume_button
from pages.components.session.text import escaped

_MOST = 30

ICONS = {
    runs.QUEUED: ":material/hourglass_empty:",
    runs.RUNNING: ":material/autorenew:",
    runs.SUCCEEDED: ":material/check_circle:",
    runs.FAILED: ":material/error:",
    runs.CANCELLED: ":material/cancel:",
    runs.LOST: ":material/help:",
}


def run_list(listed: list[Run], selected: str | None) -> None:
    """Show the runs, each with a button that opens it.

    Args:
        listed: The runs, newest first.
        selected: The id of the run that is shown, if any.
    """
    for run in listed[:_MOST]:
        with st.container(gap=None):
            st.button(
                escaped(run.title),
                icon=ICONS[run.state],
                type="secondary" if run.id == selected else "tertiary",
                key=f"show {run.id}",
                on_click=_select,
                args=(run.id,),
            )
            submitted = f", submitted {age(run.created)}" if run.created else ""
            text = f"{run.state.lower()}{submitted}"
            st.caption(escaped(f"{text}. {run.problem}" if run.problem else text))
            resume_button(run, "listed")
    if len(listed) > _MOST:
        st.caption(
            f"`python -m augment runs list` also lists the {len(listed) - _MOST} older ones."
        )


def _select(run_id: str) -> None:
    st.query_params["run"] = run_id
