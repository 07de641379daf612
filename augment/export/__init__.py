"""A recipe as a Python script that runs, with this package or another; a pipeline as a recipe."""

from __future__ import annotations

from augment.export.from_albumentations import (
    DEFAULT_SIZE,
    Imported,
    from_albumentations,
    is_pipeline,
)
from augment.export.shown import OfFiles, OfSplit, Shown
from augment.export.with_albumentations import to_albumentations
from augment.export.with_augment import to_augment
from augment.export.with_keras_cv import to_keras_cv

__all__ = [
    "DEFAULT_SIZE",
    "Imported",
    "OfFiles",
    "OfSplit",
    "Shown",
    "from_albumentations",
    "is_pipeline",
    "to_albumentations",
    "to_augment",
    "to_keras_cv",
]
