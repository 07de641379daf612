"""Erase a rectangle."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np

from augment.engine.colour import Image
from augment.engine.distributions import Between, Ratio, Seed, Uniform
from augment.engine.fields import level_field
from augment.engine.op import Paper, op
from augment.engine.params import Param, Usual


@op(
    kind="pixels",
    caption="erase {area:.0%}",
    paper=Paper(title="Random Erasing", arxiv="1708.04896"),
)
def random_erasing(
    image: Image,
    out: Image,
    *,
    area_min_factor: Annotated[
        float,
        Param.fraction(help="The smallest share of the picture that is erased.", secondary=True),
    ] = 0.02,
    area_factor: Annotated[
        float,
        Param.fraction(
            help="The largest share of the picture that is erased; each picture draws its own.",
            usual=(
                Usual(
                    high=0.4,
                    source="The paper erases at most 0.4 of a picture, and half of the pictures "
                    "not at all (arXiv 1708.04896, section 4).",
                ),
            ),
        ),
    ] = 0.33,
    aspect_ratio_factor: Annotated[
        float,
        Param(
            low=1.0,
            high=10.0,
            step=0.01,
            secondary=True,
            help="Each rectangle is up to so many times as wide as high, or as high as wide.",
        ),
    ] = 3.33,
    fill: Annotated[
        str,
        Param(choices=("noise", "constant"), help="Random levels for each pixel, or one level."),
    ] = "noise",
    fill_value: Annotated[
        int,
        Param.grey_level(
            "The level of the rectangle where the fill is constant.", only_if=("fill", "constant")
        ),
    ] = 0,
    area: Annotated[float, Between("area_min_factor", "area_factor")],
    aspect: Annotated[float, Ratio("aspect_ratio_factor")],
    offset_x: Annotated[float, Uniform()],
    offset_y: Annotated[float, Uniform()],
    seed: Annotated[int, Seed()],
) -> Image:
    """Fill one rectangle, wholly inside the picture, with random levels.

    The paper's areas go from 0.02 to 0.4, most other code's to 0.33. Its aspects are uniform between 0.3
    and 3.33, so that most rectangles are higher than wide; here their logarithm is uniform, so that both
    ways are alike. It draws again where a rectangle does not fit, which makes large ones rare; here the
    area stays and the aspect gives way. It erases half of the pictures: give the step a probability of
    0.5.
    """
    height, width = image.shape[:2]
    area_px = area * height * width
    lowest, highest = math.ceil(area_px / width), min(math.floor(area_px), height)
    box_height = max(min(max(round(math.sqrt(area_px / aspect)), lowest), highest), 1)
    box_width = round(area_px / box_height)
    top = int(offset_y * (height - box_height + 1))
    left = int(offset_x * (width - box_width + 1))
    np.copyto(out, image)
    box = out[top : top + box_height, left : left + box_width]
    box[:] = level_field(seed, box.shape) if fill == "noise" else fill_value
    return out
