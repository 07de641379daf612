"""Save as JPEG."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np

from augment.engine.colour import Image
from augment.engine.distributions import Whole
from augment.engine.op import Twin, op
from augment.engine.params import Param, Usual


@op(
    kind="pixels",
    caption="JPEG quality {saved_at}",
    title="JPEG quality",
    twin=Twin(
        layer="RandomJpegQuality",
        # Told that levels are whole, it takes them from 0 to 255; floats it takes from 0 to 1.
        arguments=lambda params: {"factor": (params["quality"], 100), "dtype": "uint8"},
        differs="KerasCV draws qualities up to 99, and reads the picture with a faster, less exact "
        "cosine transform. It works on whole levels.",
    ),
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
            help="Each picture is saved at a quality drawn between this, the lowest, and 100: smaller "
            "is stronger, and even 100 changes it a little.",
            usual=(
                Usual(
                    low=25,
                    source="25 is already the first of five degrees by which ImageNet-C measures "
                    "damage (arXiv 1903.12261).",
                ),
            ),
        ),
    ] = 40,
    saved_at: Annotated[int, Whole("quality", end=100)],
) -> Image:
    """Save the picture as JPEG at some quality, and read it again.

    Baseline, with the colour at half the resolution (4:2:0), as libjpeg, Pillow and TensorFlow have it.
    """
    settings = (cv2.IMWRITE_JPEG_QUALITY, saved_at)
    _, saved = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), settings)
    return np.asarray(cv2.imdecode(saved, cv2.IMREAD_COLOR_RGB), np.uint8)
