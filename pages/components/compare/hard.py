"""Which step is hard: the training loss of the pictures that each step happened to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from augment import AugmentError
from augment.compare.groups import Group
from augment.compare.hard_steps import HardOp, HardSteps, Loss, added_loss
from augment.runs.groups import meaning
from augment.system.units import counted
from pages.components.compare.computed import hardness
from pages.components.runs.axes import domain, epoch_axis, zero_line
from pages.components.session.text import escaped

_HAPPENED, _OTHERWISE = "with the step", "without it"
_LINE_PX, _AXIS_PX = 26, 50


def hard(groups: Sequence[Group], names: Sequence[str]) -> None:
    """Show how hard each step of a recipe makes the training pictures; the user chooses the group.

    Args:
        groups: The groups, the base first.
        names: Their short names.
    """
    able = [at for at, group in enumerate(groups) if meaning(group.config.recipe) and group.runs]
    if not able:
        st.markdown("No recipe here changes a picture.")
        return
    at = able[-1]
    if len(able) > 1:
        at = st.selectbox(
            "Recipe of",
            able,
            index=len(able) - 1,
            format_func=names.__getitem__,
            key="hard group",
            width=400,
        )
    try:
        found = hardness(groups[at])
    except AugmentError as error:
        st.info(escaped(error))
        return
    st.markdown(
        "What was drawn for each training picture is repeated and held against the loss that it had. "
        "The more a step adds to the loss, the harder it makes the pictures: one that adds very much "
        "may be too strong."
    )
    _added(found)
    labels, rows = [op.full_title for op in found.ops], added(found)
    chosen = st.selectbox(
        "Step",
        range(len(labels)),
        index=labels.index(rows[0]["step"]) if rows else 0,
        format_func=labels.__getitem__,
        key=f"hard step {groups[at].key}",
        width=400,
    )
    _one(found, found.ops[chosen])
    source = f"The losses are those of {counted(len(found.runs), 'run')}."
    st.caption(escaped(" ".join([source, *found.notes])))


def added(found: HardSteps) -> list[dict[str, Any]]:
    """Return what each op adds to the loss over all epochs, with its 95 % interval, the most first."""
    rows = []
    for op in found.ops:
        if of := added_loss(op):
            rows.append(
                {
                    "step": op.full_title,
                    "added": of.difference,
                    "low": of.low,
                    "high": of.high,
                    "with": op.happened[-1].mean,
                    "without": op.otherwise[-1].mean,
                    "pictures": op.happened[-1].pictures,
                }
            )
    return sorted(rows, key=lambda row: -row["added"])


def _added(found: HardSteps) -> None:
    rows = added(found)
    if not rows:
        st.markdown(
            "Every step happens to every picture, so there are none without it to compare with. The "
            "strengths below still tell which pictures were harder."
        )
        return
    ends = [min(0.0, *(row["low"] for row in rows)), max(0.0, *(row["high"] for row in rows))]
    share = {
        "type": "quantitative",
        "title": "Added to the training loss",
        "scale": {"domain": ends, "nice": True},
        "axis": {"tickCount": 5, "format": "+.2f"},
    }
    tooltip = [
        {"field": "step", "type": "nominal", "title": "Step"},
        {"field": "added", "type": "quantitative", "title": "Added", "format": "+.3f"},
        {"field": "with", "type": "quantitative", "title": "Loss with it", "format": ".3f"},
        {"field": "without", "type": "quantitative", "title": "Loss without", "format": ".3f"},
        {"field": "pictures", "type": "quantitative", "title": "Pictures with it", "format": ","},
    ]
    step: dict[str, Any] = {
        "y": {
            "field": "step",
            "type": "nominal",
            "sort": None,
            "title": None,
            "axis": {"labelLimit": 170, "ticks": False, "labelOverlap": False},
        },
        "tooltip": tooltip,
    }
    st.vega_lite_chart(
        rows,
        {
            "layer": [
                zero_line(),
                {
                    "mark": {"type": "rule", "strokeWidth": 2, "color": "gray"},
                    "encoding": {"x": {"field": "low", **share}, "x2": {"field": "high"}, **step},
                },
                {
                    "mark": {"type": "point", "filled": True, "size": 50, "opacity": 1},
                    "encoding": {"x": {"field": "added", **share}, **step},
                },
            ],
        },
        height=_AXIS_PX + _LINE_PX * len(rows),
        key="hard added",
        alt="What each step adds to the training loss, with its 95 % interval",
    )
    there = {row["step"] for row in rows}
    if others := [op.full_title for op in found.ops if op.full_title not in there]:
        st.caption(
            escaped(
                f"Not in the chart: {', '.join(others)}. Each happened to all pictures or to none, so "
                "there is nothing to compare with."
            )
        )


def _one(found: HardSteps, op: HardOp) -> None:
    """Show one op: its loss by epoch, and by strength."""
    with st.container(horizontal=True):
        with st.container(width=440):
            _by_epoch(by_epoch(found, op), found.periods[-1][1])
        if op.strengths:
            with st.container(width=440):
                _by_strength(by_strength(op))


def by_epoch(found: HardSteps, op: HardOp) -> list[dict[str, Any]]:
    """Return the points of the chart by epoch, in the middle of each period."""
    rows = []
    for what, losses in ((_HAPPENED, op.happened), (_OTHERWISE, op.otherwise)):
        for (first, last), loss in zip(found.periods[:-1], losses[:-1], strict=True):
            if loss.mean is not None:
                epochs = f"{first} to {last}" if first < last else str(first)
                rows.append(
                    {"what": what, "epoch": (first + last) / 2, "epochs": epochs, **_values(loss)}
                )
    return rows


def by_strength(op: HardOp) -> list[dict[str, Any]]:
    """Return the points of the chart by strength, over all epochs."""
    return [
        {"strength": (each.low + each.high) / 2, "from": each.low, "to": each.high, **_values(loss)}
        for each in op.strengths
        if (loss := each.losses[-1]).mean is not None
    ]


def _values(loss: Loss) -> dict[str, Any]:
    return {"loss": loss.mean, "pictures": loss.pictures}


def _loss(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "field": "loss",
        "type": "quantitative",
        "title": "Mean training loss",
        "scale": {"domain": domain("loss", rows), "zero": False, "nice": False},
    }


_NUMBERS = [
    {"field": "loss", "type": "quantitative", "title": "Loss", "format": ".3f"},
    {"field": "pictures", "type": "quantitative", "title": "Pictures", "format": ","},
]


def _by_epoch(rows: list[dict[str, Any]], epochs: int) -> None:
    st.vega_lite_chart(
        rows,
        {
            "mark": {"type": "line", "point": True, "strokeWidth": 2},
            "encoding": {
                "x": epoch_axis(epochs),
                "y": _loss(rows),
                "color": {
                    "field": "what",
                    "type": "nominal",
                    "title": None,
                    "scale": {"domain": [_HAPPENED, _OTHERWISE]},
                    "legend": {"orient": "top"},
                },
                "tooltip": [{"field": "epochs", "type": "nominal", "title": "Epochs"}, *_NUMBERS],
            },
        },
        height=280,
        key="hard by epoch",
        alt="The mean training loss by epoch, of the pictures that the step happened to, and of others",
    )


def _by_strength(rows: list[dict[str, Any]]) -> None:
    st.vega_lite_chart(
        rows,
        {
            "mark": {"type": "line", "point": True, "strokeWidth": 2},
            "encoding": {
                "x": {
                    "field": "strength",
                    "type": "quantitative",
                    "title": "Strength, from 0 (nothing) to 1 (its extreme)",
                    "scale": {"domain": [0, 1]},
                },
                "y": _loss(rows),
                "tooltip": [
                    {
                        "field": "from",
                        "type": "quantitative",
                        "title": "Strength from",
                        "format": ".2f",
                    },
                    {"field": "to", "type": "quantitative", "title": "to", "format": ".2f"},
                    *_NUMBERS,
                ],
            },
        },
        height=280,
        key="hard by strength",
        alt="The mean training loss by the strength of the step",
    )
