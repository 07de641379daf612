"""Which size to look at or train on: the usual ones, and those that are prepared."""

from __future__ import annotations

import streamlit as st

from augment.data import LARGEST, SMALLEST
from augment.data.store.inventory import prepared_sizes
from pages.components.pictures import own_pictures
from pages.components.session import ignored
from pages.components.session.words import escaped

SIZES = (32, 64, 96, 128, 160, 192, 224, 256)


def size_control(source: str, *, label: str, usual: int, help: str, key: str) -> int:
    """Show the sizes that there are of a source, and return what is chosen.

    Args:
        source: The name of the source.
        label: What the widget is called.
        usual: The size before anybody chooses; one of `SIZES`.
        help: What the widget explains.
        key: The parameter of the address.

    Raises:
        DataError: The folder of prepared data cannot be made.
    """
    sizes = offered(source)
    shown = st.session_state.get(key, usual)
    if gone := shown not in sizes:
        # Left to itself, the address would go on saying it.
        st.session_state[key] = usual
    size: int = st.selectbox(
        label, sizes, index=sizes.index(usual), help=help, key=key, bind="query-params"
    )
    ignored.took(key, size, sizes)
    if gone:
        st.caption(escaped(f"Nothing of {source} is there at {shown} px; {usual} px is shown."))
    return size


def offered(source: str) -> tuple[int, ...]:
    """Return the usual sizes with those that are prepared of a source, smallest first."""
    if source == own_pictures.NAME:
        return SIZES
    there = (size for size in prepared_sizes(source) if SMALLEST <= size <= LARGEST)
    return tuple(sorted({*SIZES, *there}))
