"""The model of a run as one archive to download, in the format that the user chooses."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from augment import AugmentError, helper, model_export
from augment.helper import Job
from augment.model_export import FORMATS, KERAS, Format
from augment.model_export.archive import facts_of, finished
from augment.runs import Run
from augment.system import files
from augment.system.units import counted, megabytes
from pages.components.session.text import escaped

TASK = "export"
_POLL_SECONDS = 0.5
_STARTING = "Loading TensorFlow, which takes ten seconds or more"


def take_away(run: Run) -> None:
    """Show the formats, a button that prepares the archive, and one that downloads it.

    Everybody who sees a run may: nothing of the run changes, and the archive in its folder saves the
    next one the wait.
    """
    st.markdown(
        "One archive with the model, its classes, recipe and figures, the licence of the pictures, and a "
        "script, or the web page, that predicts with it without this program."
    )
    try:
        facts_of(run)
    except AugmentError as error:
        st.info(escaped(str(error)))
        return
    name: str = st.radio(
        "Format",
        list(FORMATS),
        format_func=lambda name: FORMATS[name].title,
        captions=[each.purpose for each in FORMATS.values()],
        index=list(FORMATS).index(KERAS),
        key=f"{run.id} format",
    )
    if why_not := model_export.missing(name):
        st.info(escaped(f"{why_not}. The other formats work without."))
        return
    request = _request(run.id, name)
    if isinstance(request, Job) and not request.done():
        st.fragment(_progress, run_every=_POLL_SECONDS)(request)
    elif path := finished(run, name):
        _download(run, FORMATS[name], path)
    else:
        if problem := _problem(request):
            st.error(escaped(problem))
        st.button(
            "Prepare",
            type="primary",
            icon=":material/inventory_2:",
            key=f"{run.id} prepare {name}",
            on_click=submit,
            args=(run.id, name),
        )


def submit(run_id: str, name: str) -> None:
    """Order the archive from the helper process, unless that is under way."""
    request = _request(run_id, name)
    if isinstance(request, Job) and not request.done():
        return  # a second click, sent before the first was answered
    try:
        st.session_state[_key(run_id, name)] = helper.HELPER.submit(TASK, run_id, name)
    except AugmentError as error:
        st.session_state[_key(run_id, name)] = str(error)


def _download(run: Run, to: Format, path: Path) -> None:
    # Read with the click: until then the server holds none of it, and then one copy for all sessions.
    st.download_button(
        f"Download ({megabytes(path.stat().st_size)})",
        partial(_content, path),
        file_name=f"{run.id}-{to.name}.zip",
        mime="application/zip",
        type="primary",
        icon=":material/download:",
        on_click="ignore",
        key=f"{run.id} download {to.name}",
    )
    st.caption(escaped(to.use))
    if to.runtime:
        commands = f"pip install numpy pillow {' '.join(to.runtime)}\npython predict.py PICTURE"
        st.code(commands, language="shell")
    if to.in_float32:
        st.caption(
            "It computes in float32. Of a model that was trained in bfloat16, it may name another class "
            "where two are about equally likely."
        )


def _content(path: Path) -> bytes:
    with files.opened(path) as file:
        return file.read()


def _key(run_id: str, name: str) -> str:
    return f"{run_id} export {name} request"


def _request(run_id: str, name: str) -> Job[Any] | str:
    """Return the last request of this user for an archive, or why it could not be made; empty if none."""
    request: Job[Any] | str = st.session_state.get(_key(run_id, name), "")
    return request


def _problem(request: Job[Any] | str) -> str:
    if isinstance(request, str):
        return request
    error = request.exception()
    return str(error) if error else ""


def _progress(job: Job[Any]) -> None:
    """Show the progress, and run the page again once there is a result."""
    if job.done():
        st.rerun()
    if ahead := job.ahead:
        doing = f"Waiting for {counted(ahead, 'other request')}"
    else:
        doing = _STARTING if job.stage == "starting" else job.stage[:1].upper() + job.stage[1:]
    st.markdown(f":material/hourglass_top: {escaped(doing)}. {job.seconds:.0f} s so far.")
    st.caption("You can leave this page meanwhile; the archive is kept with the run.")
