"""The classes of a data set: how many pictures each has, and some of them."""

from __future__ import annotations

import numpy as np
import streamlit as st

from augment.data import Prepared
from augment.data.picture_files.decoding import shown
from augment.data.spec import Ints
from augment.data.store import overview
from pages.components.class_chart import class_chart
from pages.components.picture_cards import Card, picture_cards
from pages.components.words import count, escaped

CLASSES, EXAMPLES, SIDE = 12, 5, 96


def data_classes(prepared: Prepared) -> None:
    """Show the classes a page at a time, and how even they are."""
    counts = overview.class_counts(prepared)
    whole = np.sum(list(counts.values()), axis=0)
    names = prepared.class_names
    chosen = _chosen(names) if len(names) > CLASSES else list(range(len(names)))
    _cards(prepared, chosen, counts)
    if len(names) > 1:
        st.subheader("How even the classes are", anchor=False)
        class_chart(names, whole)


def _chosen(names: tuple[str, ...]) -> list[int]:
    """Let somebody search and turn pages, and return the classes on this page."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Search a class",
            placeholder="A part of its name",
            icon=":material/search:",
            key="search class",
        )
        found = overview.search(names, text)
        pages = max(-(-len(found) // CLASSES), 1)
        page = 1
        if pages > 1:
            key = f"page of {pages} of classes"
            page = st.number_input(f"Page (of {pages:,})", 1, pages, key=key, width=130)
    first = (page - 1) * CLASSES
    chosen = found[first : first + CLASSES]
    if not found:
        st.info(f"No class is called like {escaped(shown(text))}.", icon=":material/search_off:")
    else:
        st.caption(
            f"Classes {first + 1:,} to {first + len(chosen):,} of {len(found):,}, "
            f"with up to {EXAMPLES} pictures of each."
        )
    return chosen


def _cards(prepared: Prepared, classes: list[int], counts: dict[str, Ints]) -> None:
    stored = prepared.stored
    rows = [overview.examples(stored, label, EXAMPLES) for label in classes]
    names = [shown(prepared.class_names[label]) for label in classes]
    cards = [
        Card(
            title=name,
            text=_in_words({split: int(there[label]) for split, there in counts.items()}),
            alts=tuple(f"{name}, picture {number}" for number in range(1, len(few) + 1)),
        )
        for name, label, few in zip(names, classes, rows, strict=True)
    ]
    pictures = overview.small(stored, np.concatenate([*rows, np.empty(0, np.int64)]), SIDE)
    picture_cards(cards, pictures, across=EXAMPLES, key="classes")


def _in_words(there: dict[str, int]) -> str:
    total = count(sum(there.values()), "picture")
    parts = [f"{split} {number:,}" for split, number in there.items()]
    return f"{total}: {', '.join(parts)}" if len(parts) > 1 else total
