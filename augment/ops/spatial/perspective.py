"""Perspective: move each corner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import cv2
import numpy as np

from augment.engine.colour import Image
from augment.engine.distributions import Within
from augment.engine.geometry import Border, FillMode, FillValue
from augment.engine.op import op
from augment.engine.params import Param

_LONGEST = 8 / 7  # of a side, as a multiple of the distance between the centres of its end pixels

CORNERS = ("top_left", "top_right", "bottom_right", "bottom_left")


def _caption(values: Mapping[str, Any]) -> str:
    moves = [abs(values[f"{corner}_{axis}"]) for corner in CORNERS for axis in "xy"]
    return f"perspective, corners by up to {max(moves):.0%}"


@op(
    kind="pixels",
    caption=_caption,
    version=2,
    smallest_px=2,
    also=("viewpoint", "tilt", "distort", "warp", "keystone", "homography", "3D"),
)
def perspective(
    image: Image,
    *,
    factor: Annotated[
        float,
        Param(
            low=0.0,
            high=0.15,  # from 0.18 on, the horizon may be inside the picture
            step=0.01,
            identity=0.0,
            help="Largest displacement of each corner along each axis, as a fraction of the side, "
            "in either direction.",
        ),
    ] = 0.1,
    fill_mode: FillMode = "reflect",
    fill_value: FillValue = 0,
    top_left_x: Annotated[float, Within("factor")],
    top_left_y: Annotated[float, Within("factor")],
    top_right_x: Annotated[float, Within("factor")],
    top_right_y: Annotated[float, Within("factor")],
    bottom_right_x: Annotated[float, Within("factor")],
    bottom_right_y: Annotated[float, Within("factor")],
    bottom_left_x: Annotated[float, Within("factor")],
    bottom_left_y: Annotated[float, Within("factor")],
) -> Image:
    """Change the viewpoint: move each corner independently, and warp the picture to the new corners.

    A corner, the centre of the outermost pixel, moves right and down by its drawn fractions of the width
    and the height. A side of fewer than 8 pixels is longer than the distance of its corners by so much
    that they could cross: there they move by fractions of 8/7 of that distance, which is the side at 8
    pixels. A picture that is a single pixel wide or high stays as it is.

    RandomPerspective of torchvision moves corners inwards only, by up to half of its distortion_scale
    as a fraction of the side. In RandomPerspective of Keras 3 a displacement is a multiple of the
    corner's own coordinates, so the upper left corner never moves and its neighbours move along one
    axis. KerasCV has no such layer.

    Example:
        >>> import augment
        >>> step = {"op": "perspective"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=1)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['perspective, corners by up to 10%']
        1 ['perspective, corners by up to 9%']
        2 ['perspective, corners by up to 9%']
    """
    height, width = image.shape[:2]
    right, bottom = width - 1, height - 1
    corners = np.array(((0, 0), (right, 0), (right, bottom), (0, bottom)), np.float64)
    moves = np.array(
        (
            (top_left_x, top_left_y),
            (top_right_x, top_right_y),
            (bottom_right_x, bottom_right_y),
            (bottom_left_x, bottom_left_y),
        )
    )
    moved = corners + moves * np.minimum((width, height), (_LONGEST * right, _LONGEST * bottom))
    from_output = cv2.getPerspectiveTransform(moved.astype(np.float32), corners.astype(np.float32))
    return np.asarray(
        cv2.warpPerspective(
            image,
            from_output,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            **Border(fill_mode, fill_value).keywords,
        ),
        np.uint8,
    )
