"""One setting over its range, or two against each other; all else and the seed stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import streamlit as st

from augment import Recipe
from augment.inspect import Axis, Variant, default_axis, matrix, sweep, sweepable, values
from pages.components.parts.image_grid.image_grid import Headings, Tile, contact_sheet, image_grid
from pages.components.pictures import tile as tile_words
from pages.components.pictures.chosen import Shown
from pages.components.session import ignored, look
from pages.components.views.one_picture import one_picture

ACROSS, DOWN = 7, 5


def show(shown: Shown, recipe: Recipe, *, seed: int, epoch: int) -> None:
    """Show the picture under each value of one setting, or of each pair of two."""
    axes = {f"{axis.step_id}.{axis.name}": axis for axis in sweepable(recipe)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        row = one_picture(shown)
        if axes:
            across, down = _chosen(recipe, axes)
    if not axes:
        why = "no step of the recipe is on" if recipe.steps else "the recipe has no steps yet"
        st.info(f"There is nothing to sweep: {why}.")
        return
    given: dict[str, Any] = {
        "images": shown.images,
        "labels": shown.labels,
        "ids": shown.ids,
        "row": row,
        "seed": seed,
        "epoch": epoch,
    }
    if down is None:
        wide, high = values(across, ACROSS), ()
        variants = sweep(recipe, axis=across, values=wide, **given)
    else:
        wide, high = values(across, DOWN), values(down, DOWN)
        pairs = {"across": across, "across_values": wide, "down": down, "down_values": high}
        variants = tuple(chain.from_iterable(matrix(recipe, **pairs, **given)))
    image_grid(
        [_tile(variant, across, down, shown) for variant in variants],
        before=contact_sheet(shown.images[row : row + 1]),
        before_of=[0] * len(variants),
        after=contact_sheet(np.stack([variant.image for variant in variants])),
        size=shown.size,
        layout="single",
        headings=Headings(
            across_title=across.label,
            across=tuple(across.param.format(value) for value in wide),
            down_title=down.label if down else "",
            down=tuple(down.param.format(value) for value in high) if down else (),
        ),
        key="sweep",
    )


def _chosen(recipe: Recipe, axes: Mapping[str, Axis]) -> tuple[Axis, Axis | None]:
    """Show which settings to sweep, and return them."""
    first = default_axis(recipe)
    usual = f"{first.step_id}.{first.name}" if first else ""
    across = _choice(
        "From left to right", look.ACROSS, axes, list(axes), usual, "The setting to vary."
    )
    rest = ["", *(name for name in axes if name != across)]
    down = _choice(
        "From top to bottom", look.DOWN, axes, rest, "", "A second one makes a table of pairs."
    )
    return axes[across], axes.get(down)


def _choice(
    label: str,
    what: str,
    axes: Mapping[str, Axis],
    options: Sequence[str],
    usual: str,
    help: str,
) -> str:
    last = look.wanted(what)
    # While the step of a setting is off or gone another box stands here; undone, the first comes back.
    missing = bool(last) and last not in options
    chosen: str = st.selectbox(
        label,
        options,
        index=options.index(usual if missing or not last else last),
        format_func=lambda name: axes[name].label if name else "Nothing else",
        key=look.key(f"sweep {what}{' meanwhile' if missing else ''}"),
        help=help,
        width=280,
    )
    ignored.took(what, chosen, [option for option in options if option])
    if not missing or chosen != usual:
        look.want(what, chosen)
    look.shows(what, chosen)
    return chosen


def _tile(variant: Variant, across: Axis, down: Axis | None, shown: Shown) -> Tile:
    axes = (across,) if down is None else (across, down)
    tile = tile_words.tile(
        ", ".join(
            axis.param.format(value) for axis, value in zip(axes, variant.values, strict=True)
        ),
        variant.row,
        variant.label,
        shown.class_names,
        others=shown.names,
    )
    return tile_words.marked(tile, "as in the grid") if variant.is_present else tile
