"""A task that a session asks the helper process for, and how it stands until there is a result.

A request is in the session under a key of its page, so it goes on when the page is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import streamlit as st

from augment import AugmentError, helper
from augment.helper import Job
from augment.system.units import counted
from pages.components.session.text import escaped

POLL_SECONDS = 0.5
_STARTING = "Loading TensorFlow, which takes ten seconds or more"
_NONE: Mapping[str, str] = MappingProxyType({})


def submit(key: str, task: str, *arguments: Any) -> None:
    """Ask for a task, unless the last request under this key is under way; a callback of a button."""
    if pending(key):
        return  # a second click, sent before the first was answered
    try:
        st.session_state[key] = helper.HELPER.submit(task, *arguments)
    except AugmentError as error:
        st.session_state[key] = str(error)


def pending(key: str) -> Job[Any] | None:
    """Return the last request under a key while it has no result."""
    request = _last(key)
    return request if isinstance(request, Job) and not request.done() else None


def take_result(key: str) -> Any:
    """Return the result of the last request and forget the request; None where there is no result."""
    request = _last(key)
    if not isinstance(request, Job) or not request.done() or request.exception():
        return None
    del st.session_state[key]
    return request.result()


def problem(key: str) -> str:
    """Return why the last request has no result, or could not be made; empty for neither."""
    request = _last(key)
    if isinstance(request, str):
        return request
    return str(request.exception() or "") if request.done() else ""


def wait_for(job: Job[Any], note: str = "") -> None:
    """Show the place in the line, the stage and the seconds; the page runs again after the last of them.

    Args:
        job: The request, which is not done.
        note: A sentence below it; empty for none.
    """
    st.fragment(_progress, run_every=POLL_SECONDS)(job, note)


def standing(job: Job[Any], stages: Mapping[str, str] = _NONE) -> str:
    """Return in words what is being done for a request: its place in the line, or its stage.

    Args:
        job: The request.
        stages: What to say of some stages of its task instead of their names.
    """
    if ahead := job.ahead:
        return f"Waiting for {counted(ahead, 'other request')}"
    stage = job.stage
    if stage == "starting":
        return _STARTING
    return stages.get(stage, stage[:1].upper() + stage[1:])


def _last(key: str) -> Job[Any] | str:
    request: Job[Any] | str = st.session_state.get(key, "")
    return request


def _progress(job: Job[Any], note: str) -> None:
    if job.done():
        st.rerun()
    st.markdown(f":material/hourglass_top: {escaped(standing(job))}. {job.seconds:.0f} s so far.")
    if note:
        st.caption(escaped(note))
