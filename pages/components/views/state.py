"""Which view of Explore is chosen, and what it shows: one picture, the settings to sweep.

The view is always on the page, so its widget is bound to the address. The other choices exist in some
views only, and a bound widget that is removed and made again restores its old value; so they are in the
session, like the recipe, and are written into the address of the views that have them.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from augment import Recipe, registry
from augment.inspect import Axis, mixing_steps, views
from augment.inspect.views import why_mixed
from pages.components.pictures.picture_choice import Pictures
from pages.components.session import address, address_notes
from pages.components.session.address import arrived
from pages.components.session.fragments import STAGE, rerun
from pages.components.session.text import escaped

VIEWS = views.VIEWS
GRID, STEPS, SWEEP, RANGE, STRENGTH, KERAS_CV = VIEWS
PICTURE, ACROSS, DOWN, MIXING, OP = _PARAMETERS = ("picture", "across", "down", "mixing", "op")
_OF_VIEW = {
    STEPS: (PICTURE,),
    SWEEP: (PICTURE, ACROSS, DOWN, MIXING),
    RANGE: (PICTURE, MIXING),
    STRENGTH: (OP, PICTURE),
}
"""The address parameters of each view."""
SENTENCES = {
    GRID: "Left the photo, right what a training sees. Open one to enlarge.",
    STEPS: "One picture, after each step that was applied to it.",
    SWEEP: "One picture, over one parameter; all else stays the same.",
    RANGE: "One picture, as a training sees it in several epochs.",
    STRENGTH: "One op at seven strengths, by each library that is installed.",
    KERAS_CV: "The same recipe with keras_cv's layers, beside ours.",
}
"""What each view shows, above its pictures, in what one line of a phone holds (some 60 characters)."""
_VERSION = "view version"
_ON = "on"


def view_control() -> None:
    """Show the choice of the view."""
    view = st.segmented_control(
        "View",
        VIEWS,
        default=GRID,
        required=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
        on_change=rerun,
        args=(STAGE,),
    )
    address_notes.compare("view", view, VIEWS)


def current() -> str:
    """Return the view chosen."""
    view: str = st.session_state.view
    return view


def picture_control(pictures: Pictures) -> int:
    """Show the choice of the one picture of a view, and return its row."""
    count = len(pictures.ids)
    row: int = st.selectbox(
        "Picture",
        range(count),
        index=picture_in_hand(count),
        format_func=lambda row: f"{row + 1}. {pictures.names[row]}",
        key=key("one picture"),
        help="One of the pictures of the grid; mixing still takes its partners from all of them.",
        width=220,
    )
    address_notes.compare(PICTURE, row + 1, range(1, count + 1))
    request(PICTURE, str(row + 1))
    set_shown(PICTURE, str(row + 1))
    return row


def picture_in_hand(count: int) -> int:
    """Return the row of the picture that the view is about: the first of `count` where it shows all."""
    last = requested(PICTURE) if PICTURE in _OF_VIEW.get(current(), ()) else ""
    return int(last) - 1 if last.isdecimal() and 1 <= int(last) <= count else 0


def mixing_control(recipe: Recipe, over: Sequence[Axis] = ()) -> bool:
    """Show whether the mixing steps of a recipe happen in a view of one picture, and return it.

    They are held off until the user wants them: a picture that is mixed with another one shows
    little of what a single parameter does to it.

    Args:
        recipe: The recipe; of one that mixes nothing, nothing is shown.
        over: What is swept.
    """
    titles = dict.fromkeys(registry()[step.op].title for step in mixing_steps(recipe))
    set_shown(MIXING, "")
    if not titles:
        address_notes.expect(MIXING)
        return False
    because = why_mixed(recipe, over)
    if because:
        address_notes.expect(MIXING)
        set_shown(MIXING, requested(MIXING))
        st.caption(escaped(because))
        return True
    with st.container(horizontal=True, vertical_alignment="center"):
        on: bool = st.toggle("With mixing", requested(MIXING) == _ON, key=key("with mixing"))
        does = "happens here too" if on else "is held off here, so that the rest can be seen"
        st.caption(escaped(f"Mixing ({', '.join(titles)}) {does}."))
    address_notes.compare(MIXING, _ON if on else "", (_ON,))
    request(MIXING, _ON if on else "")
    set_shown(MIXING, _ON if on else "")
    return on


def adopt_address() -> None:
    """Take the choices of the views from the address if that is new."""
    if arrived("view state"):
        for name in _PARAMETERS:
            request(name, st.query_params.get(name, ""))
        st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1
    used = _OF_VIEW.get(st.query_params.get("view", ""), ())
    address_notes.expect(*(name for name in _PARAMETERS if name not in used))


def write_address() -> None:
    """Write what the view shows into the address."""
    used = _OF_VIEW.get(current(), ())
    shown = {name: st.session_state.get(f"shown {name}", "") for name in _PARAMETERS}
    address.put({name: value if value and name in used else None for name, value in shown.items()})


def key(name: str) -> str:
    """Return the key of the widget of a choice; a new address makes the widget anew."""
    return f"{name} {st.session_state.get(_VERSION, 0)}"


def requested(name: str) -> str:
    """Return the last choice of a user or the address; it need not exist, and may be empty."""
    text: str = st.session_state.get(f"requested {name}", "")
    return text


def request(name: str, value: str) -> None:
    """Store a choice."""
    st.session_state[f"requested {name}"] = value


def set_shown(name: str, value: str) -> None:
    """Store what the view shows, which differs from the request while that does not exist."""
    st.session_state[f"shown {name}"] = value
