"""Shared maths of the spatial ops.

A matrix has shape (2, 3) and float64 entries, and maps a pixel of the output, (x, y, 1), to where in
the input its colour comes from. Pixel centres have whole coordinates, as in OpenCV and in TensorFlow's
ImageProjectiveTransformV3.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from augment.engine.params import Param

Matrix = npt.NDArray[np.float64]
Box = tuple[int, int, int, int]
"""The first row, the row after the last, the first column, and the column after the last."""

BORDERS = {
    "reflect": cv2.BORDER_REFLECT,
    "constant": cv2.BORDER_CONSTANT,
    "edge": cv2.BORDER_REPLICATE,
}
"""What lies beyond the border, in OpenCV's terms: the one choice that all spatial ops share."""

FillMode = Annotated[
    str,
    Param(
        choices=tuple(BORDERS),
        help="What fills the area beyond the border: the reflected picture, a constant level, or "
        "the outermost pixels repeated.",
    ),
]
FillValue = Annotated[
    int,
    Param.grey_level(
        "Level beyond the border if the fill mode is constant.",
        only_if=("fill_mode", "constant"),
    ),
]


class Border(NamedTuple):
    """What lies beyond the border of a picture.

    Attributes:
        mode: A key of `BORDERS`.
        value: The level, where the mode is constant; else 0.
    """

    mode: str
    value: int = 0

    @property
    def keywords(self) -> dict[str, Any]:
        """The border as OpenCV's functions take it."""
        return {"borderMode": BORDERS[self.mode], "borderValue": (float(self.value),) * 3}


def border_of(values: Mapping[str, Any]) -> Border | None:
    """Return the border that the arguments of an op ask for, or None if they ask for none."""
    if "fill_mode" not in values:
        return None
    mode = values["fill_mode"]
    return Border(mode, values["fill_value"] if mode == "constant" else 0)


def keras_border(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the border that the arguments of an op ask for, as KerasCV's layers take it."""
    mode = values["fill_mode"]
    return {
        "fill_mode": "nearest" if mode == "edge" else mode,
        "fill_value": float(values["fill_value"]),
    }


def matrix(xx: float, xy: float, x0: float, yx: float, yy: float, y0: float) -> Matrix:
    """Return the matrix with these entries, row by row."""
    return np.array(((xx, xy, x0), (yx, yy, y0)), np.float64)


def about_centre(height: int, width: int, *, xx: float, xy: float, yx: float, yy: float) -> Matrix:
    """Return the matrix with these entries that leaves the centre of the picture where it is."""
    centre_x, centre_y = (width - 1) / 2.0, (height - 1) / 2.0
    return matrix(
        xx,
        xy,
        centre_x - (xx * centre_x + xy * centre_y),
        yx,
        yy,
        centre_y - (yx * centre_x + yy * centre_y),
    )


def compose(first: Matrix, then: Matrix) -> Matrix:
    """Return the one matrix that does what `first` and `then` do one after the other."""
    # Written out, because a library's product of matrices rounds as the processor does that it runs on.
    xx, xy, x0 = first[0, 0], first[0, 1], first[0, 2]
    yx, yy, y0 = first[1, 0], first[1, 1], first[1, 2]
    return matrix(
        xx * then[0, 0] + xy * then[1, 0],
        xx * then[0, 1] + xy * then[1, 1],
        xx * then[0, 2] + xy * then[1, 2] + x0,
        yx * then[0, 0] + yy * then[1, 0],
        yx * then[0, 1] + yy * then[1, 1],
        yx * then[0, 2] + yy * then[1, 2] + y0,
    )


def in_pixels(fraction: float, side: float) -> float:
    """Return a fraction of a side in pixels, without the error of the last bits: 0.07 of 100 is 7.

    The product of the two floats is 7.000000000000001, which a ceiling would make 8 pixels. It is rounded
    to a billionth; not by `round`, of which Python and numba each have one of their own.
    """
    return math.floor(fraction * side * 1e9 + 0.5) / 1e9


def place_of(fraction: float, places: int) -> int:
    """Return which of some places, from 0 to places - 1, is at a fraction from 0 up to 1."""
    return min(int(in_pixels(fraction, places)), places - 1)


def clipped_box(
    height: int, width: int, *, centre_x: float, centre_y: float, box_height: int, box_width: int
) -> Box:
    """Return the box around a centre, clipped to the image; it may be empty.

    Args:
        height: Height of the image in pixels.
        width: Width of the image in pixels.
        centre_x: Fraction of the width, from 0 up to but not including 1.
        centre_y: Fraction of the height, likewise.
        box_height: Height of the box in pixels before clipping.
        box_width: Width of the box in pixels before clipping.
    """
    top = place_of(centre_y, height) - box_height // 2
    left = place_of(centre_x, width) - box_width // 2
    return max(top, 0), min(top + box_height, height), max(left, 0), min(left + box_width, width)
