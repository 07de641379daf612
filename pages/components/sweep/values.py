"""What a sweep varies: one or two parameters of the recipe, their values, and the seeds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from augment import Recipe
from augment.inspect import Axis, default_axes, default_axis, sweepable
from augment.inspect import values as spaced
from augment.runs import experiments, sweep
from augment.runs.sweep import Varied
from pages.components.session import person
from pages.components.session.text import escaped

_FEW, _MORE = 4, 6
_FIRST = "rand_augment"
"""The op whose two parameters come first: they are what people sweep."""


def values_control(recipe: Recipe) -> list[Varied]:
    """Show the choice of one or two parameters with their values, and return them.

    Raises:
        ConfigError: A value is not allowed.
    """
    axes = {place(axis): axis for axis in sweepable(recipe)}
    first, second = first_axes(recipe)
    across = _axis_control("Parameter", list(axes), first, axes)
    texts = {across: _text_control(axes[across], "Values")}
    others = ["", *(name for name in axes if name != across)]
    down = _axis_control("Second parameter", others, second if second != across else first, axes)
    if down:
        texts[down] = _text_control(axes[down], "Values of the second")
    return [sweep.parse(recipe, f"{name}={text}") for name, text in texts.items()]


def seeds_control(over: Sequence[Varied]) -> int:
    """Show how many seeds each cell gets, and return it.

    Proposed are as many as tell a difference from chance, or as fit into the queue of this person.

    Args:
        over: The parameters that are varied; the cells are their combinations, and no augmentation.
    """
    cells = math.prod(len(each.values) for each in over) + 1
    limit = person.current().most_queued
    proposed = experiments.SEEDS
    if limit is not None:
        proposed = max(1, min(proposed, limit // cells))
    seeds: int = st.number_input(
        "Seeds",
        min_value=1,
        max_value=sweep.MOST_RUNS,
        value=proposed,
        key="sweep seeds",
        persist_state="session",
        help="How many times each cell is trained, each time with the next seed. With one, nobody can "
        "tell a difference from chance.",
    )
    return seeds


def place(axis: Axis) -> str:
    """Return the name of a parameter, "STEP.PARAMETER"."""
    return f"{axis.step_id}.{axis.name}"


def first_axes(recipe: Recipe) -> tuple[str, str]:
    """Return the parameters to vary first: RandAugment's M and N if it is there.

    Args:
        recipe: A recipe with something to vary.
    """
    ours = [axis for axis in sweepable(recipe) if axis.op == _FIRST]
    names = [place(axis) for axis in ours if axis.name in ("magnitude", "augmentations_per_image")]
    if len(names) == 2:
        return names[1], names[0]
    axis = default_axis(recipe)
    first = place(axis) if axis else place(default_axes(recipe)[0])
    return first, ""


def proposed(axis: Axis) -> tuple[Any, ...]:
    """Return a few values between what changes nothing and the extreme, with the present one.

    A whole number goes to the end of what papers and practice use.
    """
    param = axis.param
    if param.type == "float":
        return tuple(sorted({*spaced(axis, _MORE)[1:-1], axis.present}))
    if param.type == "int":
        ends = [each.high for each in param.recommended if each.high is not None]
        high = max([*ends, axis.present]) if ends else param.high
        return spaced(replace(axis, param=replace(param, high=high)), _FEW)
    return spaced(axis)


def _axis_control(
    label: str, options: Sequence[str], default: str, axes: Mapping[str, Axis]
) -> str:
    chosen: str = st.selectbox(
        label,
        options,
        index=options.index(default) if default in options else 0,
        format_func=lambda name: axes[name].label if name else "None",
        # Other options are another widget, as a step that comes and goes would leave a wrong choice.
        key=f"sweep {label} {hash(tuple(options))}",
    )
    return chosen


def _text_control(axis: Axis, label: str) -> str:
    param = axis.param
    if param.type == "choice":
        chosen = st.multiselect(
            label,
            param.choices,
            default=param.choices,
            format_func=param.format,
            key=f"sweep values {place(axis)}",
        )
        return ",".join(chosen)
    unit = {"turn": "turns", "share": "shares of 1"}.get(param.unit, param.unit)
    text: str = st.text_input(
        label,
        ", ".join(f"{value:g}" for value in proposed(axis)),
        key=f"sweep values {place(axis)} {axis.present}",
        help=escaped(
            f"Separated by commas, from {param.low:g} to {param.high:g}{f' {unit}' if unit else ''}. "
            f"{param.help}"
        ),
    )
    return text
