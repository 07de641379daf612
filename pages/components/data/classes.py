"""The classes of a data set: some pictures of each, and how balanced they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from augment.data import Prepared, overview
from augment.data.images.decode import shown
from augment.data.source import Ints
from augment.system.units import counted
from pages.components.parts.picture_cards.picture_cards import Card, picture_cards
from pages.components.session.text import escaped

_PAGE, _EXAMPLES, _SIDE = 12, 5, 96
_MOST_LABELLED, _MOST_BARS = 40, 200
"""The most classes whose bars have labels, and the most that have bars at all."""
_LARGEST_FIRST = "Classes, largest first"
_ROW_HEIGHT, _CHART_HEIGHT = 22, 420


def classes(prepared: Prepared) -> None:
    """Show the classes with some pictures of each, a page at a time."""
    counts = overview.class_counts(prepared)
    names = prepared.class_names
    on_page = _page(names) if len(names) > _PAGE else list(range(len(names)))
    _cards(prepared, on_page, counts)


def class_chart(names: Sequence[str], totals: Ints) -> None:
    """Show how many pictures each class has, largest first.

    Args:
        names: The names of the classes.
        totals: How many pictures each class has, (K,).
    """
    order = np.argsort(-totals, kind="stable")
    most, least = int(order[0]), int(order[-1])
    if totals[most] == totals[least]:
        st.markdown(f"Each class has {counted(int(totals[most]), 'picture')}.")
        return
    median = int(np.sort(totals)[::-1][(len(totals) - 1) // 2])
    text = (
        f"The largest class, {shown(names[most])}, has {counted(int(totals[most]), 'picture')}, the "
        f"smallest, {shown(names[least])}, has {totals[least]:,}. Half of the classes have {median:,} "
        "or more."
    )
    st.markdown(escaped(text))
    rows: dict[str, dict[str, Any]] = {}
    for rank, label in enumerate(order, start=1):
        # Two classes may be shown under the same name, but each has its own bar.
        name = shown(names[label])
        name = f"{name} ({rank})" if name in rows else name
        rows[name] = {"class": name, "pictures": int(totals[label]), "rank": rank}
    chart = _bars(len(rows)) if len(rows) <= _MOST_BARS else _outline(len(rows))
    chart["encoding"]["x"] = {
        "field": "pictures",
        "type": "quantitative",
        "title": "Pictures",
        "axis": {"tickCount": 6, "tickMinStep": 1, "format": ",d"},
        "scale": {"domain": [0, int(totals[most])]},
    }
    labelled = len(rows) <= _MOST_LABELLED
    st.vega_lite_chart(
        list(rows.values()),
        chart,
        height=_ROW_HEIGHT * len(rows) + 60 if labelled else _CHART_HEIGHT,
        key="chart of classes",
        alt=text,
    )


def _page(names: tuple[str, ...]) -> list[int]:
    """Show a search and the choice of a page, and return the classes on it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Search classes",
            placeholder="Part of a name",
            icon=":material/search:",
            key="search class",
        )
        found = overview.search(names, text)
        pages = max(-(-len(found) // _PAGE), 1)
        page = 1
        if pages > 1:
            key = f"page of {pages} of classes"
            page = st.number_input(f"Page (of {pages:,})", 1, pages, key=key, width=130)
    first = (page - 1) * _PAGE
    on_page = found[first : first + _PAGE]
    if not found:
        st.info(f"No class name matches {escaped(shown(text))}.", icon=":material/search_off:")
    else:
        st.caption(
            f"Classes {first + 1:,} to {first + len(on_page):,} of {len(found):,}, "
            f"with up to {_EXAMPLES} pictures of each."
        )
    return on_page


def _cards(prepared: Prepared, classes: list[int], counts: dict[str, Ints]) -> None:
    stored = prepared.stored
    rows = [overview.examples(stored, label, _EXAMPLES) for label in classes]
    names = [shown(prepared.class_names[label]) for label in classes]
    cards = [
        Card(
            title=name,
            text=_counts_text({split: int(in_split[label]) for split, in_split in counts.items()}),
            alts=tuple(f"{name}, picture {number}" for number in range(1, len(few) + 1)),
        )
        for name, label, few in zip(names, classes, rows, strict=True)
    ]
    pictures = overview.small(stored, np.concatenate([*rows, np.empty(0, np.int64)]), _SIDE)
    picture_cards(cards, pictures, across=_EXAMPLES, key="classes")


def _counts_text(counts: dict[str, int]) -> str:
    total = counted(sum(counts.values()), "picture")
    parts = [f"{split} {number:,}" for split, number in counts.items()]
    return f"{total}: {', '.join(parts)}" if len(parts) > 1 else total


def _bars(classes: int) -> dict[str, Any]:
    labelled = classes <= _MOST_LABELLED
    plain = {"ticks": False, "domain": False}
    return {
        "mark": {"type": "bar"},
        "encoding": {
            "y": {
                "field": "class",
                "type": "nominal",
                "sort": {"field": "rank"},
                "title": None if labelled else _LARGEST_FIRST,
                "axis": {"labels": labelled, "labelLimit": 150, "titlePadding": 12, **plain},
                "scale": {"paddingInner": 0.25 if labelled else 0},
            },
            "tooltip": [
                {"field": "class", "type": "nominal", "title": "Class"},
                {"field": "pictures", "type": "quantitative", "title": "Pictures"},
            ],
        },
    }


def _outline(classes: int) -> dict[str, Any]:
    # Bars thinner than a pixel fade, which would hide a single large class; a line does not.
    return {
        "layer": [
            {"mark": {"type": "area", "orient": "horizontal"}},
            {"mark": {"type": "line"}, "encoding": {"order": {"field": "rank"}}},
        ],
        "encoding": {
            "y": {
                "field": "rank",
                "type": "quantitative",
                "title": _LARGEST_FIRST,
                "axis": {"format": ",d"},
                "scale": {"domain": [1, classes], "reverse": True, "nice": False},
            },
        },
    }
