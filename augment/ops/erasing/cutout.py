"""Cutout: fill a rectangle."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np

from augment.engine.colour import Image
from augment.engine.distributions import Between, Uniform
from augment.engine.geometry import clipped_box, in_pixels
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, RecommendedRange


def _keras_cv_arguments(params: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "height_factor": tuple(sorted((params["height_min_factor"], params["height_factor"]))),
        "width_factor": tuple(sorted((params["width_min_factor"], params["width_factor"]))),
        "fill_value": params["fill_value"],
    }


@op(
    kind="pixels",
    caption="cutout {box_width:.0%} x {box_height:.0%}",
    paper=Paper(title="Cutout", arxiv="1708.04552"),
    twin=Twin(
        layer="RandomCutout",
        arguments=_keras_cv_arguments,
        differs="KerasCV never makes a rectangle wider than the picture is high.",
    ),
    version=2,
    also=("hole", "black square", "coarse dropout", "occlusion", "hide", "mask"),
)
def cutout(
    image: Image,
    out: Image,
    *,
    height_factor: Annotated[
        float,
        Param.fraction(
            help="Largest height of the rectangle, as a fraction of the picture's height.",
            recommended=(
                RecommendedRange(
                    high=0.5,
                    source="The paper cuts half of the side on CIFAR-10, 16 of 32 pixels, and a "
                    "quarter on CIFAR-100 (arXiv 1708.04552, section 4): less where there are "
                    "more classes.",
                ),
            ),
        ),
    ] = 0.5,
    height_min_factor: Annotated[
        float,
        Param.fraction(
            help="Smallest height of the rectangle, as a fraction of the picture's height.",
            secondary=True,
        ),
    ] = 0.0,
    width_factor: Annotated[
        float,
        Param.fraction(
            help="Largest width of the rectangle, as a fraction of the picture's width.",
            recommended=(
                RecommendedRange(
                    high=0.5,
                    source="The paper cuts half of the side on CIFAR-10, 16 of 32 pixels, and a "
                    "quarter on CIFAR-100 (arXiv 1708.04552, section 4): less where there are "
                    "more classes.",
                ),
            ),
        ),
    ] = 0.5,
    width_min_factor: Annotated[
        float,
        Param.fraction(
            help="Smallest width of the rectangle, as a fraction of the picture's width.",
            secondary=True,
        ),
    ] = 0.0,
    fill_value: Annotated[
        int,
        Param.grey_level("Level of the rectangle.", secondary=True),
    ] = 0,
    box_height: Annotated[float, Between("height_min_factor", "height_factor")],
    box_width: Annotated[float, Between("width_min_factor", "width_factor")],
    centre_x: Annotated[float, Uniform()],
    centre_y: Annotated[float, Uniform()],
) -> Image:
    """Fill one rectangle with a constant level; it may lie partly outside the picture.

    Height and width are drawn as in KerasCV, each between its two factors; the centre is drawn
    uniformly. The paper's square has a fixed size: set all four factors to 0.5 for its 16 pixels on
    CIFAR-10, or to 0.25 for its 8 pixels on CIFAR-100, both on pictures of 32 pixels. A size is rounded
    up to whole pixels. The paper fills with 0 after normalisation, the mean level of the data: set
    `fill_value` to that.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "cutout"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=8)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['cutout 46% x 37%']
        1 ['cutout 18% x 5%']
        2 ['cutout 16% x 41%']
        >>> images = np.ones((3, 6, 8, 3), np.uint8)
        >>> print(augment.render(plan, images).images[0, :, :, 0])
        [[1 1 1 1 1 1 1 1]
         [1 1 1 1 1 1 1 1]
         [0 0 0 0 1 1 1 1]
         [0 0 0 0 1 1 1 1]
         [0 0 0 0 1 1 1 1]
         [1 1 1 1 1 1 1 1]]
    """
    height, width = image.shape[:2]
    top, bottom, left, right = clipped_box(
        height,
        width,
        centre_x=centre_x,
        centre_y=centre_y,
        box_height=math.ceil(in_pixels(box_height, height)),
        box_width=math.ceil(in_pixels(box_width, width)),
    )
    np.copyto(out, image)
    out[top:bottom, left:right] = fill_value
    return out
