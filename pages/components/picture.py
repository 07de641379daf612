"""What the grid shows: the very pictures that training gets for the same recipe, seed and epoch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import streamlit as st

import augment
from augment import Batch, Plan, Recipe, kernels, registry
from augment.plan import Applied
from pages.components.image_grid import Tile, contact_sheet, image_grid
from pages.components.shown import Shown

SMALLEST_SHARE = 0.005

# The same bytes for a few pictures, without the memory of the compiled loops.
kernels.stay_plain()


def show(pictures: Shown, recipe: Recipe, *, seed: int, epoch: int) -> None:
    """Draw, render and show pictures.

    Raises:
        AugmentError: The recipe cannot be drawn.
    """
    if not len(pictures.ids):
        st.info("This split has no picture of these flowers.")
        return
    plan, batch = augmented(pictures, recipe, seed=seed, epoch=epoch)
    image_grid(
        [
            Tile(
                name=name,
                captions=tuple(caption(applied) for applied in plan.rows[row].ops),
                notes=plan.rows[row].notes,
                shares=mixed_shares(batch.labels[row], pictures.class_names),
            )
            for row, name in enumerate(pictures.names)
        ],
        before=pictures.sheet,
        after=contact_sheet(batch.images),
        size=pictures.size,
        key="grid",
    )


def caption(applied: Applied) -> str:
    """Return in words what happened; of several chains that are mixed, each on a line of its own."""
    return "\n".join(
        [
            registry()[applied.op].caption(applied.values),
            *(
                f"{branch.weight:.0%}: {', '.join(one.caption for one in branch.ops)}"
                for branch in applied.branches
                if branch.ops
            ),
        ]
    )


def augmented(pictures: Shown, recipe: Recipe, *, seed: int, epoch: int) -> tuple[Plan, Batch]:
    """Return what is drawn for the pictures, and the pictures after it."""
    plan = augment.draw(recipe, pictures.ids, seed=seed, epoch=epoch, labels=pictures.labels)
    return plan, augment.render(plan, pictures.images, pictures.labels)


def mixed_shares(
    label: npt.NDArray[np.float32], class_names: tuple[str, ...]
) -> tuple[tuple[str, float], ...]:
    """Return each class of a mixed label with its share, largest first; nothing for a pure one."""
    order = np.argsort(-label, kind="stable")
    shares = [(class_names[k], float(label[k])) for k in order if label[k] > SMALLEST_SHARE]
    return tuple(shares) if len(shares) > 1 else ()
