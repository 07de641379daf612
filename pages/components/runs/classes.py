"""The accuracy of each class with its interval, as a chart and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from augment.runs.evaluation import wilson
from augment.system.units import counted
from pages.components.runs.axes import (
    chance_line,
    class_axis,
    share_ends,
    share_ticks,
    share_title,
)
from pages.components.runs.predicted import Result

_WORST, _BEST, _NAME = ORDERS = ("Worst first", "Best first", "By name")
MOST_DRAWN = 200
"""How many classes the chart has; the table has all."""
_LINE_PX, _AXIS_PX, _MOST_PX = 18, 68, 480
"""The height of a class in the chart, of its axis, and from which height on the chart scrolls."""


def classes(result: Result, chance: float | None, key: str) -> None:
    """Show the classes of a split, sorted by their accuracy.

    Args:
        result: The result on the split.
        chance: The accuracy of guessing; None if it is not known.
        key: The first part of the keys of the elements.
    """
    found = rows(result.figures.get("per_class", []))
    if not found:
        st.caption("There are no figures of single classes.")
        return
    without = len(result.figures["per_class"]) - len(found)
    order = st.segmented_control(
        "Order",
        ORDERS,
        default=_WORST,
        required=True,
        key=f"{key} order",
        label_visibility="collapsed",
    )
    chart, table = st.tabs(["Chart", "Table"], key=f"{key} shown", on_change="rerun")
    found = in_order(found, order)
    if chart.open:
        with chart:
            _chart(found[:MOST_DRAWN], chance, key)
            if len(found) > MOST_DRAWN:
                st.caption(f"The first {MOST_DRAWN} of {len(found):,} classes; the table has all.")
    if table.open:
        with table:
            _table(found, key)
    least, most = (pick(row["pictures"] for row in found) for pick in (min, max))
    each = counted(least, "picture") if least == most else f"{least:,} to {most:,} pictures"
    text = (
        f"A class has only {each}, so its accuracy is uncertain: the line shows where the true accuracy "
        "lies, with a certainty of 95%."
    )
    if without:
        text += f" Without pictures in this split: {counted(without, 'class', 'classes')}."
    st.caption(text)


def rows(per_class: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the classes that have pictures: name, accuracy, low, high, correct, pictures."""
    found = []
    for entry in per_class:
        pictures, correct = entry.get("pictures"), entry.get("correct")
        if isinstance(pictures, int) and isinstance(correct, int) and 0 <= correct <= pictures > 0:
            low, high = wilson(correct, pictures)
            found.append(
                {
                    "name": str(entry.get("name", "")),
                    "accuracy": correct / pictures,
                    "low": low,
                    "high": high,
                    "correct": correct,
                    "pictures": pictures,
                }
            )
    return found


def in_order(found: list[dict[str, Any]], order: str) -> list[dict[str, Any]]:
    """Return the classes in one of `ORDERS`; of equal ones, the name decides."""
    by_name = sorted(found, key=lambda row: row["name"].casefold())
    if order == _NAME:
        return by_name
    return sorted(by_name, key=lambda row: row["accuracy"], reverse=order == _BEST)


def _chart(found: list[dict[str, Any]], chance: float | None, key: str) -> None:
    height = _AXIS_PX + _LINE_PX * len(found)
    guessing = [] if chance is None else [chance]
    ends = share_ends([row[end] for row in found for end in ("low", "high")] + guessing)
    share = {"type": "quantitative", "scale": {"domain": ends, "nice": False, "zero": False}}
    axis = {**share_ticks(ends), "orient": "top"}
    title = share_title("Accuracy", ends)
    tooltip = [
        {"field": "name", "type": "nominal", "title": "Class"},
        {"field": "accuracy", "type": "quantitative", "title": "Accuracy", "format": ".0%"},
        {"field": "low", "type": "quantitative", "title": "At least", "format": ".0%"},
        {"field": "high", "type": "quantitative", "title": "At most", "format": ".0%"},
        {"field": "correct", "type": "quantitative", "title": "Right"},
        {"field": "pictures", "type": "quantitative", "title": "Pictures"},
    ]
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "rule", "strokeWidth": 2, "color": "gray"},
            "encoding": {
                "x": {"field": "low", "title": title, "axis": axis, **share},
                "x2": {"field": "high"},
                "tooltip": tooltip,
            },
        },
        {
            "mark": {"type": "point", "filled": True, "size": 45, "opacity": 1},
            "encoding": {"x": {"field": "accuracy", **share}, "tooltip": tooltip},
        },
    ]
    layers += [chance_line(each, "x") for each in guessing]
    with st.container(height=_MOST_PX if height > _MOST_PX else "content", border=False):
        st.vega_lite_chart(
            found,
            {
                "encoding": {"y": class_axis()},
                "layer": layers,
            },
            height=height,
            key=f"{key} chart",
            alt="The accuracy of each class with its interval; the table has the same figures",
        )


def _table(found: list[dict[str, Any]], key: str) -> None:
    percent = st.column_config.NumberColumn(format="percent")
    st.dataframe(
        {
            "Class": [row["name"] for row in found],
            "Accuracy": [row["accuracy"] for row in found],
            "At least": [row["low"] for row in found],
            "At most": [row["high"] for row in found],
            "Right": [row["correct"] for row in found],
            "Pictures": [row["pictures"] for row in found],
        },
        column_config=dict.fromkeys(("Accuracy", "At least", "At most"), percent),
        hide_index=True,
        height=_MOST_PX if len(found) > 11 else "auto",
        key=f"{key} table",
        alt="The accuracy of each class with its interval",
    )
