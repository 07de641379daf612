"""Loss and accuracy of a run, the training's growing step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

Rows = Sequence[dict[str, float]]


def run_charts(steps: Rows, epochs: Rows, *, planned: int, validated: bool = True) -> None:
    """Show both curves.

    Args:
        steps: The rows of `Run.steps`.
        epochs: The rows of `Run.epochs`.
        planned: How many epochs the run was asked for.
        validated: Whether there are pictures to validate with.
    """
    series = ["training", "validation"] if validated else ["training"]
    for place, name in zip(st.columns(2), ("loss", "accuracy"), strict=True):
        with place:
            _chart(name, points(name, steps, epochs), planned, series)
    said = "Training is the mean over the epoch so far, on augmented pictures"
    if validated:
        said += "; validation is taken after each epoch, on the pictures as they are"
    st.caption(f"{said}.")


def points(name: str, steps: Rows, epochs: Rows) -> list[dict[str, Any]]:
    """Return the points of a chart: series, epochs done (a fraction within an epoch) and value."""
    training = [
        {
            "series": "training",
            "epoch": row["epoch"] - 1 + row["step"] / row["steps_per_epoch"],
            name: row[name],
        }
        for row in steps
    ]
    validation = [
        {"series": "validation", "epoch": row["epoch"], name: row[f"val_{name}"]}
        for row in epochs
        if f"val_{name}" in row
    ]
    return training + validation


def _chart(name: str, shown: list[dict[str, Any]], planned: int, series: list[str]) -> None:
    form = ".0%" if name == "accuracy" else ".2f"
    values = [point[name] for point in shown] or [0.0]
    margin = 0.1 * (max(values) - min(values)) + 0.01
    # With its domains given, the chart need not guess them before its points arrive.
    domain = [0, 1] if name == "accuracy" else [min(values) - margin, max(values) + margin]
    st.vega_lite_chart(
        shown,
        {
            "mark": {"type": "line", "point": True},
            "encoding": {
                "x": {
                    "field": "epoch",
                    "type": "quantitative",
                    "title": "Epochs",
                    "axis": {"tickMinStep": 1, "format": "d"},
                    "scale": {"domain": [0, planned]},
                },
                "y": {
                    "field": name,
                    "type": "quantitative",
                    "title": name.capitalize(),
                    "axis": {"format": form},
                    "scale": {"domain": domain},
                },
                "color": {
                    "field": "series",
                    "type": "nominal",
                    "title": None,
                    "scale": {"domain": series},
                    "legend": {"orient": "top"},
                },
                "tooltip": [
                    {"field": "series", "type": "nominal"},
                    {"field": "epoch", "type": "quantitative", "format": ".2f"},
                    {"field": name, "type": "quantitative", "format": form},
                ],
            },
        },
        height=280,
        key=f"chart {name}",
        alt=f"{name.capitalize()} over the epochs, in {' and in '.join(series)}",
    )
