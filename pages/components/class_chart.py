"""How even the classes of a data set are, whether there are two of them or a thousand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from augment.data.picture_files.decoding import shown
from augment.data.spec import Ints
from pages.components.words import count, escaped

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
