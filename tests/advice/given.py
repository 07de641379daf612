"""What the tests of the advice are given: the bundled photographs, small, and recipes of few words."""

from __future__ import annotations

import functools
from typing import Any

import cv2
import numpy as np

import augment
from augment import Samples
from augment.data.sources import bundled


@functools.cache
def flowers(side: int = 96) -> Samples:
    """Return nine photographs, uint8 (9, side, side, 3), each of a class of its own."""
    pictures = []
    for photograph in bundled.photographs()[:9]:
        whole = cv2.cvtColor(cv2.imread(str(photograph.path)), cv2.COLOR_BGR2RGB)
        height, width = whole.shape[:2]
        left, top, right, bottom = photograph.subject
        part = whole[
            int(top * height) : int(bottom * height), int(left * width) : int(right * width)
        ]
        pictures.append(cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA))
    given = Samples.of_arrays(
        np.stack(pictures).astype(np.uint8), np.eye(9, dtype=np.float32), ids=np.arange(9) + 100
    )
    given.images.flags.writeable = False
    return given


def recipe(*steps: dict[str, Any] | str) -> augment.Recipe:
    """Return a recipe; a step with nothing but defaults may be the name of its op."""
    read = [{"op": step} if isinstance(step, str) else step for step in steps]
    return augment.Recipe.from_dict({"version": 1, "steps": read})
