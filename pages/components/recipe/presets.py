"""The list of presets to start from."""

from __future__ import annotations

import streamlit as st

from augment.presets import GROUPS, PRESETS, Preset
from pages.components.session import workbench
from pages.components.session.text import escaped

_LABEL = "Start from a preset"


def preset_menu() -> None:
    """Show a button that opens the list of presets."""
    if st.button(
        _LABEL,
        icon=":material/auto_awesome:",
        width="stretch",
        key="presets",
        help="Recipes from the Keras guide, from papers and from practice. You can undo the choice.",
    ):
        st.dialog(_LABEL, width="medium")(preset_list)()


def preset_list() -> None:
    """Show each preset with its sentence, by group; choosing one loads its recipe."""
    for group, title in GROUPS.items():
        st.markdown(f"**{title}**")
        for preset in PRESETS.values():
            if preset.group == group:
                _row(preset)


def preset_sentence() -> str:
    """Return the sentence of the preset that the recipe is, or an empty text."""
    recipe = workbench.recipe()
    return next((preset.sentence for preset in PRESETS.values() if preset.recipe == recipe), "")


def _row(preset: Preset) -> None:
    chosen = preset.recipe == workbench.recipe()
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.button(
            preset.title,
            icon=":material/check:" if chosen else None,
            key=f"preset {preset.name}",
            width=220,
            on_click=_start,
            args=(preset,),
        )
        st.caption(escaped(preset.sentence), width=380)


def _start(preset: Preset) -> None:
    workbench.load(preset.recipe)
    # The list closes with a run of the whole page.
    st.rerun()
