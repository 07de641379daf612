"""All pictures before and after: the very pictures that training gets."""

from __future__ import annotations

import augment
from augment import Batch, Plan, Recipe
from augment.engine import kernels
from pages.components.parts.image_grid.image_grid import contact_sheet, image_grid
from pages.components.pictures import tile
from pages.components.pictures.chosen import Shown

# The same bytes for a few pictures, without the memory of the compiled loops.
kernels.stay_plain()


def show(shown: Shown, recipe: Recipe, *, seed: int, epoch: int) -> None:
    """Draw, render and show the pictures."""
    plan, batch = augmented(shown, recipe, seed=seed, epoch=epoch)
    labels = shown.labels if batch.labels is None else batch.labels
    image_grid(
        [
            tile.tile(name, row, label, shown.class_names, others=shown.names)
            for name, row, label in zip(shown.names, plan.rows, labels, strict=True)
        ],
        before=shown.sheet,
        after=contact_sheet(batch.images),
        size=shown.size,
        key="grid",
    )


def augmented(shown: Shown, recipe: Recipe, *, seed: int, epoch: int) -> tuple[Plan, Batch]:
    """Return what is drawn for the pictures, and the pictures after it."""
    plan = augment.draw(recipe, shown.ids, seed=seed, epoch=epoch, labels=shown.labels)
    return plan, augment.render(plan, shown.images, shown.labels)
