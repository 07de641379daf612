"""One picture through the recipe: the original, and the picture after each op drawn for it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from augment import Recipe, registry
from augment.inspect import Walk, walk
from augment.inspect.views import walk_group
from pages.components.parts.image_grid.image_grid import image_grid
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
    return tile.group_frame(walk_group(walked, pictures, row=row), pictures)


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
