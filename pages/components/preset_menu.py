"""The presets to start from."""

from __future__ import annotations

import streamlit as st

from augment.presets import PRESETS
from pages.components import workbench


def preset_menu() -> None:
    """Offer the presets; choosing one puts its recipe on the workbench."""
    st.menu_button(
        "Start from a preset",
        list(PRESETS),
        format_func=lambda name: PRESETS[name].title,
        icon=":material/auto_awesome:",
        key="preset",
        width="stretch",
        on_click=_start,
    )


def preset_sentence() -> str:
    """Return what the recipe on the workbench is, if it is a preset."""
    recipe = workbench.recipe()
    return next((preset.sentence for preset in PRESETS.values() if preset.recipe == recipe), "")


def _start() -> None:
    workbench.load(PRESETS[st.session_state.preset].recipe)
    st.rerun([workbench.STAGE, workbench.PANEL])
