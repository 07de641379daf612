"""Recipes to start from, each with a description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from augment.engine.recipe import Recipe

DEFAULT = "guide"

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "guide": "From the Keras guide",
        "mixing": "Mixing pictures, as in the papers",
        "hiding": "Hiding parts, as in the papers",
        "policy": "Many ops by chance, as in the papers",
        "common": "Common practice",
        "end": "To compare with",
    }
)
"""The groups of presets by name, each with its title, in the order in which they are shown."""


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A recipe to start from.

    Attributes:
        name: Its key in `PRESETS`.
        title: Its name on a page.
        sentence: What it is and what it does.
        group: A key of `GROUPS`.
        recipe: The recipe itself.
    """

    name: str
    title: str
    sentence: str
    group: str
    recipe: Recipe


def _preset(name: str, group: str, title: str, sentence: str, *steps: dict[str, Any]) -> Preset:
    recipe = Recipe.from_dict({"version": 1, "steps": list(steps)})
    return Preset(name=name, title=title, sentence=sentence, group=group, recipe=recipe)


_RAND_AUGMENT = {
    "op": "rand_augment",
    "augmentations_per_image": 3,
    "magnitude": 0.3,
    "magnitude_stddev": 0.2,
    "rate": 0.5,
}
_CUT_MIX = {"op": "cut_mix", "alpha": 1.0}
_MIX_UP = {"op": "mix_up", "alpha": 0.2}

# What the papers' numbers mean here, and where an op departs from its paper, its own description says.
_PRESETS = (
    _preset(
        "guide",
        "guide",
        "The Keras guide",
        "RandAugment at a low strength, then CutMix and MixUp, as the Keras guide trains. "
        "GridMask is included, but switched off.",
        _RAND_AUGMENT,
        {"op": "grid_mask", "enabled": False},
        _CUT_MIX,
        _MIX_UP,
    ),
    _preset(
        "rand_augment",
        "guide",
        "RandAugment alone",
        "Three ops at most per picture, each with a chance of one half.",
        _RAND_AUGMENT,
    ),
    _preset(
        "cut_mix_and_mix_up",
        "guide",
        "CutMix and MixUp",
        "Each picture gets a rectangle of another, and is then blended with one more: the guide speaks "
        "of either or neither, but its code does both.",
        _CUT_MIX,
        _MIX_UP,
    ),
    _preset(
        "custom",
        "guide",
        "GridMask or grey",
        "The guide's own pipeline: each picture gets a grid of blank squares or loses its colours.",
        {
            "op": "random_pipeline",
            "augmentations_per_image": 1,
            "rate": 1.0,
            "steps": [{"op": "grid_mask"}, {"op": "grayscale"}],
        },
    ),
    _preset(
        "cut_mix",
        "mixing",
        "CutMix alone",
        "Each picture gets a rectangle of another, and its label follows the area; with alpha 1 every "
        "share is as likely as any other.",
        _CUT_MIX,
    ),
    _preset(
        "mix_up",
        "mixing",
        "MixUp alone",
        "Each picture is blended with another, and so is its label; with alpha 0.2 most blends are "
        "faint.",
        _MIX_UP,
    ),
    _preset(
        "puzzle_mix",
        "mixing",
        "Puzzle Mix",
        "Each picture is mixed with another so that what matters in both stays to be seen.",
        {"op": "puzzle_mix"},
    ),
    _preset(
        "cutout",
        "hiding",
        "Cutout",
        "Each picture loses a square of half its side, placed anywhere, as on CIFAR-10; here it is "
        "black, in the paper as light as the data on average.",
        {
            "op": "cutout",
            "height_factor": 0.5,
            "height_min_factor": 0.5,
            "width_factor": 0.5,
            "width_min_factor": 0.5,
        },
    ),
    _preset(
        "grid_mask",
        "hiding",
        "GridMask",
        "Four fifths of the pictures get a grid of blank squares, turned by any angle: where the "
        "paper's training on ImageNet arrives after a gentler start.",
        {
            "op": "grid_mask",
            "probability": 0.8,
            "ratio_factor": 0.4,
            "ratio_min_factor": 0.4,
            "unit_min_factor": 0.43,
            "unit_max_factor": 1.0,
            "rotation_factor": 0.5,
        },
    ),
    _preset(
        "erasing",
        "hiding",
        "Random erasing",
        "Half of the pictures lose a rectangle of up to two fifths to noise, so that no single part "
        "decides.",
        {"op": "random_erasing", "probability": 0.5, "area_factor": 0.4},
    ),
    _preset(
        "rand_augment_paper",
        "policy",
        "RandAugment, the paper's",
        "Two of the paper's fourteen ops per picture at nine tenths of their range, on a grey "
        "border, as it trains ResNet-50 on ImageNet.",
        {
            "op": "rand_augment",
            "policy": "paper",
            "augmentations_per_image": 2,
            "magnitude": 0.9,
            "magnitude_stddev": 0.0,
            "rate": 1.0,
            "fill_mode": "constant",
            "fill_value": 128,
        },
    ),
    _preset(
        "trivial_augment",
        "policy",
        "TrivialAugment",
        "One op per picture, at any strength from nothing to the extreme: there is nothing to tune.",
        {"op": "trivial_augment", "fill_mode": "constant"},
    ),
    _preset(
        "aug_mix",
        "policy",
        "AugMix",
        "Each picture is averaged with three changed versions of itself; made for models that must "
        "hold on pictures of bad quality.",
        {"op": "aug_mix", "fill_mode": "constant"},
    ),
    _preset(
        "crop_and_flip",
        "common",
        "Crop and flip",
        "Each picture moves by up to an eighth and half of them are mirrored: what nearly every "
        "paper on CIFAR takes for granted.",
        {"op": "random_crop", "fill_mode": "constant"},
        {"op": "flip"},
    ),
    _preset(
        "colour_jitter",
        "common",
        "Colour jitter",
        "Lightness, contrast, colourfulness and hue change a little, each by its own amount.",
        {"op": "brightness", "method": "multiplicative", "factor": 0.4},
        {"op": "contrast", "mean_of": "picture", "factor": 0.4},
        {"op": "saturation", "factor": 0.4},
        {"op": "hue", "factor": 0.1},
    ),
    _preset(
        "mixing",
        "common",
        "CutMix or MixUp",
        "Each picture is mixed with another, one way or the other.",
        {"op": "one_of", "steps": [{"op": "cut_mix"}, {"op": "mix_up"}]},
    ),
    _preset(
        "too_strong",
        "end",
        "Too strong",
        "Flowers can hardly be told apart any more, and still the labels say which each is: what a "
        "model learns from this is wrong.",
        {
            "op": "rand_augment",
            "augmentations_per_image": 4,
            "magnitude": 1.0,
            "magnitude_stddev": 0.0,
            "rate": 1.0,
        },
        {"op": "grid_mask", "ratio_factor": 0.75, "ratio_min_factor": 0.75},
    ),
    _preset("nothing", "end", "Nothing", "No augmentation: the baseline to compare with."),
)

PRESETS: Mapping[str, Preset] = MappingProxyType({preset.name: preset for preset in _PRESETS})
