"""What a run has reached: its figures, and the curves of loss and accuracy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import streamlit as st

from augment.data.source import TEST
from augment.data.splits import TRAIN_ON_BOTH
from augment.runs import Run

Rows = Sequence[dict[str, float]]


def is_validated(run: Run, epochs: Rows) -> bool:
    """Return whether a run has a validation split, which selects its model."""
    if epochs:
        return "val_accuracy" in epochs[-1]
    return run.config is None or run.config.splits != TRAIN_ON_BOTH


def figures(epochs: Rows, evaluation: dict[str, Any]) -> None:
    """Show the figures of the last epoch, and the best or the final ones.

    Args:
        epochs: The rows of `Run.epochs`, at least one.
        evaluation: What `Run.evaluation` returns.
    """
    last, validated = epochs[-1], [row for row in epochs if "val_accuracy" in row]
    with st.container(horizontal=True):
        st.metric("Epochs finished", len(epochs))
        st.metric("Training loss", f"{last['loss']:.3f}")
        if validated:
            st.metric("Validation loss", f"{validated[-1]['val_loss']:.3f}")
        st.metric("Training accuracy", f"{last['accuracy']:.1%}")
        if validated:
            best = max(validated, key=lambda row: row["val_accuracy"])
            st.metric("Validation accuracy", f"{validated[-1]['val_accuracy']:.1%}")
            st.metric(
                "Best validation accuracy",
                f"{best['val_accuracy']:.1%}",
                help=f"In epoch {best['epoch']:g}.",
            )
        elif evaluation.get("split") == TEST and isinstance(evaluation.get("accuracy"), float):
            st.metric(
                "Test accuracy",
                f"{evaluation['accuracy']:.1%}",
                help="Of the last model, evaluated once at the end.",
            )


def curves(steps: Rows, epochs: Rows, *, planned: int, validated: bool = True) -> None:
    """Show loss and accuracy, those of the training for each step.

    Args:
        steps: The rows of `Run.steps`.
        epochs: The rows of `Run.epochs`.
        planned: How many epochs were requested.
        validated: Whether there is a validation split.
    """
    series = ["training", "validation"] if validated else ["training"]
    for place, name in zip(st.columns(2), ("loss", "accuracy"), strict=True):
        with place:
            _chart(name, points(name, steps, epochs), planned, series)
    text = "Training values are means over the epoch so far, on augmented pictures"
    if validated:
        text += "; validation values are measured after each epoch, without augmentation"
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
    validation = [
        {"series": "validation", "epoch": row["epoch"], name: row[f"val_{name}"]}
        for row in epochs
        # A training that diverged may have a loss that is no number; a chart has no place for it.
        if math.isfinite(row.get(f"val_{name}", math.nan))
    ]
    return training + validation


def _chart(name: str, shown: list[dict[str, Any]], planned: int, series: list[str]) -> None:
    number = ".0%" if name == "accuracy" else ".2f"
    values = [point[name] for point in shown] or [0.0]
    margin = 0.1 * (max(values) - min(values)) + 0.01
    # With explicit domains the axes do not change while the points arrive.
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
                    "axis": {"format": number},
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
                    {"field": name, "type": "quantitative", "format": number},
                ],
            },
        },
        height=280,
        key=f"chart {name}",
        alt=f"{name.capitalize()} over the epochs, in {' and in '.join(series)}",
    )
