"""Pictures that are there more than once, above all those that stand in two splits."""

from __future__ import annotations

import numpy as np
import streamlit as st

from augment.data import Prepared, overview
from augment.data.duplicates import Pairs
from augment.data.images.decode import shown
from pages.components.parts.picture_cards.picture_cards import Card, picture_cards
from pages.components.session.words import count

FIRST, SIDE = 12, 224


def data_twice(prepared: Prepared) -> None:
    """Say where pictures are there twice, and show them side by side."""
    repeated = overview.repeated(prepared)
    complete = prepared.stored.alike_complete
    across = sum(map(len, repeated.across.values()))
    if across:
        st.warning(
            f"{count(across, 'picture')} of one split {'stands' if across == 1 else 'stand'} in "
            "another one, too. A model may know by heart what it is judged by, so its figures look "
            "better than they are.",
            icon=":material/content_copy:",
        )
    elif len(prepared.splits) > 1 and complete:
        st.success("No picture stands in two splits.", icon=":material/check_circle:")
    places = {
        **{f"{one} and {other}": pairs for (one, other), pairs in repeated.across.items()},
        **{f"twice in {split}": pairs for split, pairs in repeated.within.items()},
    }
    if len(repeated.labels):
        places["under two labels"] = repeated.labels
    if not complete:
        st.caption("So many pictures look alike here that not every likely pair was looked for.")
    if not places:
        st.markdown(f"No picture {'is' if complete else 'was found to be'} there twice.")
        return
    st.dataframe(
        {
            "Where": list(places),
            "The same": [int(pairs.exact.sum()) for pairs in places.values()],
            "Likely the same": [int((~pairs.exact).sum()) for pairs in places.values()],
        },
        hide_index=True,
        key="counts of pairs",
    )
    st.caption(
        "The same: every pixel is equal, as decoded for this size. Likely the same: the picture was "
        "saved again, made smaller or changed a little; look at them, for a few are only much alike. "
        "Mirrored pictures are not found."
    )
    where = st.selectbox("Show the pairs", list(places), key="where pairs are")
    _pairs(prepared, where, places[where])


def _pairs(prepared: Prepared, where: str, pairs: Pairs) -> None:
    stored = prepared.stored
    key = f"pairs wanted of {stored.place.folder} {prepared.scheme} {where}"
    rows = pairs.rows[: st.session_state.get(key, FIRST)]
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
        title = "The same" if exact else "Likely the same"
        cards.append(Card(title=title, text="", alts=captions, captions=captions))
    picture_cards(cards, overview.small(stored, rows.ravel(), SIDE), across=2, key="pairs")
    if len(pairs) > len(rows):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{len(rows):,} of {count(len(pairs), 'pair')}.")
            st.button(
                f"Show {min(FIRST, len(pairs) - len(rows))} more",
                key="more pairs",
                on_click=_more,
                args=(key, len(rows) + FIRST),
            )


def _more(key: str, wanted: int) -> None:
    st.session_state[key] = wanted
