"""Blank a turned grid of squares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

import cv2
import numpy as np
import numpy.typing as npt

from augment.engine.colour import Image
from augment.engine.distributions import Between, Uniform, Within
from augment.engine.geometry import Matrix, matrix
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, Usual

Pixels = npt.NDArray[np.int64]


def _caption(values: Mapping[str, Any]) -> str:
    kept = ", squares kept" if values["mode"] == "keep_squares" else ""
    return f"grid mask {values['ratio']:.0%}{kept}, turned {values['turn'] * 360:+z.0f}°"


def _for_keras_cv(params: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "ratio_factor": tuple(sorted((params["ratio_min_factor"], params["ratio_factor"]))),
        "rotation_factor": params["rotation_factor"],
        "fill_value": params["fill_value"],
    }


@op(
    kind="pixels",
    caption=_caption,
    title="GridMask",
    paper=Paper(title="GridMask Data Augmentation", arxiv="2001.04086"),
    twin=Twin(
        layer="GridMask",
        arguments=_for_keras_cv,
        differs="KerasCV always has grid units between 0.3 of the width and 0.5 of the height, and "
        "blanks the squares. It blanks every pixel that a turned square touches, and at some offsets "
        "loses the last squares.",
    ),
)
def grid_mask(
    image: Image,
    out: Image,
    *,
    ratio_factor: Annotated[
        float,
        Param.fraction(
            help="Each picture draws, up to this, what fraction of the side of a grid unit is "
            "blank; the paper's ratio is the side that is kept.",
            usual=(
                Usual(
                    high=0.5,
                    only_if=("mode", "drop_squares"),
                    source="KerasCV blanks at most half of a unit's side unless told otherwise, "
                    "and the paper 0.4 of it on ImageNet (arXiv 2001.04086): the picture loses "
                    "the square of that.",
                ),
                Usual(
                    high=0.3,
                    only_if=("mode", "keep_squares"),
                    source="Stripes of 0.3 on two sides blank half of the picture already; that "
                    "more is too much is folklore.",
                ),
            ),
        ),
    ] = 0.5,
    ratio_min_factor: Annotated[
        float,
        Param.fraction(
            help="The smallest ratio drawn; equal to the largest, it is fixed.", secondary=True
        ),
    ] = 0.0,
    unit_min_factor: Annotated[
        float,
        Param(
            low=0.02,
            high=1.0,
            step=0.01,
            secondary=True,
            help="One end of the range of grid units, as a fraction of the picture's width.",
        ),
    ] = 0.3,
    unit_max_factor: Annotated[
        float,
        Param(
            low=0.02,
            high=1.0,
            step=0.01,
            secondary=True,
            help="The other end of the range of grid units, as a fraction of the picture's height.",
        ),
    ] = 0.5,
    mode: Annotated[
        str,
        Param(
            choices=("drop_squares", "keep_squares"),
            help="Blank the squares, or keep squares and blank the stripes between them, whose width "
            "the ratio then is.",
        ),
    ] = "drop_squares",
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
        Param.grey_level("The level of what is blank.", secondary=True),
    ] = 0,
    ratio: Annotated[float, Between("ratio_min_factor", "ratio_factor")],
    turn: Annotated[float, Within("rotation_factor", follows_strength=False)],
    unit: Annotated[float, Uniform()],
    offset_x: Annotated[float, Uniform()],
    offset_y: Annotated[float, Uniform()],
) -> Image:
    """Blank the squares of a grid that is placed and turned at random.

    By default the unit of the grid is between 0.3 of the width and 0.5 of the height (in either order),
    as in KerasCV, where `ratio` is the side that is blank; in the paper (section 3) it is the side that
    is kept. Its runs on ImageNet keep 0.6, with units from 96 to 224 px on pictures of 224 px, turned by
    any angle, for a share of the pictures that grows to 0.8: set both ratio factors to 0.4, the unit
    factors to 0.43 and 1, the rotation factor to 0.5, and the step's probability to 0.8. `keep_squares`
    is mode 0 of its code.

    The mask is turned without interpolation, where KerasCV blanks every pixel that its bilinear one
    touches, and at some offsets loses the last squares.
    """
    height, width = image.shape[:2]
    shortest, longest = sorted((unit_max_factor * height, unit_min_factor * width))
    side_px = shortest + unit * (longest + 1.0 - shortest)
    to_grid = _to_grid(height, width, turn)
    rows, columns = _reached(to_grid, height, width)
    kept_y = _kept(rows, side_px, offset_y, ratio)
    kept_x = _kept(columns, side_px, offset_x, ratio)
    either = np.logical_or if mode == "drop_squares" else np.logical_and
    grid = either(kept_y[:, None], kept_x[None, :]).view(np.uint8)
    to_grid[:, 2] -= columns[0], rows[0]
    mask = cv2.warpAffine(
        grid, to_grid, (width, height), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    )
    out[...] = fill_value
    cv2.copyTo(image, mask, dst=out)
    return out


def _to_grid(height: int, width: int, turn: float) -> Matrix:
    """Return the matrix from a pixel of the picture to its place on the grid.

    The grid starts at 0, and is turned about the middle of a square that has the picture's diagonal as
    its side. As in KerasCV the picture is cut out of that at whole pixels, so that an unturned grid is
    never read half way between two of its own.
    """
    side = math.ceil(math.hypot(height, width))
    cos, sin = math.cos(2.0 * math.pi * turn), math.sin(2.0 * math.pi * turn)
    centre = (side - 1) / 2
    centre_x, centre_y = centre - (side - width) // 2, centre - (side - height) // 2
    return matrix(
        *(cos, -sin, centre - cos * centre_x + sin * centre_y),
        *(sin, cos, centre - sin * centre_x - cos * centre_y),
    )


def _reached(to_grid: Matrix, height: int, width: int) -> tuple[Pixels, Pixels]:
    """Return the rows and the columns of the grid that the picture lies on, and one more around."""
    corners = np.array(((0, width, 0, width), (0, 0, height, height), (1, 1, 1, 1)))
    x, y = to_grid @ corners
    columns, rows = (
        np.arange(math.floor(along.min()) - 1, math.ceil(along.max()) + 2) for along in (x, y)
    )
    return rows, columns


def _kept(pixels: Pixels, side_px: float, offset: float, ratio: float) -> npt.NDArray[np.bool_]:
    """Return which pixels along one axis are not in the last `ratio` of their unit."""
    return np.asarray(np.mod(pixels + offset * side_px, side_px) < (1.0 - ratio) * side_px)
