"""Recipes to start from, each with a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from augment.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A recipe with a name and a sentence that says what it is."""

    name: str
    title: str
    sentence: str
    recipe: Recipe


def _preset(name: str, title: str, sentence: str, *steps: dict[str, Any]) -> Preset:
    recipe = Recipe.from_dict({"version": 1, "steps": list(steps)})
    return Preset(name=name, title=title, sentence=sentence, recipe=recipe)


_RAND_AUGMENT = {
    "op": "rand_augment",
    "augmentations_per_image": 3,
    "magnitude": 0.3,
    "magnitude_stddev": 0.2,
    "rate": 0.5,
}

DEFAULT = "guide"

_PRESETS = (
    _preset(
        "guide",
        "The Keras guide",
        "RandAugment at a low strength, then CutMix and MixUp, as the Keras guide trains. "
        "GridMask stands ready, switched off.",
        _RAND_AUGMENT,
        {"op": "grid_mask", "enabled": False},
        {"op": "cut_mix", "alpha": 1.0},
        {"op": "mix_up", "alpha": 0.2},
    ),
    _preset(
        "crop_and_flip",
        "Crop and flip",
        "Each picture moves by up to an eighth and half of them are mirrored: what nearly every "
        "paper on CIFAR takes for granted.",
        {"op": "random_crop", "fill_mode": "constant"},
        {"op": "flip"},
    ),
    _preset(
        "colour_jitter",
        "Colour jitter",
        "Lightness, contrast, colourfulness and hue change a little, each by its own amount.",
        {"op": "brightness", "method": "multiplicative", "factor": 0.4},
        {"op": "contrast", "mean_of": "picture", "factor": 0.4},
        {"op": "saturation", "factor": 0.4},
        {"op": "hue", "factor": 0.1},
    ),
    _preset(
        "rand_augment",
        "RandAugment alone",
        "Three ops at most per picture, each with a chance of one half.",
        _RAND_AUGMENT,
    ),
    _preset(
        "rand_augment_paper",
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
        "TrivialAugment",
        "One op per picture, at any strength from nothing to the extreme: there is nothing to tune.",
        {"op": "trivial_augment"},
    ),
    _preset(
        "aug_mix",
        "AugMix",
        "Each picture is averaged with three changed versions of itself; made for models that must "
        "hold on pictures of bad quality.",
        {"op": "aug_mix"},
    ),
    _preset(
        "erasing",
        "Random erasing",
        "Half of the pictures lose a rectangle to noise, so that no single part decides.",
        {"op": "random_erasing", "probability": 0.5},
    ),
    _preset(
        "custom",
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
        "mixing",
        "CutMix or MixUp",
        "Each picture is mixed with another, one way or the other.",
        {"op": "one_of", "steps": [{"op": "cut_mix"}, {"op": "mix_up"}]},
    ),
    _preset(
        "puzzle_mix",
        "Puzzle Mix",
        "Each picture is mixed with another so that what matters in both stays to be seen.",
        {"op": "puzzle_mix"},
    ),
    _preset("nothing", "Nothing", "No augmentation: the baseline to compare with."),
)

PRESETS: Mapping[str, Preset] = MappingProxyType({preset.name: preset for preset in _PRESETS})
