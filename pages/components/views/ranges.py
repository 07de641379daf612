"""How far a recipe goes: one picture drawn many times, and the mean and the spread of the draws."""

from __future__ import annotations

import numpy as np
import streamlit as st

from augment import Recipe
from augment.inspect import FULL_SCALE, MOVED, spread
from pages.components.parts.image_grid.image_grid import Tile, contact_sheet, image_grid
from pages.components.pictures import tile
from pages.components.pictures.chosen import Shown
from pages.components.views.one_picture import one_picture

DRAWS = 25


def show(shown: Shown, recipe: Recipe, *, seed: int, epoch: int) -> None:
    """Show the draws of as many epochs, with their mean and spread on top."""
    row = one_picture(shown)
    drawn = spread(
        recipe, shown.images, shown.labels, shown.ids, row=row, seed=seed, epoch=epoch, count=DRAWS
    )
    original = shown.images[row]
    common = {"before": contact_sheet(original[None]), "size": shown.size, "layout": "single"}
    image_grid(
        [
            Tile(name="As it is", captions=(shown.names[row],)),
            Tile(
                name=f"Mean of {DRAWS} draws",
                captions=(f"on average a pixel changes by {drawn.mean_change:.0f} grey levels",),
            ),
            Tile(
                name="Spread",
                captions=(
                    "dark: always the same",
                    f"lightest: apart by {FULL_SCALE:.0f} grey levels or more",
                ),
            ),
        ],
        before_of=[0] * 3,
        after=contact_sheet(np.stack([original, drawn.mean, drawn.deviation_picture])),
        key="range summary",
        **common,
    )
    st.caption(
        f"Below are the draws of epochs {epoch} to {epoch + DRAWS - 1}, what a training would see of "
        f"this picture but for whom it is mixed with. {drawn.moved:.0%} of the pixels vary by "
        f"{MOVED:.0f} grey levels or more, and {drawn.untouched:.0%} of the draws leave the picture "
        "as it is."
    )
    image_grid(
        [
            tile.tile(f"Epoch {at.epoch}", at, label, shown.class_names, others=shown.names)
            for at, label in zip(drawn.rows, drawn.labels, strict=True)
        ],
        before_of=[0] * DRAWS,
        after=contact_sheet(drawn.images),
        key="range draws",
        **common,
    )
