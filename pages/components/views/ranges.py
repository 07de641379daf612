"""How much a recipe varies: one picture drawn many times, with mean and standard deviation."""

from __future__ import annotations

from functools import partial

import streamlit as st

from augment import Recipe
from augment.inspect import Spread, mixing_steps
from augment.inspect.views import DRAWS, spread_groups, spread_of
from pages.components.parts.image_grid.image_grid import image_grid
from pages.components.pictures import tile
from pages.components.pictures.picture_choice import Pictures
from pages.components.session.live import Frames
from pages.components.views import state

_SUMMARY, _DRAWS = "range summary", "range draws"


def show(pictures: Pictures, recipe: Recipe, *, seed: int, epoch: int) -> Frames:
    """Show the draws of `DRAWS` epochs, below their mean and standard deviation."""
    row = state.picture_control(pictures)
    mixing = state.mixing_control(recipe)
    drawn_with = partial(
        spread_of, samples=pictures, row=row, seed=seed, epoch=epoch, mixing=mixing
    )

    def frames(drawn: Spread) -> dict[str, bytes]:
        groups = spread_groups(drawn, pictures, row=row)
        summary, draws = (tile.group_frame(group, pictures) for group in groups)
        return {_SUMMARY: summary, _DRAWS: draws}

    drawn = drawn_with(recipe)
    shown = frames(drawn)
    image_grid(shown[_SUMMARY], key=_SUMMARY)
    st.caption(
        f"Below are the draws of epochs {epoch} to {epoch + DRAWS - 1}, which a training would see of "
        f"this picture{_exception(recipe, mixing)}. {drawn.sentence}"
    )
    image_grid(shown[_DRAWS], key=_DRAWS)
    return lambda recipe: frames(drawn_with(recipe))


def _exception(recipe: Recipe, mixing: bool) -> str:
    if not mixing_steps(recipe):
        return ""
    return ", except that mixing takes other partners there" if mixing else ", but for the mixing"
