"""Whom it helped: the difference of each class with its interval, and the classes that stand out."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

import streamlit as st

from augment.compare.comparison import Comparison
from augment.compare.per_class import ClassDifference, smallest_visible
from augment.data.source import VALIDATION
from augment.system.units import counted
from pages.components.compare.not_for_classes import not_for_classes
from pages.components.runs.axes import class_axis, zero_line
from pages.components.runs.classes import MOST_DRAWN
from pages.components.session.text import escaped

HELPED, HURT, UNCLEAR = "helped", "hurt", "could be chance"
_MOST_NAMED = 12
_LINE_PX, _AXIS_PX, _MOST_PX = 18, 130, 460  # the axis with its title, and the legend


def classes(found: Comparison, first: str, second: str, key: str) -> None:
    """Show the classes by their difference; on validation only how large one would have to be.

    Args:
        found: The comparison.
        first: The short name of the base.
        second: That of the other group.
        key: The first part of the keys of the elements.
    """
    st.subheader("Whom it helped", anchor=False)
    if found.split == VALIDATION:
        st.markdown(escaped(_too_few(found)))
        return
    helped, hurt = flagged(found.classes)
    if not helped and not hurt:
        st.markdown(escaped(_none_stands_out(found)))
    for title, those in (("Helped", helped), ("Hurt", hurt)):
        if those:
            names = ", ".join(
                f"{one.name} ({_points(one.difference)})" for one in those[:_MOST_NAMED]
            )
            if len(those) > _MOST_NAMED:
                names += f", and {len(those) - _MOST_NAMED} more"
            st.markdown(f"**{escaped(title)}:** {escaped(names)}")
    if hurt:
        not_for_classes(found, [one.name for one in hurt], key)
    rows = drawn(found.classes)
    chart, table = st.tabs(["Chart", "Table"], key=f"{key} classes shown", on_change="rerun")
    if chart.open:
        with chart:
            _chart(rows, key)
    if table.open:
        with table:
            _table(in_order(found.classes), key)
    text = (
        f"The accuracy of each class with {second} minus that with {first}, in points, and its 95 % "
        "interval. A class in colour differs by more than chance explains, all classes taken together "
        "(Benjamini and Hochberg: of those in colour, one in ten is a false alarm, as a rule). "
        "The interval of a single grey class may miss zero by chance: of a hundred, five do."
    )
    if found.is_over_pictures_only:
        text += (
            " All this holds for these two models; with another seed, other classes may stand out."
        )
    if len(rows) < len(found.classes):
        text += f" The chart has the {len(rows)} classes that differ most; the table has all."
    st.caption(escaped(text))


def in_order(found: Sequence[ClassDifference]) -> list[ClassDifference]:
    """Return the classes, that which was helped most first; of equal ones, the name decides."""
    return sorted(found, key=lambda one: (-one.difference, one.name.casefold()))


def flagged(
    found: Sequence[ClassDifference],
) -> tuple[list[ClassDifference], list[ClassDifference]]:
    """Return the classes that were helped, and those that were hurt, the most first."""
    those = [one for one in in_order(found) if one.flagged]
    helped = [one for one in those if one.difference > 0]
    return helped, [one for one in reversed(those) if one.difference < 0]


def drawn(found: Sequence[ClassDifference]) -> list[dict[str, Any]]:
    """Return the rows of the chart, in points; of too many classes, those that differ most."""
    ordered = in_order(found)
    if len(ordered) > MOST_DRAWN:
        ordered = [*ordered[: MOST_DRAWN // 2], *ordered[-MOST_DRAWN // 2 :]]
    return [
        {
            "name": one.name,
            "difference": 100 * one.difference,
            "low": 100 * one.low,
            "high": 100 * one.high,
            "pictures": one.pictures,
            "what": UNCLEAR if not one.flagged else HELPED if one.difference > 0 else HURT,
        }
        for one in ordered
    ]


def _points(difference: float) -> str:
    return f"{100 * difference:+.0f} points"


def _visible(found: Comparison) -> tuple[int, str]:
    """Return how many pictures a class has as a rule, and the difference that could be seen there."""
    pictures = round(median(one.pictures for one in found.classes))
    accuracy = float(found.first_predictions.right.mean())
    seeds = found.difference.seeds
    least = smallest_visible(pictures, seeds, accuracy)
    return pictures, f"about {counted(round(100 * least), 'point')}"


def _too_few(found: Comparison) -> str:
    pictures, least = _visible(found)
    return (
        f"A class has {counted(pictures, 'validation picture')}, so a single class would have to change "
        f"by {least} to be told from chance. The classes are shown once the models are evaluated "
        "on the test pictures."
    )


def _none_stands_out(found: Comparison) -> str:
    # Measured, as against what could be seen as a rule: seeds may differ more here than there.
    half = median((one.high - one.low) / 2 for one in found.classes)
    return (
        "No class differs by more than chance explains. The interval of a class reaches "
        f"{counted(round(100 * half), 'point')} to each side, as a rule, and a smaller change cannot be "
        "told from chance."
    )


def _chart(rows: Sequence[dict[str, Any]], key: str) -> None:
    height = _AXIS_PX + _LINE_PX * len(rows)
    signed = "datum.value === 0 ? '0' : format(datum.value, '+.0f')"
    axis = {"labelExpr": signed, "orient": "top", "tickCount": 5}
    low, high = min(row["low"] for row in rows), max(row["high"] for row in rows)
    share = {
        "type": "quantitative",
        "scale": {"domain": [min(low, 0.0), max(high, 0.0)], "nice": True},
    }
    colour = {
        "condition": {
            "test": f"datum.what != '{UNCLEAR}'",
            "field": "what",
            "type": "nominal",
            "title": None,
            "scale": {"domain": [HELPED, HURT]},
            "legend": {"orient": "bottom"},
        },
        "value": "gray",
    }
    tooltip = [
        {"field": "name", "type": "nominal", "title": "Class"},
        {"field": "difference", "type": "quantitative", "title": "Difference", "format": "+.1f"},
        {"field": "low", "type": "quantitative", "title": "At least", "format": "+.1f"},
        {"field": "high", "type": "quantitative", "title": "At most", "format": "+.1f"},
        {"field": "pictures", "type": "quantitative", "title": "Pictures"},
        {"field": "what", "type": "nominal", "title": "It"},
    ]
    layers: list[dict[str, Any]] = [
        zero_line(),
        {
            "mark": {"type": "rule", "strokeWidth": 2},
            "encoding": {
                "x": {"field": "low", "title": "Points", "axis": axis, **share},
                "x2": {"field": "high"},
                "color": colour,
                "tooltip": tooltip,
            },
        },
        {
            "mark": {"type": "point", "filled": True, "size": 50, "opacity": 1},
            "encoding": {
                "x": {"field": "difference", **share},
                "color": colour,
                "tooltip": tooltip,
            },
        },
    ]
    for layer in layers[1:]:
        layer["encoding"]["y"] = class_axis()
    with st.container(height=_MOST_PX if height > _MOST_PX else "content", border=False):
        st.vega_lite_chart(
            list(rows),
            {"layer": layers},
            height=height,
            key=f"{key} classes chart",
            alt="The difference of each class with its interval; the table has the same figures",
        )


def _table(ordered: Sequence[ClassDifference], key: str) -> None:
    percent = st.column_config.NumberColumn(format="percent")
    st.dataframe(
        {
            "Class": [one.name for one in ordered],
            "Difference": [one.difference for one in ordered],
            "At least": [one.low for one in ordered],
            "At most": [one.high for one in ordered],
            "Beyond chance": [one.flagged for one in ordered],
            "Pictures": [one.pictures for one in ordered],
        },
        column_config=dict.fromkeys(("Difference", "At least", "At most"), percent),
        hide_index=True,
        height=_MOST_PX if len(ordered) > 11 else "auto",
        key=f"{key} classes table",
        alt="The difference of each class with its interval",
    )
