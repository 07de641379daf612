"""What a run has reached, in figures."""

from __future__ import annotations

from typing import Any

import streamlit as st

from augment.data.source import TEST
from augment.data.splits import TRAIN_ON_BOTH
from augment.runs import Run
from pages.components.runs.charts import Rows


def is_validated(run: Run, epochs: Rows) -> bool:
    """Return whether a run has pictures to choose its model by."""
    if epochs:
        return "val_accuracy" in epochs[-1]
    return run.config is None or run.config.splits != TRAIN_ON_BOTH


def figures(epochs: Rows, evaluation: dict[str, Any]) -> None:
    """Show the figures of the last epoch, and the best or the final ones.

    Args:
        epochs: The rows of `Run.epochs`, one at least.
        evaluation: What `Run.evaluation` says so far.
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
                "Best validation", f"{best['val_accuracy']:.1%}", help=f"Epoch {best['epoch']:g}."
            )
        elif evaluation.get("split") == TEST and isinstance(evaluation.get("accuracy"), float):
            st.metric(
                "Test accuracy",
                f"{evaluation['accuracy']:.1%}",
                help="Of the last model, judged once, at the end.",
            )
