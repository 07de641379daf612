"""Shared maths of the ops that look at the three channels together."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]

# ITU-R BT.601 luma, as in tf.image.rgb_to_grayscale, Pillow and OpenCV.
GREY_WEIGHTS = np.array((0.299, 0.587, 0.114))
GREY_WEIGHTS.flags.writeable = False


def towards_grey(image: Image, out: Image, amount: float) -> Image:
    """Write the picture blended with its own grey version; below 0 it moves away from grey.

    Args:
        image: uint8 (H, W, 3).
        out: Of the same shape; it is what is returned.
        amount: 0 leaves the picture alone, 1 makes it grey.
    """
    blend = (1.0 - amount) * np.eye(3) + amount * GREY_WEIGHTS
    cv2.transform(image, blend, dst=out)
    return out
