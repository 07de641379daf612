"""A list of sentences that may be long."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.components.words import count, escaped

MOST, WITHOUT_SCROLLING = 200, 8


def sentences(said: Sequence[str], total: int | None = None) -> None:
    """Show sentences, which may hold names of strangers, as a list.

    Args:
        said: The sentences.
        total: How many there are in all, where `said` has not all of them.
    """
    lines = [f"- {escaped(sentence)}" for sentence in said[:MOST]]
    more = (len(said) if total is None else total) - len(lines)
    if more > 0:
        lines.append(f"- And {count(more, 'more', 'more')} like these.")
    with st.container(height=320 if len(lines) > WITHOUT_SCROLLING else "content", border=False):
        st.markdown("\n".join(lines))
