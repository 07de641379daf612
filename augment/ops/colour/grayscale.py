"""Make grey."""

from __future__ import annotations

import cv2

from augment.engine.colour import Image
from augment.engine.op import Twin, op


@op(
    kind="pixels",
    caption="grey",
    twin=Twin(layer="Grayscale", arguments=lambda _: {"output_channels": 3}),
)
def grayscale(image: Image, out: Image) -> Image:
    """Replace the colours by their luma, the same in all three channels.

    KerasCV's layer returns one channel unless told otherwise; a picture here always has three.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB, dst=out)
    return out
