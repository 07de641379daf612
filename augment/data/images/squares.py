"""Squares of pictures, resized by averaging, never by skipping pixels."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image

from augment.data.source import CROP, Pixels, check_fit

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom are outside the box."""


def square_box(width: int, height: int, focus: tuple[float, float] = (0.5, 0.5)) -> Box:
    """Return the largest square of a picture whose centre is as near as possible to `focus`.

    `focus` is in fractions of width and height; (0.5, 0.5) cuts the same amount off either side.
    """
    side = min(width, height)
    left = min(max(round(focus[0] * width - side / 2), 0), width - side)
    top = min(max(round(focus[1] * height - side / 2), 0), height - side)
    return left, top, left + side, top + side


def least_side(size: int) -> int:
    """Return the least side that a picture should be decoded with, before it is fitted to `size`.

    Decoding at just the size needed takes half the time of decoding whole; `fit` then has so little to
    shrink that it must not average areas, which would blur: of photographs of 500 pixels, squares of 64
    to 224 are as near to those by Lanczos's filter from the whole as averaged areas of the whole are.
    """
    return size


def fit(image: Pixels, size: int, how: str) -> Pixels:
    """Return the whole of a picture, or the middle of it, as (size, size, 3).

    A side that shrinks is weighed by a cubic as wide as what becomes one pixel, so nothing is skipped;
    one that grows is interpolated by the same cubic (Keys 1981).

    Args:
        image: RGB, uint8, (H, W, 3).
        size: In pixels.
        how: "crop" cuts out the middle; "stretch" distorts a picture that is not a square, as the
            Keras guide does.

    Raises:
        DataError: There is no such `how`.
    """
    height, width = image.shape[:2]
    side = min(height, width)
    left = top = 0.0
    if check_fit(how) == CROP:
        if side == size:
            return cut(image, square_box(width, height), size).copy()
        # In fractions of pixels: half a pixel of a picture that was decoded small is much.
        left, top = (width - side) / 2, (height - side) / 2
    fitted = Image.fromarray(image).resize(
        (size, size), Image.Resampling.BICUBIC, box=(left, top, width - left, height - top)
    )
    return np.array(fitted)


def cut(image: Pixels, box: Box, size: int) -> Pixels:
    """Return the square `box` of `image`, resized to (size, size, 3).

    The box is cut out before it is resized, so no pixel from outside it has any influence. Areas are
    averaged when shrinking, which is what keeps fine petals from turning into noise.
    """
    left, top, right, bottom = box
    inside = image[top:bottom, left:right]
    if inside.shape[:2] == (size, size):
        return np.ascontiguousarray(inside)
    shrinks = right - left > size
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(inside, (size, size), interpolation=how), np.uint8)
