"""How a request to the helper process stands, shown until it has a result."""

from __future__ import annotations

from typing import Any

import streamlit as st

from augment.helper import Job
from augment.system.units import counted
from pages.components.session.text import escaped

_POLL_SECONDS = 0.5
_STARTING = "Loading TensorFlow, which takes ten seconds or more"


def wait_for(job: Job[Any], note: str = "") -> None:
    """Show the place in the line, the stage and the seconds; the page runs again after the last of them.

    Args:
        job: The request, which is not done.
        note: A sentence below it; empty for none.
    """
    st.fragment(_progress, run_every=_POLL_SECONDS)(job, note)


def _progress(job: Job[Any], note: str) -> None:
    if job.done():
        st.rerun()
    if ahead := job.ahead:
        doing = f"Waiting for {counted(ahead, 'other request')}"
    else:
        doing = _STARTING if job.stage == "starting" else job.stage[:1].upper() + job.stage[1:]
    st.markdown(f":material/hourglass_top: {escaped(doing)}. {job.seconds:.0f} s so far.")
    if note:
        st.caption(escaped(note))
