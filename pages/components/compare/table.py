"""The groups side by side: the mean of each figure over the seeds, and its deviation."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from augment.compare.groups import Figures, Group
from augment.data.source import TEST, VALIDATION
from pages.components.session.text import escaped

_NOTHING = "not measured"
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
    rows = {"Seeds": [str(len(group.seeds)) for group in groups]}
    for split, metric, title in _COLUMNS:
        values = [group.figures.get(split, {}).get(metric) for group in groups]
        if any(values):
            rows[title] = [
                shown(value, metric, group) for value, group in zip(values, groups, strict=True)
            ]
    st.table({"Group": [escaped(name) for name in names], **rows}, border="horizontal")
    st.caption(
        "Mean over the seeds ± standard deviation. The validation pictures chose the best epoch, so "
        "their figure is optimistic; a low cross-entropy and a low calibration error are good."
    )


def shown(figures: Figures | None, metric: str, group: Group) -> str:
    """Return a figure as text, such as "35.1 ± 0.8 %"."""
    if figures is None:
        return _NOTHING
    plain = _PLAIN.get(metric)
    scale, number, unit = (1.0, plain, "") if plain else (100.0, ".1f", " %")
    text = format(scale * figures.mean, number)
    if figures.deviation is not None:
        text += f" ± {format(scale * figures.deviation, '.1f' if metric == 'epoch' else number)}"
    text += unit
    if figures.count < len(group.seeds):
        text += f" ({figures.count} of {len(group.seeds)} seeds)"
    return text
