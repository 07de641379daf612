"""The groups side by side: the mean of each figure over the seeds, and its deviation."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from augment.compare.groups import Group
from augment.data.source import TEST, VALIDATION
from augment.runs.groups import OverSeeds
from pages.components.session.text import escaped

_NOTHING = "not measured"
_SPACE = "\N{NO-BREAK SPACE}"
_COLUMNS = (
    (VALIDATION, "accuracy", "Validation accuracy"),
    (TEST, "accuracy", "Test accuracy"),
    (TEST, "macro_accuracy", "Test, mean of the classes"),
    (TEST, "cross_entropy", "Test cross-entropy"),
    (TEST, "ece", "Test calibration error"),
    (VALIDATION, "epoch", "Best epoch"),
)
_PLAIN = {"cross_entropy": ".3f", "epoch": ".0f"}


def groups_table(groups: Sequence[Group], names: Sequence[str]) -> None:
    """Show a row for each group, the base first."""
    rows = {"Seeds": [_seeds(group) for group in groups]}
    for split, metric, title in _COLUMNS:
        values = [group.figures.get(split, {}).get(metric) for group in groups]
        if any(values):
            rows[title] = [
                shown(value, metric, group) for value, group in zip(values, groups, strict=True)
            ]
    st.table({"Group": [escaped(name) for name in names], **rows}, border="horizontal")
    if len(rows) > 1:  # there are figures
        text = (
            "Mean over the seeds ± standard deviation. The validation pictures chose the best epoch, so "
            "their figure is optimistic"
        )
        is_tested = any(TEST in group.figures for group in groups)
        good = "; a low cross-entropy and a low calibration error are good." if is_tested else "."
        st.caption(text + good)


def _seeds(group: Group) -> str:
    """Return how many seeds are there, and how many there will be."""
    waiting = sum(not run.is_over for run in group.left_out)
    done = len(group.seeds)
    return f"{done} of {done + waiting}" if waiting else str(done)


def shown(figure: OverSeeds | None, metric: str, group: Group) -> str:
    """Return a figure as text, such as "35.1 ± 0.8 %", which no line break divides."""
    if figure is None:
        return _NOTHING
    plain = _PLAIN.get(metric)
    scale, number, unit = (1.0, plain, "") if plain else (100.0, ".1f", f"{_SPACE}%")
    text = format(scale * figure.mean, number)
    if figure.deviation is not None:
        deviation = format(scale * figure.deviation, ".1f" if metric == "epoch" else number)
        text += f"{_SPACE}±{_SPACE}{deviation}"
    text += unit
    if figure.count < len(group.seeds):
        text += f" ({figure.count} of {len(group.seeds)} seeds)"
    return text
