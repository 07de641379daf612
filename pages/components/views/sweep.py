"""One setting over its range, or two settings against each other; everything else stays the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
import streamlit as st

import augment
from augment import Recipe
from augment.inspect import (
    Axis,
    Variant,
    default_axis,
    matrix,
    mixing_steps,
    sweep,
    sweepable,
    values,
    without_mixing,
)
from augment.inspect.mixing import is_mixing
from pages.components.parts.image_grid.image_grid import (
    Headings,
    Tile,
    contact_sheet,
    grid_frame,
    image_grid,
)
from pages.components.pictures import tile
from pages.components.pictures.picture_choice import Pictures
from pages.components.session import address_notes
from pages.components.session.live import Frames
from pages.components.views import state

KEY = "sweep"
_COLUMNS, _SIDE_OF_TABLE = 7, 5
_AS_IN_GRID, _UNMIXED = "as in the grid", "grid, unmixed"


@dataclass(frozen=True, kw_only=True)
class _Drawn:
    """Which picture is shown, with which draws."""

    row: int
    seed: int
    epoch: int
    mixing: bool


def show(pictures: Pictures, recipe: Recipe, *, seed: int, epoch: int) -> Frames | None:
    """Show the picture for each value of one setting, or for each pair of values of two."""
    axes = _axes(recipe)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        row = state.picture_control(pictures)
        if axes:
            across, down = _axes_control(recipe, axes)
    if not axes:
        why = "all steps of the recipe are off" if recipe.steps else "the recipe has no steps"
        st.info(f"There is no setting to sweep: {why}.")
        return None

    of_mixing = [axes[name].label for name in (across, down) if name and is_mixing(axes[name].op)]
    because = ""
    if of_mixing:
        because = f"{of_mixing[0]} belongs to a mixing step, so mixing happens here."
    mixing = state.mixing_control(recipe, because)

    def frames(recipe: Recipe) -> dict[str, bytes]:
        # Among the values of a setting is the one that the recipe has.
        axes = _axes(recipe)
        if across not in axes or (down and down not in axes):
            return {}
        both = axes[across], axes.get(down)
        drawn = _Drawn(row=row, seed=seed, epoch=epoch, mixing=mixing)
        return {KEY: _frame(pictures, recipe, *both, drawn)}

    image_grid(frames(recipe)[KEY], key=KEY)
    return frames


def _frame(
    pictures: Pictures,
    recipe: Recipe,
    across: Axis,
    down: Axis | None,
    drawn: _Drawn,
) -> bytes:
    """Return the row or the table of pictures."""
    present = _AS_IN_GRID
    row, seed, epoch = drawn.row, drawn.seed, drawn.epoch
    if not drawn.mixing:
        if _is_mixed(pictures, recipe, row=row, seed=seed, epoch=epoch):
            present = _UNMIXED
        recipe = without_mixing(recipe)
    down_values: Sequence[Any] = ()
    if down is None:
        across_values = values(across, _COLUMNS)
        variants = sweep(
            recipe, pictures, row=row, seed=seed, epoch=epoch, axis=across, values=across_values
        )
    else:
        across_values, down_values = values(across, _SIDE_OF_TABLE), values(down, _SIDE_OF_TABLE)
        rows = partial(matrix, recipe, pictures, row=row, seed=seed, epoch=epoch)
        rows = partial(rows, across=across, across_values=across_values)
        variants = tuple(chain.from_iterable(rows(down=down, down_values=down_values)))
    return grid_frame(
        [_tile(variant, across, down, pictures, row, present) for variant in variants],
        before=pictures.sheet,
        before_of=[row] * len(variants),
        after=contact_sheet(np.stack([variant.image for variant in variants])),
        size=pictures.size,
        layout="single" if down else "strip",
        headings=Headings(
            across_title=across.label,
            across=tuple(across.param.format(value) for value in across_values),
            down_title=down.label if down else "",
            down=tuple(down.param.format(value) for value in down_values) if down else (),
        ),
    )


def _axes(recipe: Recipe) -> dict[str, Axis]:
    """Return the settings of a recipe that can be swept, by their names in the address."""
    return {f"{axis.step_id}.{axis.name}": axis for axis in sweepable(recipe)}


def _axes_control(recipe: Recipe, axes: Mapping[str, Axis]) -> tuple[str, str]:
    """Show the choice of the settings to sweep, and return their names; the second may be empty."""
    first = default_axis(recipe, mixing=state.requested(state.MIXING) != "")
    default = f"{first.step_id}.{first.name}" if first else ""
    across = _axis_control(
        "From left to right", state.ACROSS, axes, list(axes), default, "The setting to vary."
    )
    others = ["", *(name for name in axes if name != across)]
    down = _axis_control(
        "From top to bottom",
        state.DOWN,
        axes,
        others,
        "",
        "A second setting makes a table of pairs.",
    )
    return across, down


def _axis_control(
    label: str,
    parameter: str,
    axes: Mapping[str, Axis],
    options: Sequence[str],
    default: str,
    help: str,
) -> str:
    requested = state.requested(parameter)
    # While the step of a setting is off or removed, another widget replaces the one of that setting,
    # which comes back with its value when the change is undone.
    missing = bool(requested) and requested not in options
    chosen: str = st.selectbox(
        label,
        options,
        index=options.index(default if missing or not requested else requested),
        format_func=lambda name: axes[name].label if name else "None",
        key=state.key(f"sweep {parameter}{' instead' if missing else ''}"),
        help=help,
        width=280,
    )
    address_notes.compare(parameter, chosen, [option for option in options if option])
    if not missing or chosen != default:
        state.request(parameter, chosen)
    state.set_shown(parameter, chosen)
    return chosen


def _is_mixed(pictures: Pictures, recipe: Recipe, *, row: int, seed: int, epoch: int) -> bool:
    """Whether the picture is mixed in the grid."""
    if not mixing_steps(recipe):
        return False
    plan = augment.draw(recipe, pictures.ids, seed=seed, epoch=epoch, labels=pictures.labels)
    return any(is_mixing(applied.op) for applied in plan.rows[row].ops)


def _tile(
    variant: Variant,
    across: Axis,
    down: Axis | None,
    pictures: Pictures,
    row: int,
    present: str,
) -> Tile:
    axes = (across,) if down is None else (across, down)
    made = tile.tile(
        ", ".join(
            axis.param.format(value) for axis, value in zip(axes, variant.values, strict=True)
        ),
        variant.row,
        variant.label,
        pictures.class_names,
        own=pictures.own_classes[row],
        others=pictures.names,
    )
    return dataclasses.replace(made, mark=present) if variant.is_present else made
