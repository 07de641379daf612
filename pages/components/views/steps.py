"""One picture through the recipe: as it is, and after each op that was drawn for it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from augment import Recipe, registry
from augment.inspect import Stage, Walk, walk
from pages.components.parts.image_grid.image_grid import Tile, contact_sheet, image_grid
from pages.components.pictures import tile
from pages.components.pictures.chosen import Shown
from pages.components.session.words import escaped
from pages.components.views.one_picture import one_picture


def show(shown: Shown, recipe: Recipe, *, seed: int, epoch: int) -> None:
    """Show the picture after each op, and say which steps passed it by."""
    row = one_picture(shown)
    walked = walk(recipe, shown.images, shown.labels, shown.ids, row=row, seed=seed, epoch=epoch)
    image_grid(
        [_tile(number, stage, shown, row) for number, stage in enumerate(walked.stages)],
        before=contact_sheet(shown.images[row : row + 1]),
        before_of=[0] * len(walked.stages),
        after=contact_sheet(np.stack([stage.image for stage in walked.stages])),
        size=shown.size,
        layout="single",
        key="steps",
    )
    if walked.left_out:
        st.caption(f"{walked.left_out} more ops have happened before the last picture.")
    _passed_by(walked, recipe)


def _tile(number: int, stage: Stage, shown: Shown, row: int) -> Tile:
    if stage.applied is None:
        return Tile(name=f"{number}. As it is", captions=(shown.names[row],))
    shares = () if stage.label is None else tile.mixed_shares(stage.label, shown.class_names)
    return Tile(
        name=f"{number}. {registry()[stage.op].title}",
        captions=(tile.caption(stage.applied),),
        shares=shares,
        details=tuple(tile.details([stage.applied], shown.names)),
    )


def _passed_by(walked: Walk, recipe: Recipe) -> None:
    """List the steps that did not happen to this picture, each with the reason."""
    if not recipe.steps:
        st.caption("The recipe has no steps yet: every picture stays as it is.")
    if walked.skipped:
        st.markdown(
            "**Did not happen to this picture**\n\n"
            + "\n".join(
                f"- {escaped(registry()[skipped.op].title)}: {escaped(skipped.reason)}"
                for skipped in walked.skipped
            )
        )
