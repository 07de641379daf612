"""The data that somebody chose, carried from page to page."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from augment.data.known import BUILT_IN
from augment.data.spec import CROP
from augment.data.splits import AS_IT_IS, RE_SPLIT
from pages.components.arrival import arrived

_CHOSEN = "data chosen"
_USUAL = {"data": BUILT_IN[0], "fit": CROP, "splits": AS_IT_IS, "split_seed": 0}


def link(source: str, fit: str, splits: str, split_seed: int) -> dict[str, str]:
    """Return what an address says of these data; all of it, as a page keeps what it showed last."""
    seed = {"split_seed": str(split_seed)} if split_seed or splits == RE_SPLIT else {}
    return {"data": source, "fit": fit, "splits": splits} | seed


def bring_along(*, keep: bool = False) -> None:
    """Choose the data that another page had last, unless the address asks for some.

    Call it before the widgets are made. A link cannot do this: Streamlit drops from it each parameter
    that a widget of the page it stands on is bound to.

    Args:
        keep: Whether the page has something to go on showing that other pages cannot show.
    """
    context = get_script_run_ctx()
    is_history = context is not None and context.is_history_navigation
    chosen: dict[str, Any] = st.session_state.get(_CHOSEN, {})
    is_news = arrived("chosen data") and not is_history and "data" not in st.query_params
    if is_news and not keep:
        for name, value in chosen.items():
            st.session_state[name] = value
            # The browser writes a widget's value into the address only when somebody changes it.
            if value != _USUAL[name]:
                st.query_params[name] = str(value)


def remember(**chosen: str | int) -> None:
    """Write down what is chosen, for the next page.

    Args:
        chosen: The values of "data", "fit", "splits" and "split_seed", as far as they are known.
    """
    state = st.session_state
    state[_CHOSEN] = {**_USUAL, **state.get(_CHOSEN, {}), **chosen}
