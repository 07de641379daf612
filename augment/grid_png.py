"""A grid of pictures before and after as a PNG file that also says how it was made."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import PngImagePlugin

from augment.errors import RecipeError
from augment.ops import registry
from augment.plan import Plan
from augment.presets import PRESETS
from augment.recipe import Recipe
from augment.rendering import Batch
from augment.samples import Samples
from augment.sheet import Tile, draw_sheet
from augment.step import Step

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RECIPE, _DESCRIPTION = "Recipe", "Description"
_SMALLEST_SHARE = 0.005  # what would be written as 0.00 is left out


def grid_png(given: Samples, recipe: Recipe, plan: Plan, batch: Batch) -> bytes:
    """Return a PNG file with the pictures before and after, what was drawn, and the labels.

    Its text chunk "Recipe" is the recipe as JSON, and "Description" its heading.

    Args:
        given: The pictures before.
        recipe: The recipe.
        plan: What it drew for them.
        batch: The pictures after.
    """
    labels = given.labels if batch.labels is None else batch.labels
    tiles = [
        Tile(
            before=before,
            after=after,
            name=name,
            captions=captions(plan, row, labels[row], given.class_names),
        )
        for row, (before, after, name) in enumerate(
            zip(given.images, batch.images, given.names, strict=True)
        )
    ]
    epochs = ", ".join(str(epoch) for epoch in sorted({row.epoch for row in plan.rows}))
    heading = [in_a_line(recipe), f"seed {plan.seed}, epoch {epochs}, {given.origin}"]
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text(_RECIPE, recipe.to_json())
    chunks.add_itxt(_DESCRIPTION, "\n".join(heading))
    written = io.BytesIO()
    draw_sheet(tiles, heading).save(written, "PNG", pnginfo=chunks)
    return written.getvalue()


def recipe_text(png: bytes) -> str:
    """Return the recipe that `grid_png` wrote into a file, as JSON that is still to be read.

    No pixel is decoded.

    Raises:
        RecipeError: It is no PNG file, or one without a recipe.
    """
    try:
        with PngImagePlugin.PngImageFile(io.BytesIO(png)) as picture:
            text = picture.info.get(_RECIPE)
    except (OSError, ValueError, SyntaxError):
        raise RecipeError("The picture cannot be read; it is damaged or no PNG file.") from None
    if not isinstance(text, str) or not text:
        raise RecipeError(
            "The picture holds no recipe; only one that was downloaded here as a grid does, and only "
            "as long as no other program has saved it again."
        )
    return text


def in_a_line(recipe: Recipe) -> str:
    """Return which ops a recipe has, in their order, and the preset that it is."""
    named = next((preset for preset in PRESETS.values() if preset.recipe == recipe), None)
    steps = [_title(step) for step in recipe.steps if step.enabled]
    words = ", then ".join(steps) or "no augmentation"
    return f"{named.title}: {words}" if named else words


def captions(
    plan: Plan, row: int, label: npt.NDArray[np.float32], class_names: Sequence[str]
) -> tuple[str, ...]:
    """Return what was drawn for a picture and, where it is mixed, its soft label."""
    found = [*(plan.captions(row) or ["nothing drawn"]), *plan.rows[row].notes]
    shares = np.flatnonzero(label)
    if len(shares) > 1:
        largest_first = shares[np.argsort(-label[shares], kind="stable")]
        seen = [k for k in largest_first if label[k] >= _SMALLEST_SHARE]
        found.extend(f"{label[k]:.2f} {class_names[k]}" for k in seen)
    return tuple(found)


def _title(step: Step) -> str:
    title = registry()[step.op].title
    inside = [_title(child) for child in step.steps if child.enabled]
    return f"{title} ({', '.join(inside)})" if inside else title
