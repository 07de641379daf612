"""What charts of runs have in common, as Vega-Lite has it: axes, and lines at a value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

_MOST_STEPS = 6
_NEAR_0 = 0.25


def domain(
    name: str, shown: Sequence[Mapping[str, float]], extra: Sequence[float] = ()
) -> list[float]:
    """Return the ends of the axis of a chart, which fits its points and the values `extra`."""
    values = [*(point[name] for point in shown), *extra]
    if name == "accuracy":
        return share_ends(values)
    low, high = min(values, default=0.0), max(values, default=0.0)
    margin = 0.08 * (high - low) + 0.01
    return [low - margin, high + margin]


def share_ends(values: Sequence[float]) -> list[float]:
    """Return the ends of an axis of shares of 1 that fits these values; 0 and 1 without any.

    It begins at 0 where that costs less than a quarter of it. Both ends are ticks of `share_ticks`.
    """
    if not values:
        return [0.0, 1.0]
    low, high = min(values), max(values)
    margin = 0.08 * (high - low) + 0.005
    low, high = max(0.0, low - margin), min(1.0, high + margin)
    if low < _NEAR_0 * high:
        low = 0.0
    while True:
        step = _step(high - low)
        # Less than a millionth of a step beyond a tick is a rounding error.
        low = round(math.floor(low / step + 1e-6) * step, 6)
        high = min(1.0, round(math.ceil(high / step - 1e-6) * step, 6))
        if _step(high - low) == step:  # else they are too far apart now for ticks so close
            return [low, high]


def share_ticks(ends: Sequence[float]) -> dict[str, Any]:
    """Return the ticks of an axis of shares with the ends of `share_ends`, in percent, all different."""
    low, high = ends
    step = _step(high - low)
    ticks = [round(low + at * step, 6) for at in range(round((high - low) / step) + 1)]
    return {"values": ticks, "format": ".0%" if step > 0.0099 else ".1%"}


def share_title(title: str, ends: Sequence[float]) -> str:
    """Return the title of an axis of shares, which says so where it does not begin at 0."""
    return f"{title} (from {ends[0] * 100:g}%)" if ends[0] else title


def _step(span: float) -> float:
    """Return the distance of ticks: 1, 2 or 5 times a power of ten, a tenth of a percent at least."""
    steps = (digit * 10.0**power for power in (-3, -2, -1) for digit in (1, 2, 5))
    return next(step for step in steps if span / step <= _MOST_STEPS + 1e-6)


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
        "title": share_title(title, ends) if is_share else title,
        "axis": share_ticks(ends) if is_share else {"format": ".2f", "tickCount": 5},
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
