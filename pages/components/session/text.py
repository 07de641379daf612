"""Text from outside the program on a page: what a recipe, a file or an address contains."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

from augment.system.units import counted

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:^])")
_MOST_LINES, _LINES_WITHOUT_SCROLLING = 200, 8


def escaped(text: object) -> str:
    """Return text that Streamlit shows as it is, without links, pictures or formulas."""
    return _MARKUP.sub(r"\\\1", str(text))


def text_list(lines: Sequence[str], total: int | None = None) -> None:
    """Show a list of sentences, which may contain names from outside; a long one scrolls.

    Args:
        lines: The sentences.
        total: How many there are in all, where `lines` has only the first of them.
    """
    shown = [f"- {escaped(line)}" for line in lines[:_MOST_LINES]]
    more = (len(lines) if total is None else total) - len(shown)
    if more > 0:
        shown.append(f"- And {counted(more, 'more', 'more')} like these.")
    with st.container(
        height=320 if len(shown) > _LINES_WITHOUT_SCROLLING else "content", border=False
    ):
        st.markdown("\n".join(shown))
