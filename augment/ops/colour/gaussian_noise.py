"""Gaussian noise."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np

from augment.engine.colour import Image
from augment.engine.distributions import Seed, UpTo
from augment.engine.fields import normal_table, picked
from augment.engine.op import op
from augment.engine.params import Param, RecommendedRange


@op(
    kind="pixels",
    caption="noise {level:.1%}",
    title="Gaussian noise",
    also=("grain", "speckle", "sensor noise", "additive noise"),
)
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
            help="Largest standard deviation of the noise, as a fraction of the range of levels; "
            "each picture draws its own.",
            recommended=(
                RecommendedRange(
                    high=0.18,
                    source="0.18 is the third of the five severities of ImageNet-C (arXiv "
                    "1903.12261); training with more is rare.",
                ),
            ),
        ),
    ] = 0.1,
    level: Annotated[float, UpTo("stddev")],
    seed: Annotated[int, Seed()],
) -> Image:
    """Add independent Gaussian noise to each pixel and channel, and clip.

    The noise is per pixel, so at the same level it looks finer the larger the picture is.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "gaussian_noise"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=1)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['noise 9.0%']
        1 ['noise 8.5%']
        2 ['noise 0.4%']
        >>> images = np.full((3, 64, 64, 3), 128, np.uint8)
        >>> [int(image.std()) for image in augment.render(plan, images).images]
        [22, 21, 1]
    """
    # Levels are integers, so rounding the noise alone rounds the sum.
    in_levels = np.rint(normal_table() * np.float32(255.0 * level)).astype(np.int16)
    noise = picked(in_levels, seed, image.shape)
    return np.asarray(cv2.add(image, noise, dtype=cv2.CV_8U), np.uint8)
