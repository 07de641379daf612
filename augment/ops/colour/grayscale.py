"""Convert to grey."""

from __future__ import annotations

import cv2

from augment.engine.colour import Image
from augment.engine.op import Twin, op


@op(
    kind="pixels",
    caption="grey",
    twin=Twin(layer="Grayscale", arguments=lambda params: {"output_channels": 3}),
    also=("black and white", "monochrome", "remove colour", "desaturate"),
)
def grayscale(image: Image, out: Image) -> Image:
    """Convert the picture to grey: all three channels become the luma.

    The luma is that of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B. KerasCV's layer returns one channel
    by default; here a picture always has three.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "grayscale"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0], seed=1)
        >>> plan.captions(0)
        ['grey']
        >>> images = np.array([[[[200, 100, 50]]]], np.uint8)
        >>> augment.render(plan, images).images[0, 0, 0].tolist()
        [124, 124, 124]
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB, dst=out)
    return out
