"""The inputs of these tests: recipes of every sort, and the whole batch to compare with."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt

import augment
from augment import Batch, Recipe, Samples, presets
from tests import given

SEED, EPOCH = 7, 3


def recipe(*steps: dict[str, Any]) -> Recipe:
    return Recipe.from_dict({"version": 1, "steps": list(steps)})


NESTED = recipe(
    {"op": "shear_x"},
    {"op": "one_of", "steps": [{"op": "cut_mix"}, {"op": "rotate"}, {"op": "grayscale"}]},
    {
        "op": "random_pipeline",
        "id": "pipeline",
        "augmentations_per_image": 4,
        "rate": 0.8,
        "steps": [
            {"op": "mix_up", "alpha": 1.0, "probability": 0.5},
            {"op": "shear_y"},
            {"op": "translate_x", "fill_mode": "constant"},
            {"op": "one_of", "steps": [{"op": "puzzle_mix"}, {"op": "zoom"}]},
        ],
    },
    {"op": "rotate", "classes": [0, 1, 2]},
)
MIXES = recipe(
    {"op": "cut_mix"},
    {"op": "aug_mix", "probability": 0.7},
    {"op": "mix_up", "alpha": 1.0, "probability": 0.7},
    {"op": "puzzle_mix", "probability": 0.7},
    {"op": "cut_mix", "probability": 0.7},
)
# Whether two warps are one depends on whether some other picture is mixed in between.
PARTED = recipe(
    {"op": "shear_x"}, {"op": "cut_mix", "classes": [1]}, {"op": "shear_y"}, {"op": "equalize"}
)
EITHER = {"op": "one_of", "steps": [{"op": "cut_mix"}, {"op": "rotate"}]}
RECIPES = {
    **{name: preset.recipe for name, preset in presets.PRESETS.items()},
    "nested": NESTED,
    "mixes": MIXES,
    "parted": PARTED,
    "parted at the start": recipe(EITHER, {"op": "shear_x"}),
    "parted at the end": recipe({"op": "shear_x"}, EITHER),
}


def batch(count: int = given.BATCH, images: npt.NDArray[np.uint8] | None = None) -> Samples:
    """Return the batch, none of whose arrays may be written to; with other images if given."""
    samples = Samples.of_arrays(
        given.pictures()[:count] if images is None else images,
        given.one_hot()[:count],
        ids=given.IDS[:count],
    )
    for array in (samples.images, samples.labels, samples.ids):
        array.flags.writeable = False
    return samples


@functools.lru_cache(maxsize=256)
def whole(recipe_name: str, epoch: int = EPOCH, count: int = given.BATCH) -> Batch:
    """Return what the engine makes of the whole batch."""
    return applied(RECIPES[recipe_name], epoch, count)


def applied(recipe: Recipe, epoch: int = EPOCH, count: int = given.BATCH) -> Batch:
    samples = batch(count)
    return augment.apply(
        recipe, samples.images, samples.labels, ids=samples.ids, seed=SEED, epoch=epoch
    )


def when(row: int, epoch: int = EPOCH) -> dict[str, int]:
    return {"row": row, "seed": SEED, "epoch": epoch}
