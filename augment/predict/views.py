"""Views of pictures for test-time augmentation: each picture as it is, and as a recipe changes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from augment.engine.draw import draw
from augment.engine.limits import Limits
from augment.engine.op import registry
from augment.engine.recipe import Recipe, Step
from augment.engine.render import render
from augment.engine.samples import Images
from augment.errors import RecipeError

VIEWS = Limits(low=1, high=64)
"""How many views a picture may have."""


def check(recipe: Recipe) -> None:
    """Check that a recipe can make views of a picture whose class is not known.

    Raises:
        RecipeError: A step that may happen mixes pictures, or is for chosen classes.
    """
    if reason := why_not(recipe.steps):
        raise RecipeError(reason)


def why_not(steps: Sequence[Step]) -> str:
    """Return in a sentence why steps can make no views (`check`); empty if they can."""
    for step in _enabled(steps):
        op = registry()[step.op]
        ops = [registry()[entry.op] for entry in op.pool(step.params)] if op.pool else [op]
        if any(each.mixes for each in ops):
            return (
                f"The step {step.id} ({op.title}) mixes pictures, and a mixed view is of two classes; "
                "disable it, or choose a recipe without mixing."
            )
        if step.classes is not None:
            return (
                f"The step {step.id} ({op.title}) is for chosen classes, but the class of a picture is "
                "what the model is asked; remove its classes, or disable it."
            )
    return ""


def views(
    recipe: Recipe,
    images: Images,
    ids: npt.NDArray[np.int64],
    *,
    count: int,
    seed: int,
    plain: bool = True,
) -> Images:
    """Return views of pictures; each depends on the recipe, the seed, its number and its picture alone.

    Args:
        recipe: What may happen to a view; see `check`.
        images: uint8 (N, H, W, 3), RGB.
        ids: int64 (N,), the ids of the pictures.
        count: How many views of each, within `VIEWS`.
        seed: Of the draws; view v is what the recipe draws for epoch v.
        plain: Whether view 0 is the picture as it is.

    Returns:
        uint8 (count, N, H, W, 3).

    Raises:
        RecipeError: See `check`.
    """
    check(recipe)
    made = np.empty((count, *images.shape), np.uint8)
    for number in range(count):
        made[number] = view(recipe, images, ids, number=number, seed=seed, plain=plain)
    return made


def view(
    recipe: Recipe,
    images: Images,
    ids: npt.NDArray[np.int64],
    *,
    number: int,
    seed: int,
    plain: bool = True,
) -> Images:
    """Return one view of each picture, that of `views` with this number: uint8 (N, H, W, 3)."""
    if plain and number == 0:
        return images
    plan = draw(recipe, ids, seed=seed, epoch=number, size=images.shape[1:3])
    return render(plan, images).images


def _enabled(steps: Sequence[Step]) -> Iterator[Step]:
    for step in steps:
        if step.enabled and step.probability:
            yield step
            yield from _enabled(step.steps)
