"""A recipe as a Python script that runs: with this package, or with the real layers of keras_cv."""

from __future__ import annotations

from augment.export.shown import OfFiles, OfSplit, Shown
from augment.export.with_augment import to_augment
from augment.export.with_keras import to_keras
from augment.export.with_keras_cv import to_keras_cv
from augment.export.with_torchvision import to_torchvision

__all__ = ["OfFiles", "OfSplit", "Shown", "to_augment", "to_keras", "to_keras_cv", "to_torchvision"]
