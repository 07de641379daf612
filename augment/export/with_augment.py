"""A recipe as a script with this package."""

from __future__ import annotations

from augment.export.texts import AUGMENT_SCRIPT
from augment.recipe import Recipe


def to_augment(recipe: Recipe, *, seed: int = 7) -> str:
    """Return a runnable Python script with the recipe as JSON, every value explicit.

    The script has the functions ``augment_batch``, over arrays, and ``augment_dataset``, over a
    ``tf.data.Dataset``; both give the bytes of `augment.apply`.

    Args:
        recipe: What may happen.
        seed: The seed of the draws.
    """
    # JSON holds no three quotes in a row and ends in a brace, so a raw string can hold it.
    text = recipe.to_json(indent=2)
    return AUGMENT_SCRIPT.replace("{seed}", str(int(seed))).replace("{recipe}", text)
