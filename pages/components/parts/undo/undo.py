"""Going back to what the recipe was, and on again."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.components.session import workbench
from pages.components.session.rerun import rerun

# Not `st.button(shortcut=…)`: that takes the keys away from text fields, where they undo what was
# typed, knows one combination a button, and writes it on the button.
_keys = st.components.v2.component(
    "undo_keys",
    html="<span>\n</span>",
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
)


def buttons() -> None:
    """Show a button to undo and one to redo; belongs into the fragment `workbench.STAGE`.

    Ctrl+Z undoes, Ctrl+Shift+Z and Ctrl+Y redo, on a Mac with Cmd; in a text field they mean its text.
    """
    with st.container(horizontal=True, gap="xsmall", width="content", key="undo-bar"):
        st.button(
            "Undo",
            icon=":material/undo:",
            key="undo",
            help="Take back the last change of the recipe (Ctrl+Z).",
            disabled=not workbench.can_undo(),
            on_click=_undo,
        )
        st.button(
            "Redo",
            icon=":material/redo:",
            key="redo",
            help="Bring back what was undone (Ctrl+Shift+Z).",
            disabled=not workbench.can_redo(),
            on_click=_redo,
        )
        _keys(key="undo-keys", width=1, height=1)


def _undo() -> None:
    workbench.undo()
    rerun(workbench.STAGE, workbench.PANEL)


def _redo() -> None:
    workbench.redo()
    rerun(workbench.STAGE, workbench.PANEL)
