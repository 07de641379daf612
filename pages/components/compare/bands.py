"""The curves of all groups over each other: the mean over the seeds, and the band around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from augment.compare.curves import Band, curves
from augment.compare.groups import Group
from pages.components.runs.axes import chance_line, domain, epoch_axis, figure_axis

_TITLES = {
    "val_accuracy": "Validation accuracy",
    "val_loss": "Validation loss",
    "accuracy": "Training accuracy",
    "loss": "Training loss",
}
_VALIDATED = ("val_accuracy", "val_loss")
_TRAINED = ("accuracy", "loss")
_SOLID = 6
"""How many colours of lines there are; the lines after them are dashed."""


def bands(groups: Sequence[Group], names: Sequence[str], chance: float | None) -> None:
    """Show accuracy and loss of the groups by epoch.

    Args:
        groups: The groups.
        names: Their short names.
        chance: The accuracy of guessing; None if it is not known, or not the same for all.
    """
    st.subheader("Curves", anchor=False)
    found = {name: curves(group) for name, group in zip(names, groups, strict=True)}
    has = {metric for of_group in found.values() for metric in of_group}
    if not has:
        st.caption("The curves begin with the first epoch that is finished.")
        return
    validated = _VALIDATED[0] in has
    planned = max(group.config.epochs for group in groups)
    with st.container(horizontal=True):
        for metric in _VALIDATED if validated else _TRAINED:
            with st.container(width=440):
                _chart(metric, found, names, planned, chance)
    text = "Lines are means over the seeds, bands reach from the lowest to the highest seed"
    if not validated:
        text += (
            "; measured in training, on pictures as each recipe augments them, so a strong recipe "
        )
        text += "looks worse than it is"
    if chance is not None:
        text += f"; the dashed grey line is the accuracy of guessing, {chance:.1%}"
    st.caption(f"{text}.")


def points(metric: str, found: Mapping[str, Mapping[str, Band]]) -> list[dict[str, Any]]:
    """Return the points of a chart: group, epoch, mean, low, high and how many seeds have them."""
    return [
        {"group": name, "epoch": epoch, "mean": mean, "low": low, "high": high, "seeds": count}
        for name, of_group in found.items()
        if (band := of_group.get(metric)) is not None
        for epoch, mean, low, high, count in zip(
            band.epochs.tolist(),
            band.mean.tolist(),
            band.low.tolist(),
            band.high.tolist(),
            band.count.tolist(),
            strict=True,
        )
        # A training that diverged may have a loss that is no number.
        if max(abs(low), abs(high), abs(mean)) < float("inf")
    ]


def _chart(
    metric: str,
    found: Mapping[str, Mapping[str, Band]],
    names: Sequence[str],
    planned: int,
    chance: float | None,
) -> None:
    shown = points(metric, found)
    is_accuracy = metric.endswith("accuracy")
    name = "accuracy" if is_accuracy else "loss"
    extra = [chance] if is_accuracy and chance is not None else []
    ends = domain(name, [{name: point[end]} for point in shown for end in ("low", "high")], extra)
    number = ".1%" if is_accuracy else ".3f"
    legend = {
        "orient": "top",
        "columns": 2,
        "labelLimit": 180,
        "symbolType": "stroke",
        "symbolOpacity": 1,
        "symbolStrokeWidth": 3,
    }
    colour = {
        "field": "group",
        "type": "nominal",
        "title": None,
        "scale": {"domain": list(names)},
        "legend": legend,
    }
    dash = {
        "field": "group",
        "type": "nominal",
        "title": None,
        "scale": {
            "domain": list(names),
            "range": [[1, 0] if at < _SOLID else [6, 3] for at in range(len(names))],
        },
        "legend": legend,
    }
    tooltip = [
        {"field": "group", "type": "nominal", "title": "Group"},
        {"field": "epoch", "type": "quantitative", "title": "Epoch"},
        {"field": "mean", "type": "quantitative", "title": "Mean", "format": number},
        {"field": "low", "type": "quantitative", "title": "Lowest seed", "format": number},
        {"field": "high", "type": "quantitative", "title": "Highest seed", "format": number},
        {"field": "seeds", "type": "quantitative", "title": "Seeds"},
    ]
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "area", "opacity": 0.2},
            "encoding": {
                "y": {"field": "low", "type": "quantitative"},
                "y2": {"field": "high"},
                "color": colour,
            },
        },
        {
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": {
                "y": {"field": "mean", "type": "quantitative"},
                "color": colour,
                "strokeDash": dash,
            },
        },
        {
            "mark": {"type": "point", "filled": True, "size": 30, "opacity": 1},
            "encoding": {
                "y": {"field": "mean", "type": "quantitative"},
                "color": colour,
                "tooltip": tooltip,
            },
        },
    ]
    if extra:
        layers.append(chance_line(extra[0], "y"))
    st.vega_lite_chart(
        shown,
        {
            "encoding": {
                "x": epoch_axis(planned),
                "y": figure_axis(_TITLES[metric], ends, is_share=is_accuracy),
            },
            "layer": layers,
        },
        height=320,
        key=f"compare chart {metric}",
        alt=f"{_TITLES[metric]} over the epochs, a line and a band for each group",
    )
