"""What the views look at besides the recipe: which view, which picture, which settings to sweep.

The view is a fixed control that the address keeps by itself. The others are there in some views only,
and a bound widget that goes and comes back brings its old value with it; so they live in the session
like the recipe, and the stage writes them into the address of the views that have them.
"""

from __future__ import annotations

import streamlit as st

from pages.components.session import ignored, workbench
from pages.components.session.address import arrived
from pages.components.session.rerun import rerun

GRID, STEPS, SWEEP, RANGE, KERAS_CV = VIEWS = ("Grid", "Steps", "Sweep", "Range", "keras_cv")
PICTURE, ACROSS, DOWN = "picture", "across", "down"
OF_VIEW = {STEPS: (PICTURE,), SWEEP: (PICTURE, ACROSS, DOWN), RANGE: (PICTURE,)}
"""The parameters of the address that belong to a view."""
_VERSION = "look version"
_HELP = {
    GRID: "all pictures, before and after",
    STEPS: "one picture, after each step",
    SWEEP: "one picture, with a parameter from end to end",
    RANGE: "one picture, drawn many times",
    KERAS_CV: "the same recipe by keras_cv's own layers",
}


def view_control() -> None:
    """Show the choice of the view."""
    view = st.segmented_control(
        "View",
        VIEWS,
        default=GRID,
        required=True,
        key="view",
        bind="query-params",
        help=". ".join(f"{view}: {what}" for view, what in _HELP.items()) + ".",
        on_change=rerun,
        args=(workbench.STAGE,),
    )
    ignored.took("view", view, VIEWS)


def view() -> str:
    """Return the view chosen."""
    chosen: str = st.session_state.view
    return chosen


def adopt_address() -> None:
    """Take from the address what the views look at, where it is news."""
    if arrived("look"):
        for name in (PICTURE, ACROSS, DOWN):
            want(name, st.query_params.get(name, ""))
        st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1
    here = OF_VIEW.get(st.query_params.get("view", ""), ())
    ignored.known(*(name for name in (PICTURE, ACROSS, DOWN) if name not in here))


def key(name: str) -> str:
    """Return the key of the widget of a choice; a new one, so that it follows the address."""
    return f"{name} {st.session_state.get(_VERSION, 0)}"


def wanted(name: str) -> str:
    """Return what was last chosen, or what the address said; perhaps nothing that there is."""
    text: str = st.session_state.get(f"look {name}", "")
    return text


def want(name: str, value: str) -> None:
    """Remember a choice."""
    st.session_state[f"look {name}"] = value


def shows(name: str, value: str) -> None:
    """Say what a view looks at, which is something else while what was chosen is not there."""
    st.session_state[f"looked {name}"] = value


def write_address() -> None:
    """Make the address say what the view looks at."""
    here = OF_VIEW.get(view(), ())
    for name in (PICTURE, ACROSS, DOWN):
        value = st.session_state.get(f"looked {name}", "") if name in here else ""
        if value != st.query_params.get(name, ""):
            if value:
                st.query_params[name] = value
            else:
                del st.query_params[name]
