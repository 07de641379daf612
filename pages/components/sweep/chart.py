"""The figures of a sweep: a heat map for two parameters, points with their spread for one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from augment import runs
from augment.runs.sweep import Cell, Sweep, Varied
from pages.components.runs.axes import figure_axis, share_ends

_WEAK, _STRONG = "#e3efe0", "#1f5a38"
_MOST_FIGURES = 8
"""With more columns, a cell has no room for its spread."""
_MOST_TEXTS = 14
_LEAST_RANGE = 0.02
"""The least range of accuracies that the colours span where the spread is not known."""
_WHITE_FROM = 0.74
"""From this share of the range on, white text has more contrast than black."""
_ROW_PX, _COLUMN_PX = 62, 170
_AROUND_PX, _POINTS_PX = 100, 820
# A title along the axis would be longer than the axis, which Vega then makes shorter still.
_TITLE_ON_TOP = {
    "titleAngle": 0,
    "titleAlign": "left",
    "titleAnchor": "end",
    "titleX": 0,
    "titleY": -14,
}


def chart(found: Sweep, chosen: str | None, key: str, on_select: Callable[[], None]) -> None:
    """Show the cells; a click on one calls `on_select`, and `clicked` then has it.

    Args:
        found: The sweep.
        chosen: The cell that is shown below, in words, if any.
        key: The key of the chart.
        on_select: The callback of a click.
    """
    data = [_row(found, cell, cell.words == chosen) for cell in found.cells]
    if len(found.over) == 1:
        spec, height, width = _points(found), 320, _POINTS_PX
    else:
        across, down = (len(each.values) for each in found.over)
        spec, height = _heat_map(found, data), _AROUND_PX + _ROW_PX * down
        width = _AROUND_PX + _COLUMN_PX * max(across, 3)
    with st.container(width=width):
        st.vega_lite_chart(
            data,
            spec,
            height=height,
            key=key,
            on_select=on_select,
            selection_mode="clicked",
            alt="The validation accuracy of each cell; the table below has the same figures",
        )


def clicked(key: str) -> str | None:
    """Return the cell that was clicked in a chart, in words; None if none is."""
    selection = st.session_state[key]["selection"]["clicked"]
    return str(selection[0]["cell"]) if selection else None


def _row(found: Sweep, cell: Cell, is_chosen: bool) -> dict[str, Any]:
    spread = cell.deviation or 0.0
    row = {
        "cell": cell.words,
        "figures": cell.figures,
        "state": cell.state or "finished",
        "text": _text(found, cell),
        "mean": cell.mean,
        "low": None if cell.mean is None else cell.mean - spread,
        "high": None if cell.mean is None else cell.mean + spread,
        "chosen": is_chosen,
    }
    names = ("across", "down")
    for name, each, value in zip(names, found.over, cell.values, strict=False):
        row[name] = value if _is_scale(found) else each.param.format(value)
    return row


def _text(found: Sweep, cell: Cell) -> str:
    columns = len(found.over[0].values)
    if columns > _MOST_TEXTS:
        return ""
    if cell.mean is None:
        # Narrow cells have room for one word.
        if running := [run for run in cell.runs if run.state == runs.RUNNING]:
            return f"{running[0].progress:.0%}"
        return cell.state.removeprefix("1 ").partition(",")[0] if columns <= _MOST_FIGURES else "…"
    mean = f"{cell.mean:.1%}"
    if columns > _MOST_FIGURES:
        return mean
    spread = (
        "one seed" if cell.deviation is None else f"± {100 * cell.deviation:.1f}, n {cell.count}"
    )
    return f"{mean}\n{spread}"


def _is_scale(found: Sweep) -> bool:
    """Whether the one parameter is a number, so that its values have a distance."""
    return len(found.over) == 1 and found.over[0].param.type != "choice"


_TOOLTIP = [
    {"field": "cell", "type": "nominal", "title": "Cell"},
    {"field": "figures", "type": "nominal", "title": "Validation accuracy"},
    {"field": "state", "type": "nominal", "title": "Its other runs"},
]
_TOOLTIP_OF_SEED = [
    {"field": "seed", "type": "quantitative", "title": "Seed", "format": "d"},
    {"field": "accuracy", "type": "quantitative", "title": "Validation accuracy", "format": ".1%"},
]
_SELECT = {
    "name": "clicked",
    "select": {"type": "point", "fields": ["cell"], "toggle": False},
}


def _heat_map(found: Sweep, data: list[dict[str, Any]]) -> dict[str, Any]:
    means = [row["mean"] for row in data if row["mean"] is not None] or [0.0]
    low, high = min(means), max(means)
    # Where all cells are equal but for chance, the colours are not to say otherwise.
    least = 4 * found.spread if found.spread else _LEAST_RANGE
    if (lack := least - (high - low)) > 0:
        low, high = low - lack / 2, high + lack / 2
    white = low + _WHITE_FROM * (high - low)
    across, down = found.over
    return {
        "encoding": {
            "x": _place("across", across, {"labelAngle": 0}),
            # The largest value on top, as on every other axis.
            "y": _place("down", down, _TITLE_ON_TOP) | {"sort": "descending"},
            "tooltip": _TOOLTIP,
        },
        "layer": [
            {
                "params": [_SELECT],
                "mark": {
                    "type": "rect",
                    "cursor": "pointer",
                    "stroke": "gray",
                    "strokeOpacity": 0.4,
                },
                "encoding": {
                    "color": {
                        "condition": {
                            "test": "isValid(datum.mean)",
                            "field": "mean",
                            "type": "quantitative",
                            "scale": {"domain": [low, high], "range": [_WEAK, _STRONG]},
                            "legend": None,
                        },
                        "value": "transparent",
                    },
                },
            },
            {
                "transform": [{"filter": "datum.chosen"}],
                "mark": {"type": "rect", "fill": None, "stroke": "#d97f1f", "strokeWidth": 3},
            },
            {
                "mark": {
                    "type": "text",
                    "lineBreak": "\n",
                    "fontSize": 12,
                    "lineHeight": 15,
                    "dy": -7,
                },
                "encoding": {
                    "text": {"field": "text", "type": "nominal"},
                    "color": {
                        "condition": [
                            {"test": "!isValid(datum.mean)", "value": "#80857c"},
                            {"test": f"datum.mean >= {white}", "value": "white"},
                        ],
                        "value": "black",
                    },
                },
            },
        ],
    }


def _place(field: str, each: Varied, axis: dict[str, Any]) -> dict[str, Any]:
    order = [each.param.format(value) for value in each.values]
    return {
        "field": field,
        "type": "ordinal",
        "title": each.title,
        "scale": {"domain": order if field == "across" else order[::-1], "padding": 0.02},
        "axis": {"ticks": False, "domain": False, "grid": False} | axis,
    }


def _points(found: Sweep) -> dict[str, Any]:
    [each] = found.over
    x: dict[str, Any] = {"field": "across", "title": each.title}
    if _is_scale(found):
        x |= {"type": "quantitative", "scale": _ends([float(value) for value in each.values])}
    else:
        x |= {"type": "nominal", "sort": None, "axis": {"labelAngle": 0}}
    shares = [value for cell in (*found.cells, found.nothing) for value in cell.accuracies]
    y = figure_axis("Validation accuracy", share_ends(shares), is_share=True)
    valid = {"filter": "isValid(datum.mean)"}
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": _of_seeds(found)},
            "mark": {"type": "point", "filled": True, "opacity": 0.5, "size": 36},
            "encoding": {"y": {"field": "accuracy"} | y, "tooltip": _TOOLTIP_OF_SEED},
        },
        {
            "transform": [valid],
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": {"y": {"field": "mean"} | y},
        },
        {
            "transform": [valid],
            # Not a rule, which Streamlit draws black in either theme.
            "mark": {"type": "bar", "size": 4, "opacity": 0.4},
            "encoding": {"y": {"field": "low"} | y, "y2": {"field": "high"}},
        },
        {
            "params": [_SELECT],
            "transform": [valid],
            "mark": {
                "type": "point",
                "filled": True,
                "size": 130,
                "opacity": 1,
                "cursor": "pointer",
            },
            "encoding": {
                "y": {"field": "mean"} | y,
                "stroke": {
                    "condition": {"test": "datum.chosen", "value": "#d97f1f"},
                    "value": None,
                },
                "strokeWidth": {"value": 3},
                "tooltip": _TOOLTIP,
            },
        },
    ]
    if found.nothing.mean is not None:
        layers += [
            {
                "data": {"values": [{"nothing": found.nothing.mean}]},
                "mark": {"type": "rule", "strokeDash": [5, 4], "color": "gray"},
                "encoding": {"y": {"field": "nothing"} | y},
            },
            {
                "data": {"values": [{"nothing": found.nothing.mean, "label": "nothing"}]},
                "mark": {"type": "text", "color": "gray", "align": "left", "dy": -7, "dx": 4},
                "encoding": {
                    "x": {"value": 0},
                    "y": {"field": "nothing"} | y,
                    "text": {"field": "label", "type": "nominal"},
                },
            },
        ]
    layers.insert(
        4,
        {
            "transform": [{"filter": "!isValid(datum.mean)"}],
            "mark": {"type": "text", "color": "gray", "y": {"expr": "height - 8"}},
            "encoding": {"text": {"field": "text", "type": "nominal"}, "tooltip": _TOOLTIP},
        },
    )
    for layer in layers[:5]:
        layer["encoding"] = {"x": x} | layer["encoding"]
    return {"layer": layers}


def _of_seeds(found: Sweep) -> list[dict[str, Any]]:
    """Return the accuracy of each run that counts."""
    [each] = found.over
    return [
        {
            "across": cell.values[0] if _is_scale(found) else each.param.format(cell.values[0]),
            "seed": seed,
            "accuracy": accuracy,
        }
        for cell in found.cells
        for seed, accuracy in zip(cell.seeds, cell.accuracies, strict=True)
    ]


def _ends(values: list[float]) -> dict[str, Any]:
    """Return the scale of an axis that fits these values, with a margin."""
    low, high = min(values), max(values)
    margin = 0.08 * (high - low) or 0.02
    return {"domain": [low - margin, high + margin], "zero": False, "nice": False}
