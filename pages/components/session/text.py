"""Text from outside the program on a page: what a recipe, a file or an address contains."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import streamlit as st

from augment.system.units import counted

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# Streamlit makes some replacements only after the backslashes are gone, and in each piece of text by
# itself: links without brackets, `:emoji:`, `:material_icon:` and arrows. Where one could begin, this
# directive divides the text; it is rendered as an empty <span>. At the beginning it keeps an emoji from
# becoming the icon of a message.
_DIVIDER = ":color[]"
_DIVIDED = re.compile(
    r"""
    ^(?=[^\x00-\x7f]|\d)        # an emoji, also one that is a digit in a box
    | (?<=www)(?=\.)
    | (?<=:)(?=//|[\w+-]+:)
    | (?<=@)(?=[\w-])
    | (?<=[-<>~])(?=[-=>])      # ->  <-  <->  --  >=  <=  ~=
    """,
    re.IGNORECASE | re.VERBOSE,
)
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode's categories of controls, marks of direction, surrogates and separators."""
_VISIBLE = "\n\u200c\u200d"
"""Line breaks, and the two characters that join or part letters of some scripts and emoji."""
_SPACES = re.compile(r"^ +| +$| {2,}", re.MULTILINE)
_MOST_LINES, _LINES_WITHOUT_SCROLLING = 200, 8


def escaped(text: object) -> str:
    r"""Return Markdown that Streamlit shows as this text, whatever it contains.

    It keeps line breaks and spaces. A control character and one that changes the direction of the text
    become visible, as in ``\u202e``.

    Not for the labels of fields and checkboxes: Streamlit gives those to screen readers as they are.
    """
    lines = "".join(map(_visible, str(text).strip("\n")))
    marked = _DIVIDER.join(_PUNCTUATION.sub(r"\\\1", part) for part in _DIVIDED.split(lines))
    spaced = _SPACES.sub(lambda spaces: "&nbsp;" * len(spaces[0]), marked)
    return spaced.replace("\n", "\\\n")


def heading(text: object) -> None:
    """Show text from outside as a heading, on one line."""
    st.subheader(escaped(str(text).replace("\n", " ")), anchor=False)


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


def _visible(letter: str) -> str:
    if unicodedata.category(letter) not in _INVISIBLE or letter in _VISIBLE:
        return letter
    return letter.encode("unicode_escape").decode("ascii")
