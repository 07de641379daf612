"""Links from the bundled photographs, from which nothing can be learned, to sets from which it can."""

from __future__ import annotations

import streamlit as st

from augment import data
from augment.data import Source
from augment.data.registry import BUNDLED, DIGITS, FLOWERS
from augment.data.sources import tfds
from augment.data.store.place import Place
from pages.components.pictures import data_choice
from pages.components.session.text import escaped


def other_sets(source: Source, fit: str, *, to_train: bool = False) -> None:
    """Show a button for each other set to choose, if the data shown are the bundled photographs.

    Args:
        source: The data set that is shown.
        fit: Its fit, at which the other set is shown then.
        to_train: Whether it is for a training.
    """
    if source.name != BUNDLED:
        return
    with st.container(gap="xxsmall", key="other sets"):
        if to_train:
            _choose_button(DIGITS, "learned in half a minute, no download")
        _choose_button(FLOWERS, _until_shown(data_choice.size_of(FLOWERS), fit))


def _until_shown(size: int, fit: str) -> str:
    """Return what it takes to have Oxford Flowers 102 at this size."""
    if Place.of(FLOWERS, size, fit).index.is_file():
        return "already prepared"
    if data.source(FLOWERS).to_fetch():
        return f"{tfds.FLOWERS_DOWNLOAD} to download, about a minute to prepare"
    return "on this disk, under a minute to prepare"


def _choose_button(name: str, what: str) -> None:
    st.button(
        escaped(f"{data.source(name).title}: {what}"),
        type="tertiary",
        icon=":material/arrow_forward:",
        key=f"choose {name}",
        on_click=_choose,
        args=(name,),
    )


def _choose(name: str) -> None:
    st.session_state["data"] = name
