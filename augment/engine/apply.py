"""Draw and render in one."""

from __future__ import annotations

import numpy.typing as npt

from augment.engine.colour import Image
from augment.engine.draw import draw
from augment.engine.recipe import Recipe
from augment.engine.render import Batch, render


def apply(
    recipe: Recipe,
    images: npt.ArrayLike,
    labels: npt.ArrayLike | None = None,
    *,
    ids: npt.ArrayLike,
    seed: int,
    epoch: int | npt.ArrayLike = 0,
    threads: int = 1,
    out: Image | None = None,
) -> Batch:
    """Draw and render in one; see `augment.draw` and `augment.render`.

    Args:
        recipe: What may happen.
        images: uint8 (B, H, W, 3), RGB.
        labels: float (B, K), shares from 0, rows summing to 1.
        ids: The stable ids of the samples, integers of shape (B,).
        seed: A whole number from 0 to 2**32 - 1.
        epoch: A whole number from 0 to 2**31 - 1, or one per row.
        threads: How many threads share the images; the result does not depend on it.
        out: Where the pictures go, see `augment.render`.

    Raises:
        ArrayError: One of these is something else; the message says how to correct it.
        RecipeError: A step is for chosen classes, and the labels are missing.
    """
    plan = draw(recipe, ids, seed=seed, epoch=epoch, labels=labels)
    return render(plan, images, labels, threads=threads, out=out)
