"""What charts of runs have in common, as Vega-Lite has it: axes, and lines at a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def domain(
    name: str, shown: Sequence[Mapping[str, float]], extra: Sequence[float] = ()
) -> list[float]:
    """Return the ends of the axis of a chart, which fits its points and the values `extra`."""
    values = [point[name] for point in shown] or [0.0]
    low, high = min(*values, *extra, values[0]), max(*values, *extra, values[0])
    margin = 0.08 * (high - low) + 0.01
    if name == "accuracy":
        return [max(0.0, low - margin), min(1.0, high + margin)]
    return [low - margin, high + margin]


def epoch_axis(epochs: int) -> dict[str, Any]:
    """Return the horizontal axis of a chart by epoch, which ends with the last epoch that is planned."""
    return whole_axis("epoch", "Epochs", 0, epochs)


def whole_axis(field: str, title: str, first: int, last: int) -> dict[str, Any]:
    """Return the horizontal axis of a chart by a whole number, from the first to the last."""
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "axis": {"tickMinStep": 1, "format": "d"},
        "scale": {"domain": [first, last], "nice": False},
    }


def figure_axis(title: str, ends: list[float], *, is_share: bool) -> dict[str, Any]:
    """Return the vertical axis of a chart by epoch, with explicit ends.

    So the axis does not change while points arrive within them.

    Args:
        title: What it shows.
        ends: As `domain` returns them.
        is_share: Whether its figures are shares of 1, shown in percent.
    """
    return {
        "type": "quantitative",
        "title": title,
        "axis": {"format": ".0%" if is_share else ".2f"},
        "scale": {"domain": ends, "zero": False, "nice": False},
    }


def class_axis() -> dict[str, Any]:
    """Return the vertical axis of a chart with a line for each class, by its "name", in their order."""
    return {
        "field": "name",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"labelLimit": 130, "labelOverlap": False, "labelFlush": False, "ticks": False},
    }


def zero_line() -> dict[str, Any]:
    """Return the layer of a chart with a dashed vertical line at 0."""
    return {
        "data": {"values": [{"zero": 0}]},
        "mark": {"type": "rule", "color": "gray", "strokeDash": [4, 4]},
        "encoding": {
            "x": {"field": "zero", "type": "quantitative"},
            "y": {"value": 0},
            "y2": {"value": "height"},
        },
    }


def chance_line(chance: float, channel: str, what: str = "Guessing") -> dict[str, Any]:
    """Return the layer of a chart with a dashed line at the accuracy of guessing, or at another one.

    Args:
        chance: That accuracy.
        channel: "x" or "y", on which the chart has the accuracy.
        what: What it is the accuracy of.
    """
    return {
        "data": {"values": [{"chance": chance, "what": what}]},
        "mark": {"type": "rule", "strokeDash": [4, 4], "color": "gray"},
        "encoding": {
            channel: {"field": "chance", "type": "quantitative"},
            ("y" if channel == "x" else "x"): {"value": 0},
            ("y2" if channel == "x" else "x2"): {"value": "height" if channel == "x" else "width"},
            "tooltip": [
                {"field": "what", "type": "nominal", "title": "Line"},
                {"field": "chance", "type": "quantitative", "title": "Accuracy", "format": ".1%"},
            ],
        },
    }
