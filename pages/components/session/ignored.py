"""The words about what of an address was not taken.

What of an address the page did not take, in sentences.

A widget that is bound to the address drops what it cannot show, without a word. So what an address asks
for is written down before any widget is made (`listen`); each widget then says what it shows (`took`),
and whatever is left differs from it or belongs to nobody (`sentences`). Nothing here knows what a
parameter may be: the widgets do, and they are asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import streamlit as st

from pages.components.session import streamlit_internals
from pages.components.session.address import arrived
from pages.components.session.words import escaped

MOST_CHARS = 40
"""How much of a name or a value is repeated."""
MOST_CHOICES, SOME_CHOICES = 8, 3
"""How many choices are all named, and how many of more than these."""


def why(
    name: str, value: str, shown: object, allowed: Sequence[object], asked: Sequence[str]
) -> str:
    """Return why a value was not taken, as the rest of a sentence.

    Args:
        name: The parameter.
        value: The value.
        shown: What its widget shows instead.
        allowed: What there is to choose from, or a range of whole numbers.
        asked: All values that the address has for it.
    """
    if len(asked) > 1 and _among(value, allowed):
        what = "counts" if any(means(each, shown) for each in asked) else "is shown"
        return f"but says it more than once; {short(shown)} {what}"
    why = f"but {short(name)} can be {_choices(allowed)}" if allowed else "which is not there"
    return why if isinstance(shown, list | tuple) else f"{why}; {short(shown) or 'none'} is shown"


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan


def is_endless(value: str) -> bool:
    """Return whether the value is an infinite number."""
    return math.isinf(_number(value))


def means(value: str, shown: object) -> bool:
    """Return whether the value says what is shown."""
    if isinstance(shown, int | float):
        return _number(value) == shown
    return value == str(shown)


def _among(value: str, allowed: Sequence[object]) -> bool:
    if isinstance(allowed, range):
        number = _number(value)
        return number.is_integer() and int(number) in allowed
    return any(means(value, each) for each in allowed)


def _choices(allowed: Sequence[object]) -> str:
    if isinstance(allowed, range):
        return f"a whole number from {allowed[0]:,} to {allowed[-1]:,}"
    if len(allowed) > MOST_CHOICES:
        named = ", ".join(map(short, allowed[:SOME_CHOICES]))
        return f"{named} or one of {len(allowed) - SOME_CHOICES} more"
    *others, last = map(short, allowed)
    return f"{', '.join(others)} or {last}" if others else f"{last} only"


def short(text: object) -> str:
    """Return the beginning of a text, with a sign for each letter that cannot be seen."""
    seen = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(text)
    )
    return seen if len(seen) <= MOST_CHARS else f"{seen[:MOST_CHARS]}\N{HORIZONTAL ELLIPSIS}"


MOST_SENTENCES = 5
_ASKED, _SAID = "asked by the address", "ignored in the address"


def listen() -> None:
    """Write down what the address asks for, where it is news; call it before any widget is made."""
    state, address = st.session_state, st.query_params
    state[_ASKED], state[_SAID] = {}, []
    if arrived("ignored"):
        state[_ASKED] = {name: address.get_all(name) for name in address}
    _drop_what_widgets_stumble_over()


def took(name: str, shown: object, allowed: Sequence[object] = ()) -> None:
    """Say what the widget of a parameter shows; call it once the widget is made.

    Args:
        name: The parameter.
        shown: The value, as the address would hold it; a list where there may be several.
        allowed: The values that there are to choose from, or a range of whole numbers.
    """
    asked = _asked().pop(name, [])
    several = isinstance(shown, list | tuple)
    taken = shown if isinstance(shown, list | tuple) else [shown]
    for value in dict.fromkeys(asked):
        if not any(means(value, each) for each in taken) and (value or not several):
            _say(name, value, why(name, value, shown, allowed, asked))


def known(*names: str, several: bool = False) -> None:
    """Say that parameters are somebody's who judges their values elsewhere, or later.

    Args:
        names: The parameters.
        several: Whether each may have several values; else the last one counts.
    """
    for name in names:
        values = _asked().pop(name, [])
        if len(values) > 1 and not several:
            _say(name, values[0], "but says it more than once; the last counts")


def sentences() -> list[str]:
    """Return what was ignored, once; call it when every widget is made.

    Names and values in it are shortened, but not escaped.
    """
    for name, values in _asked().items():
        _say(name, values[-1], "which nothing on this page uses")
    said = _said()
    st.session_state[_ASKED], st.session_state[_SAID] = {}, []
    if len(said) > MOST_SENTENCES:
        said[MOST_SENTENCES:] = [f"And {len(said) - MOST_SENTENCES:,} more like these."]
    return said


def show() -> None:
    """Show what was ignored until the next run of the page; call it like `sentences`."""
    said = sentences()
    if not said:
        return
    with st.container(key="ignored", horizontal=True, vertical_alignment="center"):
        st.info("\n\n".join(map(escaped, said)), icon=":material/link_off:", width="stretch")
        st.button("Close", key="close ignored", help="Close this note.")


def _drop_what_widgets_stumble_over() -> None:
    """Take from the address what Streamlit lets break a page before the page can say a word.

    It turns a bound number into a whole one before it asks whether it is finite, and takes an empty
    value for an answer even where a widget requires one.
    """
    broken = [
        name
        for name in st.query_params
        if any(not value or is_endless(value) for value in st.query_params.get_all(name))
    ]
    if broken:
        streamlit_internals.remove_from_address(broken)


def _asked() -> dict[str, list[str]]:
    asked: dict[str, list[str]] = st.session_state.setdefault(_ASKED, {})
    return asked


def _said() -> list[str]:
    said: list[str] = st.session_state.setdefault(_SAID, [])
    return said


def _say(name: str, value: str, reason: str) -> None:
    what = f"says {short(name)}={short(value)}" if value else f"gives {short(name)} no value"
    _said().append(f"The address {what}, {reason}.")
