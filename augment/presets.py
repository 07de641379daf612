"""Recipes to start from, each with a description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from augment.engine.op import GROUPS as OP_GROUPS
from augment.engine.recipe import Recipe

DEFAULT = "guide"
"""The preset of a command that is given no recipe."""
START = "first"
"""The preset that Explore starts with: one whose every change can be named by looking at it."""

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "guide": "From the Keras guide",
        **{group: OP_GROUPS[group] for group in ("mixing", "erasing", "policies")},
        "common": "Common practice",
        "end": "For comparison",
    }
)
"""The groups of presets by name, each with its title, in the order in which they are shown.

Those that present papers on one group of ops have the name and the title of that group.
"""


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
        "RandAugment at a low strength, then CutMix and MixUp, as in the Keras guide. GridMask is "
        "included but switched off.",
        _RAND_AUGMENT,
        {"op": "grid_mask", "enabled": False},
        _CUT_MIX,
        _MIX_UP,
    ),
    _preset(
        "rand_augment",
        "guide",
        "RandAugment alone",
        "At most three ops per picture, each applied with probability 0.5.",
        _RAND_AUGMENT,
    ),
    _preset(
        "cut_mix_and_mix_up",
        "guide",
        "CutMix and MixUp",
        "A rectangle of another picture is pasted into each picture, which is then blended with a third. "
        "The text of the guide describes either or neither, but its code applies both.",
        _CUT_MIX,
        _MIX_UP,
    ),
    _preset(
        "custom",
        "guide",
        "GridMask or grey",
        "The custom pipeline of the guide: each picture gets either GridMask or a conversion to grey.",
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
        "A rectangle of another picture is pasted into each picture, and the labels are mixed in "
        "proportion to the areas. With alpha 1 the mixing ratio is uniformly distributed.",
        _CUT_MIX,
    ),
    _preset(
        "mix_up",
        "mixing",
        "MixUp alone",
        "Each picture and its label are blended with those of another picture. With alpha 0.2 one of the "
        "two usually has nearly all of the weight.",
        _MIX_UP,
    ),
    _preset(
        "puzzle_mix",
        "mixing",
        "Puzzle Mix",
        "Each picture is mixed with another so that the salient parts of both remain visible.",
        {"op": "puzzle_mix"},
    ),
    _preset(
        "cutout",
        "erasing",
        "Cutout",
        "A square of half the side of the picture is blanked at a random position, as in the paper's "
        "experiments on CIFAR-10. It is black here; the paper fills with the mean of the data.",
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
        "erasing",
        "GridMask",
        "A grid of blank squares, rotated by any angle, on 80% of the pictures: the final setting of the "
        "paper's ImageNet training, which begins weaker.",
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
        "erasing",
        "Random erasing",
        "In half of the pictures, a rectangle of up to 40% of the area is replaced by noise, so that the "
        "model cannot rely on a single part.",
        {"op": "random_erasing", "probability": 0.5, "area_factor": 0.4},
    ),
    _preset(
        "rand_augment_paper",
        "policies",
        "RandAugment (paper)",
        "Two of the paper's fourteen ops per picture at 0.9 of their range, with grey borders: N = 2 and "
        "M = 9, the paper's choice for ResNet-50 on ImageNet. The ops and their ranges are those of the "
        "text; the public code has others.",
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
        "policies",
        "TrivialAugment",
        "One op per picture, at a strength drawn uniformly from its whole range: nothing to tune.",
        {"op": "trivial_augment", "fill_mode": "constant"},
    ),
    _preset(
        "aug_mix",
        "policies",
        "AugMix",
        "Each picture is averaged with three augmented versions of itself, for robustness to pictures of "
        "poor quality.",
        {"op": "aug_mix", "fill_mode": "constant"},
    ),
    _preset(
        START,
        "common",
        "A first recipe",
        "Half of the pictures are mirrored. All are cropped, made a little lighter or darker, and paler "
        "or more vivid. CutMix pastes a part of another picture into half of them.",
        {"op": "flip"},
        # Not stretched, and multiplied instead of shifted to grey: each change is one that has a name.
        {"op": "random_resized_crop", "crop_area_factor": 0.5, "aspect_ratio_factor": 1.0},
        {"op": "brightness", "method": "multiplicative", "factor": 0.25},
        {"op": "saturation", "factor": 0.5},
        # The largest alpha of the paper: of both pictures a part remains that one can recognize.
        {"op": "cut_mix", "probability": 0.5, "alpha": 4.0},
    ),
    _preset(
        "crop_and_flip",
        "common",
        "Crop and flip",
        "Each picture is shifted by up to an eighth of its side, and half of them are mirrored: the "
        "standard augmentation for CIFAR.",
        {"op": "random_crop", "fill_mode": "constant"},
        {"op": "flip"},
    ),
    _preset(
        "colour_jitter",
        "common",
        "Colour jitter",
        "Small random changes of brightness, contrast, saturation and hue, each drawn independently.",
        {"op": "brightness", "method": "multiplicative", "factor": 0.4},
        {"op": "contrast", "mean_of": "picture", "factor": 0.4},
        {"op": "saturation", "factor": 0.4},
        {"op": "hue", "factor": 0.1},
    ),
    _preset(
        "mixing",
        "common",
        "CutMix or MixUp",
        "Each picture is mixed with another, either by CutMix or by MixUp.",
        {"op": "one_of", "steps": [{"op": "cut_mix"}, {"op": "mix_up"}]},
    ),
    _preset(
        "too_strong",
        "end",
        "Too strong",
        "The flowers can hardly be recognized any more, but the labels are unchanged, so a model learns "
        "from misleading examples.",
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
