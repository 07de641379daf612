"""The choice of the one picture that a view looks at."""

from __future__ import annotations

import streamlit as st

from pages.components.pictures.chosen import Shown
from pages.components.session import ignored, look


def one_picture(shown: Shown) -> int:
    """Show which of the pictures the view looks at, and return its row."""
    last = look.wanted(look.PICTURE)
    count = len(shown.ids)
    row: int = st.selectbox(
        "Picture",
        range(count),
        index=int(last) - 1 if last.isdecimal() and 1 <= int(last) <= count else 0,
        format_func=lambda row: f"{row + 1}. {shown.names[row]}",
        key=look.key("one picture"),
        help="The pictures are those of the grid; the others stay its partners for mixing.",
        width=220,
    )
    ignored.took(look.PICTURE, row + 1, range(1, count + 1))
    look.want(look.PICTURE, str(row + 1))
    look.shows(look.PICTURE, str(row + 1))
    return row
