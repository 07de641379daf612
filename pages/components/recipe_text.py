"""The recipe as text: to copy, to keep and to bring back."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from augment import Recipe, RecipeError
from pages.components import workbench
from pages.components.words import escaped


def recipe_text(class_names: Sequence[str]) -> bool:
    """Show the recipe of the workbench as JSON, and take another one.

    Args:
        class_names: The classes of the data shown, so that a recipe may name them.

    Returns:
        Whether the box is open, and so has said what was wrong with the last recipe.
    """
    box = st.expander(
        "Recipe as JSON", icon=":material/data_object:", key="recipe text", on_change="rerun"
    )
    if not box.open:
        return False
    with box:
        text = workbench.recipe().to_json(indent=2)
        st.code(text, language="json", height=240)
        st.download_button(
            "Download",
            text,
            file_name="recipe.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
        )
        with st.form("bring recipe", border=False):
            st.text_area(
                "Paste a recipe",
                key=_key("pasted"),
                height=160,
                placeholder='{"version": 1, "steps": [{"op": "cut_mix"}]}',
            )
            st.file_uploader("or choose a file", type="json", key=_key("file"), max_upload_size=1)
            st.form_submit_button("Use this recipe", on_click=_bring, args=(tuple(class_names),))
        if workbench.problem():
            st.error(escaped(workbench.problem()))
    return True


def _bring(class_names: tuple[str, ...]) -> None:
    text, held = st.session_state[_key("pasted")], st.session_state[_key("file")]
    try:
        read = held.getvalue() if held and not text.strip() else text
        workbench.load(Recipe.from_json(read, class_names or None))
    except RecipeError as error:
        workbench.refuse(error)
    st.rerun([workbench.STAGE, workbench.PANEL])


def _key(what: str) -> str:
    """Return a key that is new for each recipe loaded, so that what was brought in is gone then."""
    return f"{what} {workbench.version()}"
