"""Settings of trainings by name; what is given explicitly wins over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from augment.models import IMAGENET, MODELS, NONE
from augment.runs.config import RunConfig


@dataclass(frozen=True, kw_only=True)
class TrainingPreset:
    """Settings of a training under a name.

    Attributes:
        name: As the option ``--preset`` takes it.
        title: Its name in a list.
        note: What it is for, in a sentence or two.
        values: The fields of a `RunConfig` that it sets.
    """

    name: str
    title: str
    note: str
    values: Mapping[str, Any]


PRESETS: dict[str, TrainingPreset] = {
    preset.name: preset
    for preset in (
        TrainingPreset(
            name="guide",
            title="Keras guide",
            note="As the Keras guide trains: DenseNet121 from scratch at 224 px, one epoch.",
            values={
                "model": "densenet121",
                "weights": "none",
                "size": 224,
                "batch_size": 32,
                "label_smoothing": 0.1,
                "learning_rate": 0.01,
                "momentum": 0.9,
                "schedule": "constant",
                "warmup": 0.0,
                "epochs": 1,
            },
        ),
        TrainingPreset(
            name="quick",
            title="Quick",
            note="A pretrained network in stages: its first figure in seconds, then that of your recipe.",
            values={
                "model": "lite0",
                "weights": "imagenet",
                "size": 64,
                "batch_size": 32,
                "head_epochs": 3,
                "epochs": 7,
                "learning_rate": 0.001,
            },
        ),
        TrainingPreset(
            name="small",
            title="Small network",
            note="A small network at 32 px from scratch: for a class of thirty, or many recipes.",
            values={
                "model": "small",
                "weights": "none",
                "size": 32,
                "batch_size": 32,
                "epochs": 40,
                "learning_rate": 0.1,
                "weight_decay": 0.005,
            },
        ),
        TrainingPreset(
            name="long",
            title="Long",
            note="DenseNet121 from scratch at 64 px, 100 epochs: what a recipe changes shows.",
            values={
                "model": "densenet121",
                "weights": "none",
                "size": 64,
                "batch_size": 32,
                "epochs": 100,
                "learning_rate": 0.05,
                "weight_decay": 0.0005,
            },
        ),
    )
}


DEFAULTS: Mapping[str, Any] = {
    item.name: item.default for item in fields(RunConfig) if item.default is not MISSING
}
"""The fields of a `RunConfig` with their defaults, without the recipe."""


def settings(preset: str | None, explicit: Mapping[str, Any]) -> dict[str, Any]:
    """Return all fields of a `RunConfig` but the recipe: the defaults, a preset, and what wins over it.

    What a preset sets for a pretrained body falls away where explicit values rule it out: other weights
    than those of the preset, a model that has none, fewer epochs than the preset trains the head.

    Args:
        preset: The name of a preset; None for the defaults alone.
        explicit: The fields that are given explicitly.
    """
    values = {**DEFAULTS, **(PRESETS[preset].values if preset else {}), **explicit}
    if (
        values["weights"] == IMAGENET
        and "weights" not in explicit
        and values["model"] in MODELS
        and not MODELS[values["model"]].has_imagenet
    ):
        values["weights"] = NONE
    is_pretrained = values["weights"] != NONE
    if "head_epochs" not in explicit:
        values["head_epochs"] = min(values["head_epochs"], values["epochs"]) if is_pretrained else 0
    if "trainable" not in explicit and not is_pretrained:
        values["trainable"] = DEFAULTS["trainable"]
    return values
