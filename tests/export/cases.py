"""The recipes that exporters are tested with."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import augment
from augment.presets import PRESETS
from tests.given import step_of

HALF = ("grayscale", "invert", "shear_x", "solarize", "jpeg_quality", "cutout", "mix_up", "cut_mix")
"""Ops of every kind of layer, which are exported with a probability too."""
BOTH_MIXES = [{"op": "cut_mix"}, {"op": "mix_up"}]


def recipe(*steps: dict[str, Any]) -> augment.Recipe:
    return augment.Recipe.from_dict({"version": 1, "steps": list(steps)})


def cases(known: Container[str]) -> dict[str, augment.Recipe]:
    """Return every preset; every op alone and in a choice, some with a probability; and what is special.

    An op that a library does not know is a comment in each of them, so once is enough. TensorFlow
    builds all layers of a choice, so several ops share one, but those that mix, which need one for
    batches.
    """
    choices: dict[str, list[dict[str, Any]]] = {}
    found = {f"preset_{name}": preset.recipe for name, preset in PRESETS.items()}
    for name, op in augment.registry().items():
        found[f"alone_{name}"] = recipe(step_of(name))
        if name not in known:
            continue
        if name in HALF:
            found[f"half_{name}"] = recipe(step_of(name, probability=0.5))
        choices.setdefault(op.group, []).append(step_of(name, probability=0.5))
    for group, steps in choices.items():
        found[f"choice_{group}"] = recipe({"op": "one_of", "steps": steps})
    pipeline = {"op": "random_pipeline", "augmentations_per_image": 2}
    return found | {
        "never": recipe({"op": "grayscale", "probability": 0}, {"op": "mix_up", "probability": 0}),
        "classes": recipe({"op": "grayscale", "classes": [1, 2]}),
        "classes_of_a_mix": recipe({"op": "mix_up", "alpha": 10, "classes": [3]}),
        "classes_in_a_choice": recipe(
            {"op": "one_of", "steps": [{"op": "grayscale", "classes": [1]}]}
        ),
        "mixing_pipeline": recipe({**pipeline, "rate": 1.0, "steps": BOTH_MIXES}),
        "mixing_pipeline_never": recipe({**pipeline, "rate": 0.0, "steps": BOTH_MIXES}),
        "deep": recipe({"op": "one_of", "steps": [{**pipeline, "steps": BOTH_MIXES}]}),
        "whole_levels": recipe({"op": "one_of", "steps": [{"op": "jpeg_quality", "quality": 99}]}),
        "nothing_left": recipe({"op": "one_of", "steps": [{"op": "flip", "enabled": False}]}),
    }


def prose(script: str) -> str:
    """Return the comments of a script as one line."""
    lines = [line.strip() for line in script.splitlines()]
    return " ".join(line.removeprefix("# ") for line in lines if line.startswith("# "))


def code(script: str) -> str:
    """Return a script without its comments."""
    return "\n".join(line for line in script.splitlines() if not line.strip().startswith("#"))
