"""Text on a page that is not our own: what a recipe, a file or an address brought along."""

from __future__ import annotations

import re

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:^])")


def escaped(text: object) -> str:
    """Return text that Streamlit shows letter by letter, without links, pictures or formulas."""
    return _MARKUP.sub(r"\\\1", str(text))


def count(number: int, noun: str) -> str:
    """Return a number with its noun, as in "1 step" and "2 steps"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
