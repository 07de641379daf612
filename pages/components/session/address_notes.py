"""Notes on the parameters of an address that a page did not use.

A widget that is bound to the address silently drops a value that it cannot show. So `begin` records
what the address requests before any widget is made, each widget reports what it shows (`compare`), and
a note is made of every difference and of every parameter that nothing uses (`show`). The allowed values
come from the widgets, so there is no second table of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import streamlit as st

from augment.engine.limits import cut
from pages.components.session import streamlit_internals
from pages.components.session.address import arrived
from pages.components.session.text import escaped

_MOST_CHARS = 41
"""How much of a name or a value is repeated, with the ellipsis."""
_MOST_CHOICES, _SOME_CHOICES = 8, 3
"""How many choices are all named, and how many of a longer list."""
_MOST_NOTES = 5
_REQUESTED, _NOTES = "requested by the address", "notes on the address"


def begin() -> None:
    """Record what the address requests, if it is new; call it before any widget is made."""
    state, address = st.session_state, st.query_params
    state[_REQUESTED], state[_NOTES] = {}, []
    if arrived("address notes"):
        state[_REQUESTED] = {name: address.get_all(name) for name in address}
    _drop_values_that_break_widgets()


def compare(name: str, shown: object, allowed: Sequence[object] = ()) -> None:
    """Compare a parameter with what its widget shows; call it once the widget is made.

    Args:
        name: The parameter.
        shown: The value, as the address would have it; a list where there may be several.
        allowed: The values to choose from, or a range of whole numbers.
    """
    requested = _requested().pop(name, [])
    several = isinstance(shown, list | tuple)
    used = shown if isinstance(shown, list | tuple) else [shown]
    for value in dict.fromkeys(requested):
        if not any(_means(value, each) for each in used) and (value or not several):
            _note(name, value, _reason(name, value, shown, allowed, requested))


def expect(*names: str, several: bool = False) -> None:
    """Mark parameters as used whose values are checked elsewhere or later.

    Args:
        names: The parameters.
        several: Whether each may have several values; otherwise the last one counts.
    """
    for name in names:
        values = _requested().pop(name, [])
        if len(values) > 1 and not several:
            _note(name, values[0], "but says it more than once; the last counts")


def show() -> None:
    """Show the notes until the next run of the page; call it when every widget is made."""
    for name, values in _requested().items():
        _note(name, values[-1], "which nothing on this page uses")
    notes = _notes()
    st.session_state[_REQUESTED], st.session_state[_NOTES] = {}, []
    if not notes:
        return
    if len(notes) > _MOST_NOTES:
        notes[_MOST_NOTES:] = [f"And {len(notes) - _MOST_NOTES:,} more like these."]
    with st.container(key="address-notes", horizontal=True, vertical_alignment="center"):
        st.info("\n\n".join(map(escaped, notes)), icon=":material/link_off:", width="stretch")
        st.button("Close", key="close address notes", help="Close this note.")


def _drop_values_that_break_widgets() -> None:
    """Remove from the address the values for which Streamlit fails before the page can report them.

    It converts a bound number to a whole one before it checks that it is finite, and accepts an empty
    value even where a widget requires one.
    """
    broken = [
        name
        for name in st.query_params
        if any(not value or math.isinf(_number(value)) for value in st.query_params.get_all(name))
    ]
    if broken:
        streamlit_internals.remove_from_address(broken)


def _requested() -> dict[str, list[str]]:
    requested: dict[str, list[str]] = st.session_state.setdefault(_REQUESTED, {})
    return requested


def _notes() -> list[str]:
    notes: list[str] = st.session_state.setdefault(_NOTES, [])
    return notes


def _note(name: str, value: str, reason: str) -> None:
    what = f"says {_short(name)}={_short(value)}" if value else f"gives {_short(name)} no value"
    _notes().append(f"The address {what}, {reason}.")


def _reason(
    name: str, value: str, shown: object, allowed: Sequence[object], requested: Sequence[str]
) -> str:
    """Return why a value is not used, as the rest of a sentence."""
    if len(requested) > 1 and _among(value, allowed):
        what = "counts" if any(_means(each, shown) for each in requested) else "is shown"
        return f"but says it more than once; {_short(shown)} {what}"
    why = f"but {_short(name)} can be {_choices(allowed)}" if allowed else "which does not exist"
    return why if isinstance(shown, list | tuple) else f"{why}; {_short(shown) or 'none'} is shown"


def _means(value: str, shown: object) -> bool:
    """Whether the value of a parameter is the value shown."""
    if isinstance(shown, int | float):
        return _number(value) == shown
    return value == str(shown)


def _among(value: str, allowed: Sequence[object]) -> bool:
    if isinstance(allowed, range):
        number = _number(value)
        return number.is_integer() and int(number) in allowed
    return any(_means(value, each) for each in allowed)


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan


def _choices(allowed: Sequence[object]) -> str:
    if isinstance(allowed, range):
        return f"a whole number from {allowed[0]:,} to {allowed[-1]:,}"
    if len(allowed) > _MOST_CHOICES:
        named = ", ".join(map(_short, allowed[:_SOME_CHOICES]))
        return f"{named} or one of {len(allowed) - _SOME_CHOICES} more"
    *others, last = map(_short, allowed)
    return f"{', '.join(others)} or {last}" if others else f"{last} only"


def _short(text: object) -> str:
    """Return the beginning of a text, with a replacement for each character that is not printable."""
    printable = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(text)
    )
    return cut(printable, _MOST_CHARS)
