"""Shared by the benchmarks: folders of picture files, given or made."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from benchmarks._pictures import photographs

REAL = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "oxford_flowers17"
"""Where photographs of flowers may lie beside the checkout, each class a folder."""

KINDS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")


def chosen(folder: Path | None, made: Path, count: int) -> Path:
    """Return the folder that was asked for, else the real photographs, else one made at `made`."""
    if folder is not None:
        return folder
    return REAL if REAL.is_dir() else make(made, count)


def make(folder: Path, count: int, classes: int = 4) -> Path:
    """Write `count` JPEGs of 667 x 500 pixels, as photographs on the web are, into class folders."""
    drawn = np.random.default_rng(1)
    for index, picture in enumerate(photographs(count, 500)):
        path = folder / f"class {index % classes}" / f"{index:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        wide = cv2.resize(picture, (667, 500), interpolation=cv2.INTER_CUBIC)
        grain = drawn.integers(-6, 7, wide.shape)  # or they would compress better than photographs
        Image.fromarray(np.clip(wide + grain, 0, 255).astype(np.uint8)).save(path, quality=88)
    return folder


def files_in(folder: Path) -> list[Path]:
    """Return the picture files of a folder and its sub-folders, by their endings, in order."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in KINDS)
