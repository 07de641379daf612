"""Blank a rectangle."""

from __future__ import annotations

import math
from typing import Annotated

from augment.distributions import Uniform, UpTo
from augment.ops._colour import Image
from augment.ops._geometry import clipped_box
from augment.spec import Paper, Param, op


@op(
    kind="pixels",
    group="erasing",
    caption="cutout {box_width:.0%} x {box_height:.0%}",
    paper=Paper(title="Cutout", arxiv="1708.04552"),
)
def cutout(
    image: Image,
    *,
    height_factor: Annotated[
        float,
        Param.fraction(
            help="Each rectangle is up to this fraction of the picture high.",
        ),
    ] = 0.5,
    width_factor: Annotated[
        float,
        Param.fraction(
            help="Each rectangle is up to this fraction of the picture wide.",
        ),
    ] = 0.5,
    fill_value: Annotated[
        int,
        Param(low=0, high=255, step=1, unit="grey levels", help="The level of the rectangle."),
    ] = 0,
    box_height: Annotated[float, UpTo("height_factor")],
    box_width: Annotated[float, UpTo("width_factor")],
    centre_x: Annotated[float, Uniform()],
    centre_y: Annotated[float, Uniform()],
) -> Image:
    """Fill one rectangle with a constant, anywhere, also partly outside.

    The size is drawn as in KerasCV; the paper's square has one fixed size.
    """
    height, width = image.shape[:2]
    box = clipped_box(
        height,
        width,
        centre_x=centre_x,
        centre_y=centre_y,
        box_height=math.ceil(box_height * height),
        box_width=math.ceil(box_width * width),
    )
    blanked = image.copy()
    blanked[box] = fill_value
    return blanked
