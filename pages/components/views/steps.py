"""One picture through the recipe: the original, and the picture after each op drawn for it."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from augment import Recipe, registry
from augment.inspect import Stage, Walk, walk
from pages.components.parts.image_grid.image_grid import Tile, contact_sheet, grid_frame, image_grid
from pages.components.pictures import tile
from pages.components.pictures.picture_choice import Pictures
from pages.components.session.live import Frames
from pages.components.session.text import escaped
from pages.components.views import state

KEY = "steps"


def show(pictures: Pictures, recipe: Recipe, *, seed: int, epoch: int) -> Frames:
    """Show the picture after each op, and which steps were not applied to it."""
    row = state.picture_control(pictures)
    walked_with = partial(walk, samples=pictures, row=row, seed=seed, epoch=epoch)
    walked = walked_with(recipe)
    image_grid(_frame(walked, pictures, row), key=KEY)
    if walked.left_out:
        st.caption(f"{walked.left_out} more ops were applied before the last picture.")
    _skipped(walked, recipe)
    return lambda recipe: {KEY: _frame(walked_with(recipe), pictures, row)}


def _frame(walked: Walk, pictures: Pictures, row: int) -> bytes:
    return grid_frame(
        [_tile(number, stage, pictures, row) for number, stage in enumerate(walked.stages)],
        before=pictures.sheet,
        before_of=[row] * len(walked.stages),
        after=contact_sheet(np.stack([stage.image for stage in walked.stages])),
        size=pictures.size,
        layout="single",
    )


def _tile(number: int, stage: Stage, pictures: Pictures, row: int) -> Tile:
    if stage.applied is None:
        return Tile(name=f"{number}. Original", captions=(pictures.names[row],))
    return Tile(
        name=f"{number}. {registry()[stage.op].title}",
        captions=("\n".join(stage.applied.caption_lines()),),
        shares=tile.shares(stage.label, pictures.class_names, pictures.own_classes[row]),
        details=tuple(tile.details([stage.applied], pictures.names)),
    )


def _skipped(walked: Walk, recipe: Recipe) -> None:
    """List the steps that were not applied to this picture, each with the reason."""
    if not recipe.steps:
        st.caption("The recipe has no steps, so every picture is unchanged.")
    if walked.skipped:
        st.markdown(
            "**Not applied to this picture**\n\n"
            + "\n".join(
                f"- {escaped(registry()[skipped.op].title)}: {escaped(skipped.reason)}"
                for skipped in walked.skipped
            )
        )
