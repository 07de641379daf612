"""What a run has reached so far: its figures, and the curves of loss and accuracy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import streamlit as st

from augment.data.splits import TRAIN_ON_BOTH
from augment.runs import Run
from pages.components.runs.axes import chance_line, domain, epoch_axis, figure_axis

_MOST_POINTS = 30
"""With more points, the line of the training shows none."""

Rows = Sequence[dict[str, float]]
Points = Sequence[dict[str, Any]]


def is_validated(run: Run, epochs: Rows) -> bool:
    """Return whether a run has a validation split, which selects its model."""
    if any("val_accuracy" in row for row in epochs):
        return True
    return run.config is None or run.config.splits != TRAIN_ON_BOTH


def figures(epochs: Rows, chance: float | None) -> None:
    """Show the figures of the last epoch, and the best validation figure so far.

    Args:
        epochs: The rows of `Run.epochs`, at least one.
        chance: The accuracy of guessing; None if it is not known.
    """
    last, validated = epochs[-1], [row for row in epochs if "val_accuracy" in row]
    with st.container(horizontal=True):
        st.metric("Epochs finished", len(epochs), width="content")
        st.metric("Training loss", f"{last['loss']:.3f}", help=LOSS, width="content")
        if validated:
            st.metric(
                "Validation loss", f"{validated[-1]['val_loss']:.3f}", help=LOSS, width="content"
            )
        accuracy(
            "Training accuracy",
            last["accuracy"],
            chance,
            help="On the training pictures, as the recipe augments them.",
        )
        if validated:
            best = max(validated, key=lambda row: row["val_accuracy"])
            accuracy(
                "Validation accuracy",
                validated[-1]["val_accuracy"],
                chance,
                help=f"After epoch {validated[-1]['epoch']:g}, the last one that was validated.",
            )
            accuracy(
                "Best validation accuracy",
                best["val_accuracy"],
                chance,
                help=f"After epoch {best['epoch']:g}; the model of that epoch is kept.",
            )


LOSS = (
    "How far the model's probabilities are from the right answers; 0 would be perfect. It is what the "
    "training makes smaller."
)


def accuracy(label: str, value: float, chance: float | None, *, help: str) -> None:
    """Show an accuracy, with that of guessing below it."""
    st.metric(
        label,
        f"{value:.1%}",
        delta=None if chance is None else f"guessing {chance:.1%}",
        delta_color="off",
        delta_arrow="off",
        help=help,
        width="content",
    )


def curves(
    steps: Rows,
    epochs: Rows,
    *,
    planned: int,
    heads: int,
    chance: float | None,
    validated: bool,
    key: str,
) -> None:
    """Show loss and accuracy, those of the training for each step.

    Args:
        steps: The rows of `Run.steps`.
        epochs: The rows of `Run.epochs`.
        planned: How many epochs were requested.
        heads: How many of them, the first ones, train the head alone.
        chance: The accuracy of guessing; None if it is not known.
        validated: Whether there is a validation split.
        key: The first part of the keys of the charts.
    """
    series = ["training", "validation"] if validated else ["training"]
    with st.container(horizontal=True):
        for name in ("loss", "accuracy"):
            with st.container(width=440):
                # A pass of a head epoch only collects features: the head has its values after it.
                fitted = [row for row in steps if row["epoch"] > heads]
                shown = points(name, fitted, epochs)
                layers = _lines(name, shown, series)
                if 0 < heads < planned:
                    layers += _stages(heads)
                if name == "accuracy" and chance is not None:
                    layers.append(chance_line(chance, "y"))
                extra = [chance] if name == "accuracy" and chance is not None else []
                _chart(name, layers, shown, domain(name, shown, extra), planned, series, key)
    text = (
        "Training values are means over the epoch so far, on pictures as the recipe augments them"
    )
    if validated:
        text += "; validation values are measured without augmentation, after epochs with a point"
    if chance is not None:
        text += f"; the dashed line is the accuracy of guessing, {chance:.1%}"
    if 0 < heads < planned:
        text += ". Up to the line, only the head, the last layer, is trained; after it the body too"
    st.caption(f"{text}.")


def points(name: str, steps: Rows, epochs: Rows) -> list[dict[str, Any]]:
    """Return the points of a chart: series, finished epochs (a fraction within one) and value."""
    training = [
        {
            "series": "training",
            "epoch": row["epoch"] - 1 + row["step"] / row["steps_per_epoch"],
            name: row[name],
        }
        for row in steps
    ]
    with_steps = {row["epoch"] for row in steps}
    training += [
        {"series": "training", "epoch": row["epoch"], name: row[name]}
        for row in epochs
        # An epoch that trains the head alone may have no steps.
        if row["epoch"] not in with_steps and math.isfinite(row.get(name, math.nan))
    ]
    validation = [
        {"series": "validation", "epoch": row["epoch"], name: row[f"val_{name}"]}
        for row in epochs
        # A training that diverged may have a loss that is no number; a chart has no place for it.
        if math.isfinite(row.get(f"val_{name}", math.nan))
    ]
    return sorted(training, key=itemgetter("epoch")) + validation


def _lines(name: str, shown: Points, series: list[str]) -> list[dict[str, Any]]:
    """Return the layers with the lines, and with the points where the model was validated."""
    number = ".1%" if name == "accuracy" else ".3f"
    encoding = {
        "y": {"field": name, "type": "quantitative"},
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
            {"field": name, "type": "quantitative", "format": number},
        ],
    }
    training = sum(point["series"] == "training" for point in shown)
    with_points = [{"filter": "datum.series == 'validation'"}] if training > _MOST_POINTS else []
    return [
        {"mark": {"type": "line", "strokeWidth": 2}, "encoding": encoding},
        {
            "transform": with_points,
            "mark": {"type": "point", "filled": True, "size": 35, "opacity": 1},
            "encoding": encoding,
        },
    ]


def _stages(heads: int) -> list[dict[str, Any]]:
    """Return the layers that mark where the training of the body begins."""
    at = {"values": [{"at": heads, "before": "head", "after": "body"}]}
    place = {"x": {"field": "at", "type": "quantitative"}, "y": {"value": 2}}
    text = {"type": "text", "baseline": "top", "color": "gray"}
    return [
        {
            "data": at,
            "mark": {"type": "rule", "color": "gray"},
            "encoding": {"x": {"field": "at", "type": "quantitative"}},
        },
        *(
            {
                "data": at,
                "mark": text | {"align": align, "dx": -4 if align == "right" else 4},
                "encoding": place | {"text": {"field": field, "type": "nominal"}},
            }
            for field, align in (("before", "right"), ("after", "left"))
        ),
    ]


def _chart(
    name: str,
    layers: list[dict[str, Any]],
    shown: Points,
    ends: list[float],
    planned: int,
    series: list[str],
    key: str,
) -> None:
    st.vega_lite_chart(
        shown,
        {
            "encoding": {
                "x": epoch_axis(planned),
                "y": figure_axis(name.capitalize(), ends, is_share=name == "accuracy"),
            },
            "layer": layers,
        },
        height=280,
        key=f"{key} chart {name}",
        alt=f"{name.capitalize()} over the epochs, in {' and in '.join(series)}",
    )
