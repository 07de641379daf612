"""Which pictures to look at: controls that the address keeps."""

from __future__ import annotations

import numpy as np
import streamlit as st

from augment import NotPrepared, data
from augment.data import Source
from pages.components.pictures import chosen_data, dealt, own_pictures
from pages.components.pictures.chosen import Choice
from pages.components.pictures.size_control import size_control
from pages.components.session import ignored
from pages.components.session.words import count as counted
from pages.components.session.words import escaped

COUNTS = (4, 9, 16, 25)

HOW = "How they are cut and split"
_SHOWS_OWN = "shows own pictures"


def opened() -> bool:
    """Return whether the page was opened on pictures that somebody has yet to bring.

    It stays the same for a session: the box around these controls would follow it.
    """
    asked = st.query_params.get("data") == own_pictures.NAME
    opened: bool = st.session_state.setdefault("opened on own", asked)
    return opened


def choose() -> Choice:
    """Show what can be chosen, and return the choice.

    Raises:
        DataError: What is on disk cannot be used.
    """
    source, size = source_and_size()
    if source.name == own_pictures.NAME:
        return _own(source, size)
    more = st.popover(HOW, icon=":material/crop:", type="tertiary")
    with more:
        fit = dealt.fit_control()
        chosen_data.remember(data=source.name, fit=fit)
        try:
            held = dealt.open_dealt(source.name, size, fit)
        except NotPrepared:
            ignored.known("splits", "split_seed", "split", "tiles", "flowers", several=True)
            return Choice(source=source, size=size, fit=fit)
        st.caption(escaped(held.prepared.split_note))
    chosen_data.remember(splits=held.chosen, split_seed=held.split_seed)
    prepared = held.prepared
    if dealt.in_short(held):
        st.caption(escaped(dealt.in_short(held)))
    split = st.selectbox(
        "Split",
        list(prepared.splits),
        help=dealt.split_help(prepared),
        key="split",
        bind="query-params",
    )
    ignored.took("split", split, list(prepared.splits))
    place = st.container(gap="small")
    names = prepared.class_names
    flowers = st.multiselect(
        "Classes", names, placeholder="All", key="flowers", bind="query-params"
    )
    ignored.took("flowers", flowers, names)
    classes = tuple(names.index(flower) for flower in flowers)
    labels = prepared.split(split).labels
    there = int(np.isin(labels, classes).sum()) if classes else len(labels)
    with place:
        count = _how_many(there)
    return Choice(
        source=source,
        size=size,
        fit=fit,
        prepared=prepared,
        splits=held.splits,
        split_seed=held.split_seed,
        split=split,
        classes=classes,
        count=count,
    )


def _own(source: Source, size: int) -> Choice:
    own = own_pictures.bring(size)
    if not len(own):
        ignored.known("tiles")
        return Choice(source=source, size=size)
    place = st.container(gap="small")
    # Not bound to the address: the names of somebody's files are theirs.
    ids = own.ids.tolist()
    named = dict(zip(ids, own.class_names, strict=False))
    chosen = st.multiselect(
        "Pictures", ids, format_func=named.__getitem__, placeholder="All", key="own chosen"
    )
    with place:
        count = _how_many(len(chosen) or len(own))
    classes = tuple(ids.index(one) for one in chosen)
    return Choice(source=source, size=size, own=own, classes=classes, count=count)


def _how_many(there: int) -> int:
    """Show how many pictures to look at, of so many that there are, and return it."""
    count: int = st.segmented_control(
        "How many", COUNTS, default=9, required=True, key="tiles", bind="query-params"
    )
    ignored.took("tiles", count, COUNTS)
    if there < count:
        st.caption(f"Only {counted(there, 'picture')} here.")
    return count


def source_and_size() -> tuple[Source, int]:
    """Show the data sources and the sizes, and return what is chosen."""
    chosen_data.bring_along(keep=st.session_state.get(_SHOWS_OWN, False))
    # The address holds what a widget shows, so these show the names that never change.
    names = [*data.names(), own_pictures.NAME]
    chosen_data.let_go(names)
    name = st.selectbox("Data", names, key="data", bind="query-params")
    ignored.took("data", name, names)
    st.session_state[_SHOWS_OWN] = name == own_pictures.NAME
    source = own_pictures.SOURCE if name == own_pictures.NAME else data.source(name)
    st.caption(escaped(source.title))
    size = size_control(
        name,
        label="Size in pixels",
        usual=224,
        help="The side of a picture. Training sees the pictures at the size that it is given.",
        key="size",
    )
    return source, size
