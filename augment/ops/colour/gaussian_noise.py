"""Add noise."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np

from augment.engine.colour import Image
from augment.engine.distributions import Seed, UpTo
from augment.engine.fields import NORMAL, picked
from augment.engine.op import op
from augment.engine.params import Param, Usual


@op(kind="pixels", caption="noise {level:.1%}", title="Gaussian noise")
def gaussian_noise(
    image: Image,
    *,
    stddev: Annotated[
        float,
        Param(
            low=0.0,
            high=0.5,
            step=0.01,
            identity=0.0,
            help="Each picture draws the standard deviation of its noise up to this fraction of the "
            "range of levels.",
            usual=(
                Usual(
                    high=0.18,
                    source="0.18 is the third of five degrees by which ImageNet-C measures damage "
                    "(arXiv 1903.12261); training with more is rare.",
                ),
            ),
        ),
    ] = 0.1,
    level: Annotated[float, UpTo("stddev")],
    seed: Annotated[int, Seed()],
) -> Image:
    """Add a normal number to each pixel and channel, independent of all others, and clip.

    As each number stands for a pixel, noise of one level looks finer the larger the picture is.
    """
    # A level is whole, so that rounding the noise alone is rounding the sum.
    in_levels = np.rint(NORMAL * np.float32(255.0 * level)).astype(np.int16)
    noise = picked(in_levels, seed, image.shape)
    return np.asarray(cv2.add(image, noise, dtype=cv2.CV_8U), np.uint8)
