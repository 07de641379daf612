"""The model of a run as one archive to download, in the format that the user chooses."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from augment import AugmentError, model_export
from augment.model_export import FORMATS, KERAS, Format
from augment.model_export.archive import archive_facts, finished
from augment.runs import Run
from augment.system import files
from augment.system.units import megabytes
from pages.components.session import waiting
from pages.components.session.text import escaped

TASK = "export"


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
        archive_facts(run)
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
    key = f"{run.id} export {name} request"
    if job := waiting.pending(key):
        waiting.wait_for(
            job, "You can leave this page meanwhile; the archive is kept with the run."
        )
    elif path := finished(run, name):
        _download(run, FORMATS[name], path)
    else:
        if problem := waiting.problem(key):
            st.error(escaped(problem))
        st.button(
            "Prepare",
            type="primary",
            icon=":material/inventory_2:",
            key=f"{run.id} prepare {name}",
            on_click=waiting.submit,
            args=(key, TASK, run.id, name),
        )


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
