"""What of an address the page did not take, in sentences.

A widget that is bound to the address drops what it cannot show, without a word. So what an address asks
for is written down before any widget is made (`listen`); each widget then says what it shows (`took`),
and whatever is left differs from it or belongs to nobody (`sentences`). Nothing here knows what a
parameter may be: the widgets do, and they are asked.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.components.arrival import arrived
from pages.components.ignored_words import is_endless, means, short, why
from pages.components.words import escaped

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
    context = get_script_run_ctx()
    if not broken or context is None:
        return
    with context.session_state.query_params() as held:
        for name in broken:
            held.remove_param(name)
        held.set_initial_query_params_from_current()


def _asked() -> dict[str, list[str]]:
    asked: dict[str, list[str]] = st.session_state.setdefault(_ASKED, {})
    return asked


def _said() -> list[str]:
    said: list[str] = st.session_state.setdefault(_SAID, [])
    return said


def _say(name: str, value: str, reason: str) -> None:
    what = f"says {short(name)}={short(value)}" if value else f"gives {short(name)} no value"
    _said().append(f"The address {what}, {reason}.")
