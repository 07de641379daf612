"""The address of a page: what is written into it, and whether it has changed since the last run."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from augment.address import RECIPE, encode
from pages.components.session import streamlit_internals

SIZE = "size"
"""The parameter of the size of the pictures; every page that has one writes it, and `RECIPE`.
`front_end.js` knows an entry of the history by them."""
_LEFT, _PENDING = "addresses of pages as they were left", "changes of the address"
_TOLD = "what the browser was told of its address"
_PAGE, _ARRIVALS = "page of the last run", "arrivals at pages"


def begin() -> None:
    """Count the arrivals at pages, and mend an entry of the history that lacks what its page writes.

    By `st.switch_page` Streamlit makes an entry of the page that is left with the parameters of the next
    one; and a page that is left before it has written its address leaves such an entry. The page is then
    shown as it was left. Call it in every run before anything reads the address.
    """
    state, page = st.session_state, streamlit_internals.page_of_run()
    is_history = streamlit_internals.came_by_history()
    is_turned = state.get(_PAGE) != page
    state[_PAGE], state[_PENDING] = page, {}
    state[_ARRIVALS] = state.get(_ARRIVALS, 0) + (is_turned or is_history)
    if is_turned or is_history:
        state[_TOLD] = {}  # the browser has another address now, which it sent
    left: dict[str, list[str]] | None = state.setdefault(_LEFT, {}).get(page)
    if left and is_history and is_turned and not is_complete():
        recipe = encode(state.recipe.to_json())
        streamlit_internals.replace_address({**left, RECIPE: [recipe]})
    _record()


def put(values: Mapping[str, str | None]) -> None:
    """Change parameters of the address when the page has been made; None removes one.

    All changes of a run are one entry of the browser's history.
    """
    st.session_state[_PENDING] = {**st.session_state.get(_PENDING, {}), **values}


def flush() -> None:
    """Write what was put into the address; call it at the end of a page, and of a fragment that puts."""
    state = st.session_state
    changes, state[_PENDING] = state.get(_PENDING, {}), {}
    told = state.get(_TOLD, {})
    streamlit_internals.change_address(changes, told)
    state[_TOLD] = {**told, **changes}
    _record()


def is_complete() -> bool:
    """Whether the address is one that a page with a recipe and pictures has written.

    What is missing in it then is the default, not unknown.
    """
    return {RECIPE, SIZE} <= set(streamlit_internals.address_of_browser())


def arrived(reader: str) -> bool:
    """Whether a user opened or changed the page, or went back or forward, rather than used a widget.

    In any other run the address may be older than the latest change.

    Args:
        reader: The name of the caller; each caller asks once a run and gets its own answer.
    """
    state, key = st.session_state, f"arrivals seen by {reader}"
    before, state[key] = state.get(key), state.get(_ARRIVALS)
    return bool(before != state[key])


def _record() -> None:
    """Record the address of the page, to show it again as it was left."""
    if is_complete():
        page = streamlit_internals.page_of_run()
        st.session_state[_LEFT][page] = streamlit_internals.address_of_browser()
