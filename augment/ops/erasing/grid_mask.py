"""GridMask: blank a rotated grid of squares."""

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
from augment.engine.params import Param, RecommendedRange, degrees

Pixels = npt.NDArray[np.int64]

_PARTS = 10**9  # of a pixel, in which the grid is whole: 0.55 of 20 pixels is 11 and no bit more


def _caption(values: Mapping[str, Any]) -> str:
    squares = ", squares kept" if values["mode"] == "keep_squares" else ""
    return f"grid mask {values['ratio']:.0%}{squares}, turned {degrees(values['turn'])}"


def _keras_cv_arguments(params: Mapping[str, Any]) -> Mapping[str, Any]:
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
        arguments=_keras_cv_arguments,
        differs="KerasCV always has grid units between 0.3 of the width and 0.5 of the height, "
        "and blanks the squares. It blanks every pixel that a rotated square touches, and at some "
        "offsets misses the last squares.",
    ),
    also=("grid dropout", "holes", "occlusion", "hide", "squares"),
)
def grid_mask(
    image: Image,
    out: Image,
    *,
    ratio_factor: Annotated[
        float,
        Param.fraction(
            help="Largest blank part of a grid unit, as a fraction of its side; each picture "
            "draws its own. The paper's ratio is the part that is left.",
            recommended=(
                RecommendedRange(
                    high=0.5,
                    only_if=("mode", "drop_squares"),
                    source="KerasCV blanks at most half of a unit's side by default, the paper "
                    "0.4 of it on ImageNet (arXiv 2001.04086); the picture loses the square of "
                    "that.",
                ),
                RecommendedRange(
                    high=0.3,
                    only_if=("mode", "keep_squares"),
                    source="Folklore: stripes of 0.3 in two directions blank half of the picture "
                    "already.",
                ),
            ),
        ),
    ] = 0.5,
    ratio_min_factor: Annotated[
        float,
        Param.fraction(
            help="Smallest blank part of a grid unit; set it equal to the largest for a fixed one.",
            secondary=True,
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
            help="Blank the squares, or keep the squares and blank the stripes between them; the "
            "ratio is then the width of the stripes.",
        ),
    ] = "drop_squares",
    rotation_factor: Annotated[
        float,
        Param(
            low=0.0,
            high=0.5,
            step=0.01,
            unit="turn",
            help="Largest rotation of the grid, in either direction.",
        ),
    ] = 0.15,
    fill_value: Annotated[
        int,
        Param.grey_level("Level of the blank pixels.", secondary=True),
    ] = 0,
    ratio: Annotated[float, Between("ratio_min_factor", "ratio_factor")],
    turn: Annotated[float, Within("rotation_factor", follows_strength=False)],
    unit: Annotated[float, Uniform()],
    offset_x: Annotated[float, Uniform()],
    offset_y: Annotated[float, Uniform()],
) -> Image:
    """Blank the squares of a grid that is placed and rotated at random.

    The unit of the grid, one square and the gap to the next, is drawn between 0.3 of the width and 0.5
    of the height (in either order) by default, as in KerasCV. `ratio` is the blank part of a unit's
    side, as in KerasCV; in the paper (section 3) it is the part that is left. The mask is rotated
    without interpolation.

    The paper trains on ImageNet with 0.6 of the side left, units of 96 to 224 pixels on pictures of 224
    pixels, any rotation, and a probability that grows to 0.8: set both ratio factors to 0.4, the unit
    factors to 0.43 and 1, the rotation factor to 0.5, and the probability of the step to 0.8.

    The two modes have the patterns of the authors' code, where the ratio is always the width of the
    stripes: `drop_squares` that of its mode 1, with which the paper trains, and `keep_squares` that of
    its mode 0. The details differ. That code draws units and offsets in whole pixels and rounds the
    stripes to them, rotates by whole degrees in one direction, and multiplies pictures that are
    normalised already, so blank is the mean level of the data: set `fill_value` to that.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "grid_mask", "ratio_min_factor": 0.5, "rotation_factor": 0.05}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=4)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['grid mask 50%, turned +10°']
        1 ['grid mask 50%, turned +9°']
        2 ['grid mask 50%, turned +15°']
        >>> images = np.ones((3, 8, 16, 3), np.uint8)
        >>> print(augment.render(plan, images).images[0, :, :, 0])
        [[1 1 1 1 1 1 1 1 1 1 1 1 0 0 0 1]
         [1 1 1 1 1 0 0 1 1 0 0 1 1 0 0 1]
         [1 0 0 1 1 0 0 1 1 0 0 1 1 1 1 1]
         [1 0 0 1 1 1 1 1 1 1 1 1 1 1 1 1]
         [1 1 1 1 1 1 1 1 1 1 1 1 1 0 0 1]
         [1 1 1 1 1 0 0 1 1 0 0 1 1 0 0 1]
         [1 0 0 1 1 0 0 1 1 0 0 1 1 1 1 1]
         [1 0 0 0 1 1 1 1 1 1 1 1 1 1 1 1]]
    """
    height, width = image.shape[:2]
    shortest, longest = sorted((unit_max_factor * height, unit_min_factor * width))
    side_px = shortest + unit * (longest + 1.0 - shortest)
    to_grid = _to_grid(height, width, turn)
    rows, columns = _covered(to_grid, height, width)
    left_y = _unmasked(rows, side_px, offset_y, ratio)
    left_x = _unmasked(columns, side_px, offset_x, ratio)
    either = np.logical_or if mode == "drop_squares" else np.logical_and
    grid = either(left_y[:, None], left_x[None, :]).view(np.uint8)
    to_grid[:, 2] -= columns[0], rows[0]
    mask = cv2.warpAffine(
        grid, to_grid, (width, height), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    )
    out[...] = fill_value
    cv2.copyTo(image, mask, dst=out)
    return out


def _to_grid(height: int, width: int, turn: float) -> Matrix:
    """Return the matrix from a pixel of the picture to its place on the grid.

    The grid starts at 0, and is rotated about the centre of a square with the picture's diagonal as its
    side. As in KerasCV, the picture is cut out of that square at whole pixels, so a grid that is not
    rotated is never read half way between two of its pixels.
    """
    side = math.ceil(math.hypot(height, width))
    cos, sin = math.cos(2.0 * math.pi * turn), math.sin(2.0 * math.pi * turn)
    centre = (side - 1) / 2
    centre_x, centre_y = centre - (side - width) // 2, centre - (side - height) // 2
    return matrix(
        *(cos, -sin, centre - cos * centre_x + sin * centre_y),
        *(sin, cos, centre - sin * centre_x - cos * centre_y),
    )


def _covered(to_grid: Matrix, height: int, width: int) -> tuple[Pixels, Pixels]:
    """Return the rows and the columns of the grid that the picture covers, and one more around."""
    corners = np.array(((0, width, 0, width), (0, 0, height, height), (1, 1, 1, 1)))
    x, y = to_grid @ corners
    columns, rows = (
        np.arange(math.floor(along.min()) - 1, math.ceil(along.max()) + 2) for along in (x, y)
    )
    return rows, columns


def _unmasked(pixels: Pixels, side_px: float, offset: float, ratio: float) -> npt.NDArray[np.bool_]:
    """Return which pixels along one axis are outside the blank part, the last `ratio`, of their unit."""
    side, start, left = (
        round(part * _PARTS) for part in (side_px, offset * side_px, (1.0 - ratio) * side_px)
    )
    return np.asarray(np.mod(pixels * _PARTS + start, side) < left)
