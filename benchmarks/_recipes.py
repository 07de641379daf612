"""Shared by the benchmarks: what is measured."""

from __future__ import annotations

from typing import Any

import augment

RAND_AUGMENT = {
    "op": "rand_augment",
    "augmentations_per_image": 3,
    "magnitude": 0.3,
    "magnitude_stddev": 0.2,
    "rate": 0.5,
}
CHAIN: list[dict[str, Any]] = [
    RAND_AUGMENT,
    {"op": "cut_mix", "alpha": 1.0},
    {"op": "mix_up", "alpha": 0.2},
]
ALWAYS: list[dict[str, Any]] = [{**RAND_AUGMENT, "rate": 1.0}]

# What one would typically do with the ops of each group of `augment.engine.op.GROUPS`.
TYPICAL: dict[str, list[dict[str, Any]]] = {
    "policies": [{"op": "trivial_augment"}],
    "mixing": [{"op": "one_of", "steps": [{"op": "cut_mix"}, {"op": "mix_up"}]}],
    "erasing": [{"op": "random_erasing", "probability": 0.5}],
    "spatial": [
        {"op": "random_resized_crop"},
        {"op": "flip"},
        {"op": "rotate"},
    ],
    "colour": [
        {"op": "saturation"},
        {"op": "hue"},
        {"op": "gaussian_blur", "probability": 0.5},
    ],
    "tone": [{"op": "brightness"}, {"op": "contrast"}, {"op": "equalize", "probability": 0.2}],
}


def recipe(steps: list[dict[str, Any]]) -> augment.Recipe:
    """Return a recipe of these steps."""
    return augment.Recipe.from_dict({"version": 1, "steps": steps})
