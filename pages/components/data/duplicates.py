"""Duplicate pictures of a data set, above all those in two splits."""

from __future__ import annotations

import numpy as np
import streamlit as st

from augment.data import Prepared, overview
from augment.data.duplicates import Pairs
from augment.data.images.decode import shown
from augment.system.units import counted
from pages.components.parts.picture_cards.picture_cards import Card, picture_cards
from pages.components.session.text import escaped

_PAGE, _SIDE = 12, 224


def duplicates(prepared: Prepared) -> None:
    """Show how many pictures are duplicates, and the pairs side by side."""
    complete = prepared.stored.duplicates_complete
    if across := overview.across_warning(prepared):
        st.warning(escaped(across), icon=":material/content_copy:")
    elif len(prepared.splits) > 1 and complete:
        st.success("No picture is in two splits.", icon=":material/check_circle:")
    places = overview.duplicate_places(prepared)
    if not complete:
        st.caption(overview.INCOMPLETE)
    if not places:
        st.markdown(f"There are no {'' if complete else 'known '}duplicates.")
        return
    st.dataframe(
        {
            "Where": list(places),
            "Duplicates": [int(pairs.exact.sum()) for pairs in places.values()],
            "Near-duplicates": [int((~pairs.exact).sum()) for pairs in places.values()],
        },
        hide_index=True,
        key="counts of pairs",
    )
    st.caption(
        "Duplicates: every pixel is equal, as decoded for this size. Near-duplicates: the picture was "
        "probably saved again, resized or changed a little; check them, because a few are only similar. "
        "Mirrored pictures are not found."
    )
    where = st.selectbox("Show the pairs", list(places), key="where pairs are")
    show_pairs(prepared, where, places[where])


def show_pairs(prepared: Prepared, where: str, pairs: Pairs, *, key: str = "pairs") -> None:
    """Show pairs side by side, a page at a time.

    Args:
        prepared: The set.
        where: What they have in common.
        pairs: The pairs.
        key: The key of the cards.
    """
    stored = prepared.stored
    page = f"{key} of {stored.place.folder} {prepared.scheme} {where}"
    rows = pairs.rows[: st.session_state.get(page, _PAGE)]
    split_of = np.zeros(len(stored.labels), np.int64)
    splits = list(prepared.splits)
    for number, split in enumerate(prepared.splits.values()):
        split_of[split.rows] = number
    cards = []
    for pair, exact in zip(rows, pairs.exact[: len(rows)], strict=True):
        captions = tuple(
            f"{splits[split_of[row]]}: {shown(stored.names[int(row)])}, "
            f"{shown(prepared.class_names[stored.labels[row]])}"
            for row in pair
        )
        title = "Duplicates" if exact else "Near-duplicates"
        cards.append(Card(title=title, text="", alts=captions, captions=captions))
    picture_cards(cards, overview.small(stored, rows.ravel(), _SIDE), across=2, key=key)
    if len(pairs) > len(rows):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{len(rows):,} of {counted(len(pairs), 'pair')}.")
            st.button(
                f"Show {min(_PAGE, len(pairs) - len(rows))} more",
                key=f"more {key}",
                on_click=st.session_state.update,
                args=({page: len(rows) + _PAGE},),
            )
