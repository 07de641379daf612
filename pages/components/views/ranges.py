"""How much a recipe varies: one picture drawn many times, with mean and standard deviation."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from augment import Recipe
from augment.inspect import FULL_SCALE, MOVED, Spread, mixing_steps, spread, without_mixing
from pages.components.parts.image_grid.image_grid import Tile, contact_sheet, grid_frame, image_grid
from pages.components.pictures import tile
from pages.components.pictures.picture_choice import Pictures
from pages.components.session.live import Frames
from pages.components.views import state

DRAWS = 25
_SUMMARY, _DRAWS = "range summary", "range draws"


def show(pictures: Pictures, recipe: Recipe, *, seed: int, epoch: int) -> Frames:
    """Show the draws of `DRAWS` epochs, below their mean and standard deviation."""
    row = state.picture_control(pictures)
    mixing = state.mixing_control(recipe)
    spread_of = partial(
        _spread, mixing=mixing, samples=pictures, row=row, seed=seed, epoch=epoch, count=DRAWS
    )

    def frames(drawn: Spread) -> dict[str, bytes]:
        return {_SUMMARY: _summary(pictures, row, drawn), _DRAWS: _draws(pictures, row, drawn)}

    drawn = spread_of(recipe)
    shown = frames(drawn)
    image_grid(shown[_SUMMARY], key=_SUMMARY)
    st.caption(
        f"Below are the draws of epochs {epoch} to {epoch + DRAWS - 1}, which a training would see of "
        f"this picture{_exception(recipe, mixing)}. {drawn.moved:.0%} of the pixels "
        f"vary by {MOVED:.0f} grey levels or more, and {drawn.untouched:.0%} of the draws leave the "
        "picture unchanged."
    )
    image_grid(shown[_DRAWS], key=_DRAWS)
    return lambda recipe: frames(spread_of(recipe))


def _spread(recipe: Recipe, *, mixing: bool, **drawn: Any) -> Spread:
    return spread(recipe if mixing else without_mixing(recipe), **drawn)


def _exception(recipe: Recipe, mixing: bool) -> str:
    if not mixing_steps(recipe):
        return ""
    return ", except that mixing takes other partners there" if mixing else ", but for the mixing"


def _summary(pictures: Pictures, row: int, drawn: Spread) -> bytes:
    original = pictures.images[row]
    return grid_frame(
        [
            Tile(name="Original", captions=(pictures.names[row],)),
            Tile(
                name=f"Mean of {DRAWS} draws",
                captions=(f"on average a pixel changes by {drawn.mean_change:.0f} grey levels",),
            ),
            Tile(
                name="Standard deviation",
                captions=(
                    "dark: the same in every draw",
                    f"lightest: {FULL_SCALE:.0f} grey levels or more",
                ),
            ),
        ],
        before=contact_sheet(original[None]),
        before_of=[0] * 3,
        after=contact_sheet(np.stack([original, drawn.mean, drawn.deviation_picture])),
        size=pictures.size,
        layout="single",
    )


def _draws(pictures: Pictures, row: int, drawn: Spread) -> bytes:
    return grid_frame(
        [
            tile.tile(
                f"Epoch {at.epoch}",
                at,
                label,
                pictures.class_names,
                own=pictures.own_classes[row],
                others=pictures.names,
            )
            for at, label in zip(drawn.rows, drawn.labels, strict=True)
        ],
        before=pictures.sheet,
        before_of=[row] * DRAWS,
        after=contact_sheet(drawn.images),
        size=pictures.size,
        layout="single",
    )
