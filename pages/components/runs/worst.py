"""The pictures of a split on which a model has the highest loss."""

from __future__ import annotations

import streamlit as st

from augment.runs import Run
from pages.components.runs.confused import show_pictures
from pages.components.runs.predicted import Result
from pages.components.session.text import escaped


def worst(run: Run, result: Result) -> None:
    """Show the pictures with the highest loss, the highest first."""
    pictures = result.pictures
    if pictures is None:
        st.info(escaped(result.problem))
        return
    st.markdown(
        "The pictures to whose own class the model gave the lowest probability: wrong labels, pictures "
        "that are hard for anybody, and what the model has not learned."
    )
    show_pictures(run, result, pictures, pictures.worst, key="worst")
