"""Why something that was asked for was not done, where a page is drawn anew every two seconds.

What such a part of a page shows in answer to a click is gone with the next poll, before it can be read.
"""

from __future__ import annotations

import time

import streamlit as st

from pages.components.session.text import escaped

SECONDS = 30.0
"""How long a problem stays, unless the next click at the same place forgets it."""

_PROBLEMS = "problems to be read"


def keep(place: str, problem: str = "") -> None:
    """Remember what went wrong at a place of a page, or forget what was there before."""
    problems = st.session_state.setdefault(_PROBLEMS, {})
    problems.pop(place, None)
    if problem:
        problems[place] = (time.monotonic(), problem)


def show(place: str) -> None:
    """Show what went wrong at a place, as long as it is young enough."""
    since, problem = st.session_state.get(_PROBLEMS, {}).get(place, (0.0, ""))
    if not problem:
        return
    if time.monotonic() < since + SECONDS:
        st.warning(escaped(problem))
    else:
        keep(place)
