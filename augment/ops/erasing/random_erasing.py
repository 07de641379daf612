"""Random erasing: fill a rectangle with noise."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np

from augment.engine.colour import Image
from augment.engine.distributions import Between, Ratio, Seed, Uniform
from augment.engine.fields import level_field
from augment.engine.geometry import in_pixels, place_of
from augment.engine.op import Paper, op
from augment.engine.params import Param, RecommendedRange


@op(
    kind="pixels",
    caption="erase {area:.0%}",
    paper=Paper(title="Random Erasing", arxiv="1708.04896"),
    version=2,
    also=("cutout", "rectangle", "occlusion", "hide", "noise patch", "dropout"),
)
def random_erasing(
    image: Image,
    out: Image,
    *,
    area_min_factor: Annotated[
        float,
        Param.fraction(help="Smallest erased area, as a fraction of the picture.", secondary=True),
    ] = 0.02,
    area_factor: Annotated[
        float,
        Param.fraction(
            help="Largest erased area, as a fraction of the picture; each picture draws its own.",
            recommended=(
                RecommendedRange(
                    high=0.4,
                    source="The paper erases at most 0.4 of a picture, and nothing in half of the "
                    "pictures (arXiv 1708.04896, section 4).",
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
            help="Largest ratio of the longer side of the rectangle to the shorter one.",
        ),
    ] = 3.33,
    fill: Annotated[
        str,
        Param(choices=("noise", "constant"), help="Random levels for each pixel, or one level."),
    ] = "noise",
    fill_value: Annotated[
        int,
        Param.grey_level(
            "Level of the rectangle if the fill is constant.", only_if=("fill", "constant")
        ),
    ] = 0,
    area: Annotated[float, Between("area_min_factor", "area_factor")],
    aspect: Annotated[float, Ratio("aspect_ratio_factor")],
    offset_x: Annotated[float, Uniform()],
    offset_y: Annotated[float, Uniform()],
    seed: Annotated[int, Seed()],
) -> Image:
    """Fill one rectangle, entirely inside the picture, with random levels or one level.

    The paper's areas go from 0.02 to 0.4 of the picture, those of most other code to 0.33. Departs from
    it in two points. The paper draws the aspect ratio uniformly between 0.3 and 3.33, which makes most
    rectangles higher than wide; here its logarithm is uniform, so both orientations are equally likely.
    Where a rectangle does not fit, the paper draws again, which makes large ones rare; here the area is
    kept and the aspect ratio gives way. The paper erases in half of the pictures: set the probability
    of the step to 0.5.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "random_erasing", "fill": "constant", "aspect_ratio_factor": 1.5}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=1)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['erase 13%']
        1 ['erase 6%']
        2 ['erase 19%']
        >>> images = np.ones((3, 6, 8, 3), np.uint8)
        >>> print(augment.render(plan, images).images[0, :, :, 0])
        [[1 1 1 1 1 1 1 1]
         [1 1 1 1 1 1 1 1]
         [1 1 1 1 1 1 1 1]
         [1 1 1 1 0 0 0 1]
         [1 1 1 1 0 0 0 1]
         [1 1 1 1 1 1 1 1]]
    """
    height, width = image.shape[:2]
    area_px = in_pixels(area, height * width)
    lowest, highest = math.ceil(area_px / width), min(math.floor(area_px), height)
    box_height = max(min(max(round(math.sqrt(area_px / aspect)), lowest), highest), 1)
    box_width = round(area_px / box_height)
    top = place_of(offset_y, height - box_height + 1)
    left = place_of(offset_x, width - box_width + 1)
    np.copyto(out, image)
    box = out[top : top + box_height, left : left + box_width]
    box[:] = level_field(seed, box.shape) if fill == "noise" else fill_value
    return out
