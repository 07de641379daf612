"""All pictures before and after: the pictures that a training gets."""

from __future__ import annotations

import streamlit as st

import augment
from augment import Batch, Plan, Recipe
from augment.engine import compiled
from pages.components.parts.frame import header_of
from pages.components.parts.image_grid.image_grid import (
    contact_sheet,
    grid_frame,
    image_grid,
)
from pages.components.pictures import tile
from pages.components.pictures.picture_choice import Pictures
from pages.components.session import live
from pages.components.session.live import Frames

# The compiled loops give the same bytes, and are not worth their memory for a few pictures.
compiled.stay_plain()

KEY = "grid"
_DIGEST = "shown grid"


def show(pictures: Pictures, recipe: Recipe, *, seed: int, epoch: int) -> Frames:
    """Draw, render and show the pictures; see `Frames` for what is returned."""

    def frames(recipe: Recipe) -> dict[str, bytes]:
        return {KEY: frame(pictures, recipe, seed=seed, epoch=epoch)}

    once = live.once(frames, pictures, seed, epoch)
    shown = once(recipe)[KEY]
    image_grid(shown, key=KEY)
    st.session_state[_DIGEST] = header_of(shown)["digest"]
    return once


def shown_digest() -> str:
    """Return the digest of the pictures that `show` has shown last."""
    digest: str = st.session_state[_DIGEST]
    return digest


def frame(pictures: Pictures, recipe: Recipe, *, seed: int, epoch: int) -> bytes:
    """Return the grid of the pictures."""
    plan, batch = augmented(pictures, recipe, seed=seed, epoch=epoch)
    labels = pictures.labels if batch.labels is None else batch.labels
    return grid_frame(
        [
            tile.tile(name, row, label, pictures.class_names, own=own, others=pictures.names)
            for name, row, label, own in zip(
                pictures.names, plan.rows, labels, pictures.own_classes, strict=True
            )
        ],
        before=pictures.sheet,
        after=contact_sheet(batch.images),
        size=pictures.size,
    )


def augmented(pictures: Pictures, recipe: Recipe, *, seed: int, epoch: int) -> tuple[Plan, Batch]:
    """Return the plan of the pictures, and the pictures after it."""
    plan = augment.draw(recipe, pictures.ids, seed=seed, epoch=epoch, labels=pictures.labels)
    return plan, augment.render(plan, pictures.images, pictures.labels)
