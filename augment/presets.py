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

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
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
                "rand_augment",
                "RandAugment alone",
                "Three ops at most per picture, each with a chance of one half.",
                _RAND_AUGMENT,
            ),
            _preset(
                "mixing",
                "CutMix or MixUp",
                "Each picture is mixed with another, one way or the other.",
                {"op": "one_of", "steps": [{"op": "cut_mix"}, {"op": "mix_up"}]},
            ),
            _preset(
                "custom",
                "GridMask or grey",
                "The guide's own pipeline: each picture gets a grid of blank squares or loses its "
                "colours.",
                {
                    "op": "random_pipeline",
                    "augmentations_per_image": 1,
                    "rate": 1.0,
                    "steps": [{"op": "grid_mask"}, {"op": "grayscale"}],
                },
            ),
            _preset("nothing", "Nothing", "No augmentation: the baseline to compare with."),
        )
    }
)
