"""How even the classes of a data set are, whether there are two of them or a thousand.

The classes of a data set: how many pictures each has, and some of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from augment.data import Prepared, overview
from augment.data.images.decode import shown
from augment.data.source import Ints
from pages.components.parts.picture_cards.picture_cards import Card, picture_cards
from pages.components.session.words import count, escaped

MOST_LABELLED, MOST_BARS = 40, 200
LARGEST_FIRST = "Classes, largest first"
_ROW, _TALLEST = 22, 420


def class_chart(names: Sequence[str], whole: Ints) -> None:
    """Show how many pictures each class has, largest first.

    Args:
        names: One a class.
        whole: How many pictures each class has, (K,).
    """
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
    rows: dict[str, dict[str, Any]] = {}
    for rank, label in enumerate(order, start=1):
        # Two names may be shown alike, but each class has a bar of its own.
        name = shown(names[label])
        name = f"{name} ({rank})" if name in rows else name
        rows[name] = {"class": name, "pictures": int(whole[label]), "rank": rank}
    count_axis = {
        "field": "pictures",
        "type": "quantitative",
        "title": "Pictures",
        "axis": {"tickCount": 6, "tickMinStep": 1, "format": ",d"},
        "scale": {"domain": [0, int(whole[most])]},
    }
    drawn = _bars(len(rows)) if len(rows) <= MOST_BARS else _outline(len(rows))
    drawn["encoding"]["x"] = count_axis
    labelled = len(rows) <= MOST_LABELLED
    st.vega_lite_chart(
        list(rows.values()),
        drawn,
        height=_ROW * len(rows) + 60 if labelled else _TALLEST,
        key="chart of classes",
        alt=said,
    )


def _bars(classes: int) -> dict[str, Any]:
    labelled = classes <= MOST_LABELLED
    quiet = {"ticks": False, "domain": False}
    return {
        "mark": {"type": "bar"},
        "encoding": {
            "y": {
                "field": "class",
                "type": "nominal",
                "sort": {"field": "rank"},
                "title": None if labelled else LARGEST_FIRST,
                "axis": {"labels": labelled, "labelLimit": 150, "titlePadding": 12, **quiet},
                "scale": {"paddingInner": 0.25 if labelled else 0},
            },
            "tooltip": [
                {"field": "class", "type": "nominal", "title": "Class"},
                {"field": "pictures", "type": "quantitative", "title": "Pictures"},
            ],
        },
    }


def _outline(classes: int) -> dict[str, Any]:
    # Bars thinner than a pixel fade, and the one that sticks out would not be seen; a line is.
    return {
        "layer": [
            {"mark": {"type": "area", "orient": "horizontal"}},
            {"mark": {"type": "line"}, "encoding": {"order": {"field": "rank"}}},
        ],
        "encoding": {
            "y": {
                "field": "rank",
                "type": "quantitative",
                "title": LARGEST_FIRST,
                "axis": {"format": ",d"},
                "scale": {"domain": [1, classes], "reverse": True, "nice": False},
            },
        },
    }


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
