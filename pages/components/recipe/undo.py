"""Undo and Redo for the recipe."""

from __future__ import annotations

import streamlit as st

from pages.components.parts.undo_keys.undo_keys import undo_keys
from pages.components.recipe import panel
from pages.components.session import workbench
from pages.components.session.fragments import PANEL, STAGE, rerun


def undo_buttons() -> None:
    """Show both buttons, with keyboard shortcuts; call it in the fragment `STAGE`."""
    with st.container(horizontal=True, gap="xsmall", width="content", key="undo-bar"):
        st.button(
            "Undo",
            icon=":material/undo:",
            key="undo",
            help="Undo the last change of the recipe (Ctrl+Z)."
            if workbench.can_undo()
            else "No change of the recipe to undo.",
            disabled=not workbench.can_undo(),
            on_click=_undo,
        )
        st.button(
            "Redo",
            icon=":material/redo:",
            key="redo",
            help="Redo what was undone (Ctrl+Shift+Z)."
            if workbench.can_redo()
            else "Nothing was undone, so there is nothing to redo.",
            disabled=not workbench.can_redo(),
            on_click=_redo,
        )
        undo_keys()


def _undo() -> None:
    panel.catch_up()  # or the change before it would be undone, and this one lost
    workbench.undo()
    rerun(STAGE, PANEL)


def _redo() -> None:
    panel.catch_up()
    workbench.redo()
    rerun(STAGE, PANEL)
