"""Bringing a recipe: pasted, as a file, or in a picture that was downloaded here."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from augment import Recipe, RecipeError
from augment.inspect import sheet
from pages.components.session import workbench
from pages.components.session.rerun import rerun
from pages.components.session.words import escaped

MOST_MEGABYTES = 16
"""Of a file; a grid of 25 pictures of 256 px has about half of that."""


def bring_recipe(class_names: Sequence[str]) -> None:
    """Take a recipe onto the workbench, and say what was wrong with the last one.

    Args:
        class_names: The classes of the data shown, so that a recipe may name them.
    """
    with st.form("bring recipe", border=False):
        st.text_area(
            "Paste a recipe",
            key=_key("pasted"),
            height=120,
            placeholder='{"version": 1, "steps": [{"op": "cut_mix"}]}',
            help="JSON, as it stands above under Recipe.",
        )
        st.file_uploader(
            "or choose a file",
            type=["json", "png"],
            key=_key("file"),
            max_upload_size=MOST_MEGABYTES,
            help="A recipe as JSON, or a picture that was downloaded here: it carries its recipe.",
        )
        st.form_submit_button("Use this recipe", on_click=_bring, args=(tuple(class_names),))
    if workbench.problem():
        st.error(escaped(workbench.problem()))


def _bring(class_names: tuple[str, ...]) -> None:
    text, held = st.session_state[_key("pasted")], st.session_state[_key("file")]
    try:
        read = held.getvalue() if held and not text.strip() else text
        if isinstance(read, bytes) and read.startswith(sheet.SIGNATURE):
            read = sheet.recipe_text(read)
        workbench.load(Recipe.from_json(read, class_names or None))
    except RecipeError as error:
        workbench.refuse(error)
    rerun(workbench.STAGE, workbench.PANEL)


def _key(what: str) -> str:
    """Return a key that is new for each recipe loaded, so that what was brought in is gone then."""
    return f"{what} {workbench.version()}"
