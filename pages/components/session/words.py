"""Text on a page that is not our own: what a recipe, a file or an address brought along.

A list of sentences that may be long.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:^])")


def escaped(text: object) -> str:
    """Return text that Streamlit shows letter by letter, without links, pictures or formulas."""
    return _MARKUP.sub(r"\\\1", str(text))


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun, as in "1 step", "2 steps" and "3 classes"."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def ago(moment: datetime) -> str:
    """Return how long ago something was, in one unit."""
    seconds = (datetime.now(UTC) - moment).total_seconds()
    return "just now" if seconds < 10 else f"{duration(seconds)} ago"


def duration(seconds: float) -> str:
    """Return a length of time in one unit, as a person would say it."""
    for length, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= 1.5 * length:
            return count(round(seconds / length), unit)
    return count(max(round(seconds), 1), "second")


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
