"""The classes of a data set: how many pictures each has, and some of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from augment.data import Prepared, overview
from augment.data.decoding import shown
from augment.data.spec import Ints
from pages.components.picture_cards import Card, picture_cards
from pages.components.words import count, escaped

CLASSES, EXAMPLES, SIDE = 12, 5, 96
MOST_LABELLED = 40
_ROW, _TALLEST = 22, 420


def data_classes(prepared: Prepared) -> None:
    """Show the classes a page at a time, and how even they are."""
    counts = overview.class_counts(prepared)
    whole = np.sum(list(counts.values()), axis=0)
    names = prepared.class_names
    chosen = _chosen(names) if len(names) > CLASSES else list(range(len(names)))
    _cards(prepared, chosen, counts)
    if len(names) > 1:
        st.subheader("How even the classes are", anchor=False)
        _chart(names, whole)


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


def _chart(names: tuple[str, ...], whole: Ints) -> None:
    order = np.argsort(-whole, kind="stable")
    most, least = int(order[0]), int(order[-1])
    if whole[most] == whole[least]:
        st.markdown(f"Each class has {count(int(whole[most]), 'picture')}.")
        return
    middle = int(np.sort(whole)[::-1][(len(whole) - 1) // 2])
    said = (
        f"The largest, {shown(names[most])}, has {count(int(whole[most]), 'picture')}, the smallest, "
        f"{shown(names[least])}, {whole[least]:,}; half of the classes have at least {middle:,}."
    )
    st.markdown(escaped(said))
    labelled = len(names) <= MOST_LABELLED
    rows: dict[str, dict[str, Any]] = {}
    for rank, label in enumerate(order, start=1):
        # Two names may be shown alike, but each class has a bar of its own.
        name = shown(names[label])
        name = f"{name} ({rank})" if name in rows else name
        rows[name] = {"class": name, "pictures": int(whole[label]), "rank": rank}
    st.vega_lite_chart(
        list(rows.values()),
        {
            "mark": {"type": "bar", "tooltip": True},
            "encoding": {
                "y": {
                    "field": "class",
                    "type": "nominal",
                    "sort": {"field": "rank"},
                    "title": None if labelled else "Classes, largest first",
                    "axis": {
                        "labels": labelled,
                        "ticks": False,
                        "domain": False,
                        "labelLimit": 150,
                        "titlePadding": 12,
                    },
                    "scale": {"paddingInner": 0.25 if labelled else 0},
                },
                "x": {
                    "field": "pictures",
                    "type": "quantitative",
                    "title": "Pictures",
                    "axis": {"tickCount": 6, "tickMinStep": 1, "format": ",d"},
                    "scale": {"domain": [0, int(whole[most])]},
                },
                "tooltip": [
                    {"field": "class", "type": "nominal", "title": "Class"},
                    {"field": "pictures", "type": "quantitative", "title": "Pictures"},
                ],
            },
        },
        height=_ROW * len(names) + 60 if labelled else _TALLEST,
        key="chart of classes",
        alt=said,
    )
