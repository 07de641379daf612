"""The data that somebody chose, carried from page to page."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import streamlit as st

from augment.data.registry import BUILT_IN
from augment.data.source import CROP
from augment.data.splits import AS_IT_IS, RE_SPLIT
from pages.components.pictures import own_pictures
from pages.components.session import streamlit_internals
from pages.components.session.address import arrived
from pages.components.session.words import escaped

_CHOSEN, _NEWS = "data chosen", "data news"
_USUAL = {"data": BUILT_IN[0], "fit": CROP, "splits": AS_IT_IS, "split_seed": 0}


def link(source: str, fit: str, splits: str, split_seed: int) -> dict[str, str]:
    """Return what an address says of these data; all of it, as a page keeps what it showed last."""
    seed = {"split_seed": str(split_seed)} if split_seed or splits == RE_SPLIT else {}
    return {"data": source, "fit": fit, "splits": splits} | seed


def listen() -> None:
    """Notice that somebody came from elsewhere; call it in every run, before the page."""
    st.session_state[_NEWS] = arrived("chosen data")


def bring_along(*, keep: bool = False) -> None:
    """Choose the data that another page had last, unless the address asks for some.

    Call it before the widgets are made. A link cannot do this: Streamlit drops from it each parameter
    that a widget of the page it stands on is bound to, and what a widget showed last wins over an
    address that asks for the usual.

    Args:
        keep: Whether the page has something to go on showing that other pages cannot show.
    """
    state = st.session_state
    if not state.get(_NEWS, False) or streamlit_internals.came_by_history():
        return
    asked = {name: st.query_params[name] for name in _USUAL if name in st.query_params}
    if asked:
        for name, usual in _USUAL.items():
            if asked.get(name, str(usual)) == str(usual):
                state[name] = usual
        return
    chosen: dict[str, Any] = {} if keep else state.get(_CHOSEN, {})
    state.update(chosen)
    # The browser writes a widget's value into the address only when somebody changes it.
    streamlit_internals.write_address(
        {name: str(value) for name, value in chosen.items() if value != _USUAL[name]}
    )


def let_go(names: Collection[str]) -> None:
    """Go back to the usual data where the chosen ones are there no more, and say so.

    Call it before the widgets are made: they would fall back without a word, and cut and split the usual
    data as those that are gone.

    Args:
        names: What can be chosen.
    """
    state = st.session_state
    # Another page cannot show somebody's own pictures, but they are where they were.
    if (gone := state.get("data", BUILT_IN[0])) not in [*names, own_pictures.NAME]:
        state.update(_USUAL)
        st.warning(escaped(f"{gone} is no longer here."), icon=":material/link_off:")


def remember(**chosen: str | int) -> None:
    """Write down what is chosen, for the next page.

    Args:
        chosen: The values of "data", "fit", "splits" and "split_seed", as far as they are known.
    """
    state = st.session_state
    state[_CHOSEN] = {**_USUAL, **state.get(_CHOSEN, {}), **chosen}
