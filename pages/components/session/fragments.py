"""The two parts of Explore that run again without the rest of the page."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

from pages.components.session.streamlit_internals import StreamlitAPIException

STAGE = "stage"
"""The key of the fragment that shows what the recipe does."""
PANEL = "panel"
"""The key of the fragment that shows the recipe."""


def rerun(*fragments: str) -> NoReturn:
    """Run these fragments, in this order, instead of the one with the widget; for callbacks only.

    If a run was interrupted before it reached one of them, as by quick key presses, Streamlit does not
    know that fragment, and the whole page runs.
    """
    try:
        st.rerun(list(fragments))
    except StreamlitAPIException:
        st.rerun()
