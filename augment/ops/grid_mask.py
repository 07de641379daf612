"""Blank a turned grid of squares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

import cv2
import numpy as np
import numpy.typing as npt

from augment.distributions import Uniform, UpTo, Within
from augment.ops._colour import Image
from augment.spec import Paper, Param, op


def _caption(values: Mapping[str, Any]) -> str:
    return f"grid mask {values['ratio']:.0%}, turned {values['turn'] * 360:+.0f}°"


@op(
    kind="pixels",
    group="erasing",
    caption=_caption,
    title="GridMask",
    paper=Paper(title="GridMask Data Augmentation", arxiv="2001.04086"),
)
def grid_mask(
    image: Image,
    *,
    ratio_factor: Annotated[
        float,
        Param.fraction(
            help="Each picture draws, up to this, what fraction of the side of a grid unit is "
            "blank; the paper's ratio is the side that is kept.",
        ),
    ] = 0.5,
    rotation_factor: Annotated[
        float,
        Param(
            low=0.0,
            high=0.5,
            step=0.01,
            unit="turn",
            help="Each grid is turned by up to this, to either side.",
        ),
    ] = 0.15,
    fill_value: Annotated[
        int,
        Param(low=0, high=255, step=1, unit="grey levels", help="The level of the blank squares."),
    ] = 0,
    ratio: Annotated[float, UpTo("ratio_factor")],
    turn: Annotated[float, Within("rotation_factor", follows_strength=False)],
    unit: Annotated[float, Uniform()],
    offset_x: Annotated[float, Uniform()],
    offset_y: Annotated[float, Uniform()],
) -> Image:
    """Blank the squares of a grid that is placed and turned at random.

    The unit of the grid is between 0.3 of the width and 0.5 of the height (in either order), as in
    KerasCV; there `ratio` is the side that is blank, in the paper the side that is kept, and the paper
    draws the unit from a range of its own. The mask is turned without interpolation, where KerasCV
    blanks every pixel that its bilinear one touches, and at some offsets loses the last squares.
    """
    height, width = image.shape[:2]
    mask = _turned(_squares(height, width, ratio, unit, offset_x, offset_y), turn, height, width)
    if fill_value == 0:
        return np.asarray(cv2.bitwise_and(image, image, mask=mask), np.uint8)
    blanked = np.full_like(image, fill_value)
    cv2.copyTo(image, mask, blanked)
    return blanked


def _squares(
    height: int, width: int, ratio: float, unit: float, offset_x: float, offset_y: float
) -> npt.NDArray[np.uint8]:
    """Return 0 in the blank squares and 255 elsewhere, as large as the picture's diagonal."""
    shortest, longest = sorted((0.5 * height, 0.3 * width))
    side_px = shortest + unit * (longest + 1.0 - shortest)
    diagonal = np.arange(math.ceil(math.hypot(height, width)), dtype=np.float64)
    # A square ends where a unit ends, so its blank part is the last `ratio` of each unit.
    kept_x = np.mod(diagonal + offset_x * side_px, side_px) < (1.0 - ratio) * side_px
    kept_y = np.mod(diagonal + offset_y * side_px, side_px) < (1.0 - ratio) * side_px
    return np.logical_or(kept_y[:, None], kept_x[None, :]).view(np.uint8) * np.uint8(255)


def _turned(
    mask: npt.NDArray[np.uint8], turn: float, height: int, width: int
) -> npt.NDArray[np.uint8]:
    """Return the middle of the mask, height x width, turned about the mask's centre.

    As in KerasCV the middle is cut out at whole pixels, so that an unturned mask is never sampled half
    way between two of its own.
    """
    side = len(mask)
    cos, sin = math.cos(2.0 * math.pi * turn), math.sin(2.0 * math.pi * turn)
    centre = (side - 1) / 2
    centre_x, centre_y = centre - (side - width) // 2, centre - (side - height) // 2
    to_mask = np.array(
        (
            (cos, -sin, centre - cos * centre_x + sin * centre_y),
            (sin, cos, centre - sin * centre_x - cos * centre_y),
        )
    )
    return np.asarray(
        cv2.warpAffine(
            mask,
            to_mask,
            (width, height),
            flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=255.0,
        ),
        np.uint8,
    )
