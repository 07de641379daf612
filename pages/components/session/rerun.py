"""Runs of parts of a page that a widget asks for."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

from pages.components.session.streamlit_internals import StreamlitAPIException


def rerun(*fragments: str) -> NoReturn:
    """Run these fragments, in this order, instead of what the widget would run; for callbacks only.

    Where a run was cut off before it came to one of them, as by quick presses of a key, Streamlit does
    not know it; then the whole page runs.
    """
    try:
        st.rerun(list(fragments))
    except StreamlitAPIException:
        st.rerun()
