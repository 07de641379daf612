"""JPEG compression."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np

from augment.engine.colour import Image
from augment.engine.distributions import Whole
from augment.engine.op import Twin, op
from augment.engine.params import Param, RecommendedRange


@op(
    kind="pixels",
    caption="JPEG quality {saved_at}",
    title="JPEG quality",
    twin=Twin(
        layer="RandomJpegQuality",
        # With integer levels the layer takes 0 to 255, with floats 0 to 1.
        arguments=lambda params: {"factor": (params["quality"], 100), "dtype": "uint8"},
        differs="KerasCV draws qualities up to 99, and decodes with a faster, less exact cosine "
        "transform. It works on integer levels.",
    ),
    also=("compression", "artefacts", "image compression", "low quality"),
)
def jpeg_quality(
    image: Image,
    *,
    quality: Annotated[
        int,
        Param(
            low=1,
            high=100,
            step=1,
            help="Lowest JPEG quality; each picture draws between this and 100. Lower is "
            "stronger, and even 100 changes a picture a little.",
            recommended=(
                RecommendedRange(
                    low=25,
                    source="25 is already the first of the five severities of ImageNet-C (arXiv "
                    "1903.12261).",
                ),
            ),
        ),
    ] = 40,
    saved_at: Annotated[int, Whole("quality", end=100)],
) -> Image:
    """Compress the picture as JPEG, and decode it again.

    Baseline JPEG with the colour at half the resolution (4:2:0), the default of libjpeg, Pillow and
    TensorFlow. Even quality 100 changes a picture a little, so the op cannot follow the strength of a
    policy.

    Example:
        >>> import augment
        >>> step = {"op": "jpeg_quality"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=1)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['JPEG quality 98']
        1 ['JPEG quality 41']
        2 ['JPEG quality 65']
    """
    settings = (cv2.IMWRITE_JPEG_QUALITY, saved_at)
    _, saved = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), settings)
    return np.asarray(cv2.imdecode(saved, cv2.IMREAD_COLOR_RGB), np.uint8)
