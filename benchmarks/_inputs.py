"""Shared by the benchmarks: the images and the recipes that they measure with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

import augment

ROOT = Path(__file__).resolve().parent.parent
PHOTOGRAPHS = ROOT / "assets" / "flowers"
FLOWERS17 = ROOT.parent / "shared" / "data" / "oxford_flowers17"
"""Where Oxford Flowers 17 may be, beside the checkout; each class is a folder."""

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")

RAND_AUGMENT: dict[str, Any] = {
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
"""The chain of the Keras guide."""
ALWAYS: list[dict[str, Any]] = [{**RAND_AUGMENT, "rate": 1.0}]
"""RandAugment with all three ops always on."""

CHEAP: list[dict[str, Any]] = [
    {"op": "flip"},
    {"op": "random_crop"},
    {"op": "brightness", "method": "multiplicative"},
    {"op": "saturation"},
]
"""What many trainings start with."""

TYPICAL: dict[str, list[dict[str, Any]]] = {
    "policies": [{"op": "trivial_augment"}],
    "mixing": [{"op": "one_of", "steps": [{"op": "cut_mix"}, {"op": "mix_up"}]}],
    "erasing": [{"op": "random_erasing", "probability": 0.5}],
    "spatial": [{"op": "random_resized_crop"}, {"op": "flip"}, {"op": "rotate"}],
    "colour": [
        {"op": "saturation"},
        {"op": "hue"},
        {"op": "gaussian_blur", "probability": 0.5},
    ],
    "tone": [{"op": "brightness"}, {"op": "contrast"}, {"op": "equalize", "probability": 0.2}],
}
"""A typical recipe for each group of `augment.engine.op.GROUPS`."""


def recipe(steps: list[dict[str, Any]]) -> augment.Recipe:
    """Return a recipe of these steps."""
    return augment.Recipe.from_dict({"version": 1, "steps": steps})


def photographs(count: int, size: int) -> npt.NDArray[np.uint8]:
    """Return different crops of the bundled photographs, uint8 (count, size, size, 3).

    Photographs rather than noise, because what an op costs may depend on the content of the image.
    """
    originals = [cv2.imread(str(path))[..., ::-1] for path in sorted(PHOTOGRAPHS.glob("*.jpg"))]
    rng = np.random.default_rng(0)
    crops = np.empty((count, size, size, 3), np.uint8)
    for index, crop in enumerate(crops):
        original = originals[index % len(originals)]
        side = int(min(original.shape[:2]) * rng.uniform(0.6, 1.0))
        y, x = (rng.integers(0, extent - side + 1) for extent in original.shape[:2])
        square = np.ascontiguousarray(original[y : y + side, x : x + side])
        interpolation = cv2.INTER_AREA if side > size else cv2.INTER_CUBIC
        crop[:] = cv2.resize(square, (size, size), interpolation=interpolation)
    return crops


def one_hot(count: int, classes: int) -> npt.NDArray[np.float32]:
    """Return labels, float32 (count, classes)."""
    return np.eye(classes, dtype=np.float32)[np.arange(count) % classes]


def image_folder(requested: Path | None, scratch: Path, count: int) -> Path:
    """Return a folder of image files: the requested one, else Flowers 17, else one made in `scratch`."""
    if requested is not None:
        return requested
    return FLOWERS17 if FLOWERS17.is_dir() else _made_folder(scratch, count)


def image_files(folder: Path) -> list[Path]:
    """Return the image files of a folder and its sub-folders, by suffix, sorted."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


def _made_folder(folder: Path, count: int, classes: int = 4) -> Path:
    """Write `count` JPEGs of 667 x 500 px, like photographs on the web, into class folders."""
    rng = np.random.default_rng(1)
    for index, crop in enumerate(photographs(count, 500)):
        path = folder / f"class {index % classes}" / f"{index:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        wide = cv2.resize(crop, (667, 500), interpolation=cv2.INTER_CUBIC)
        grain = rng.integers(-6, 7, wide.shape)  # without it they compress better than photographs
        Image.fromarray(np.clip(wide + grain, 0, 255).astype(np.uint8)).save(path, quality=88)
    return folder
