"""Shared by the benchmarks: photographs, because what an op costs may depend on what it sees."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

PHOTOGRAPHS = Path(__file__).resolve().parent.parent / "assets" / "flowers"


def photographs(count: int, size: int) -> npt.NDArray[np.uint8]:
    """Return different crops of the bundled photographs, uint8 (count, size, size, 3)."""
    whole = [cv2.imread(str(path))[..., ::-1] for path in sorted(PHOTOGRAPHS.glob("*.jpg"))]
    drawn = np.random.default_rng(0)
    crops = np.empty((count, size, size, 3), np.uint8)
    for index, crop in enumerate(crops):
        picture = whole[index % len(whole)]
        side = int(min(picture.shape[:2]) * drawn.uniform(0.6, 1.0))
        y, x = (drawn.integers(0, extent - side + 1) for extent in picture.shape[:2])
        cut = np.ascontiguousarray(picture[y : y + side, x : x + side])
        smaller = cv2.INTER_AREA if side > size else cv2.INTER_CUBIC
        crop[:] = cv2.resize(cut, (size, size), interpolation=smaller)
    return crops


def one_hot(count: int, classes: int) -> npt.NDArray[np.float32]:
    """Return labels, float32 (count, classes)."""
    return np.eye(classes, dtype=np.float32)[np.arange(count) % classes]
