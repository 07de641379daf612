"""A recipe as a Python script that runs, with this package or another; a pipeline as a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from augment.engine.recipe import Recipe
from augment.export.from_albumentations import (
    DEFAULT_SIZE,
    Imported,
    from_albumentations,
    is_pipeline,
)
from augment.export.shown import OfFiles, OfSplit, Shown
from augment.export.with_albumentations import to_albumentations
from augment.export.with_augment import to_augment
from augment.export.with_keras import to_keras
from augment.export.with_keras_cv import to_keras_cv
from augment.export.with_torchvision import to_torchvision

__all__ = [
    "DEFAULT_SIZE",
    "LIBRARIES",
    "Imported",
    "OfFiles",
    "OfSplit",
    "Shown",
    "from_albumentations",
    "is_pipeline",
    "to_albumentations",
    "to_augment",
    "to_keras",
    "to_keras_cv",
    "to_torchvision",
]


class _Exporter(Protocol):
    def __call__(
        self, recipe: Recipe, *, size: tuple[int, int] = ..., shown: Shown | None = ...
    ) -> str: ...


LIBRARIES: Mapping[str, _Exporter] = MappingProxyType(
    {
        "keras_cv": to_keras_cv,
        "keras": to_keras,
        "torchvision": to_torchvision,
        "albumentations": to_albumentations,
    }
)
"""What writes a script with another library, by the name of the library: `to_keras_cv` and the like."""
