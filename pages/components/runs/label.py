"""What people write about a run: its name, a note, and tags."""

from __future__ import annotations

import re

import streamlit as st

from augment import AugmentError
from augment.runs import Run, naming
from augment.runs.config import NAME_LENGTH
from augment.runs.folders import RunFolder
from augment.runs.naming import NOTE_LENGTH, Label
from pages.components.session import notice, person

_SEPARATORS = re.compile(r"[,\n]")


def label_popover(run: Run) -> None:
    """Offer to rename a run, and to write a note and tags, if the user may."""
    if not person.current().may_change(run):
        return
    with (
        st.popover("Name and note", icon=":material/edit:", key=f"label {run.id}"),
        st.form(f"label form {run.id}", border=False),
    ):
        given = naming.given_name(run.config)
        name = st.text_input(
            "Name",
            value="" if run.name == given else run.name,
            placeholder=given or run.id,
            max_chars=NAME_LENGTH,
            help="Leave it empty for the name that says what the run is.",
        )
        note = st.text_area("Note", value=run.note, max_chars=NOTE_LENGTH, height=120)
        tags = st.text_input("Tags", value=", ".join(run.tags), placeholder="Separated by commas")
        if st.form_submit_button("Save", type="primary", icon=":material/save:"):
            _save(run, name, note, tags)
        notice.show(f"label {run.id}")


def _save(run: Run, name: str, note: str, tags: str) -> None:
    notice.keep(f"label {run.id}")
    words = tuple(_SEPARATORS.split(tags))
    try:
        label = Label(name=name.strip(), note=note.strip(), tags=words)
        naming.write_label(RunFolder(run.path), label)
    except AugmentError as error:
        notice.keep(f"label {run.id}", str(error))
    else:
        st.rerun()
