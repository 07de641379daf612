"""Shared maths of the ops that look at the three channels together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
ColourMatrix = npt.NDArray[np.float64]
"""From RGB to RGB, float64 (3, 3): each row says what a channel of the result is made of."""

# ITU-R BT.601 luma, as in tf.image.rgb_to_grayscale, Pillow and OpenCV.
GREY_WEIGHTS = np.array((0.299, 0.587, 0.114))
GREY_WEIGHTS.flags.writeable = False


def luma(red: float, green: float, blue: float) -> float:
    """Return the grey level of a colour."""
    # Written out, because a library's scalar product rounds as the processor does that it runs on.
    return float(GREY_WEIGHTS[0] * red + GREY_WEIGHTS[1] * green + GREY_WEIGHTS[2] * blue)


def towards_grey(amount: float) -> ColourMatrix:
    """Return the matrix that blends a picture with its own grey version; below 0, away from grey.

    Args:
        amount: 0 leaves the picture alone, 1 makes it grey.
    """
    return (1.0 - amount) * np.eye(3) + amount * GREY_WEIGHTS
