"""Blank a rectangle."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np

from augment.engine.colour import Image
from augment.engine.distributions import Between, Uniform
from augment.engine.geometry import clipped_box
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, Usual


def _for_keras_cv(params: Mapping[str, Any]) -> Mapping[str, Any]:
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
        arguments=_for_keras_cv,
        differs="KerasCV never makes a rectangle wider than the picture is high.",
    ),
)
def cutout(
    image: Image,
    out: Image,
    *,
    height_factor: Annotated[
        float,
        Param.fraction(
            help="Each rectangle is up to this fraction of the picture high.",
            usual=(
                Usual(
                    high=0.5,
                    source="The paper cuts half of the side on CIFAR-10, 16 of 32 pixels, and a "
                    "quarter on CIFAR-100 (arXiv 1708.04552, section 4): the more classes, the "
                    "less.",
                ),
            ),
        ),
    ] = 0.5,
    height_min_factor: Annotated[
        float,
        Param.fraction(
            help="Each rectangle is at least this fraction of the picture high.", secondary=True
        ),
    ] = 0.0,
    width_factor: Annotated[
        float,
        Param.fraction(
            help="Each rectangle is up to this fraction of the picture wide.",
            usual=(
                Usual(
                    high=0.5,
                    source="The paper cuts half of the side on CIFAR-10, 16 of 32 pixels, and a "
                    "quarter on CIFAR-100 (arXiv 1708.04552, section 4): the more classes, the "
                    "less.",
                ),
            ),
        ),
    ] = 0.5,
    width_min_factor: Annotated[
        float,
        Param.fraction(
            help="Each rectangle is at least this fraction of the picture wide.", secondary=True
        ),
    ] = 0.0,
    fill_value: Annotated[
        int,
        Param.grey_level("The level of the rectangle.", secondary=True),
    ] = 0,
    box_height: Annotated[float, Between("height_min_factor", "height_factor")],
    box_width: Annotated[float, Between("width_min_factor", "width_factor")],
    centre_x: Annotated[float, Uniform()],
    centre_y: Annotated[float, Uniform()],
) -> Image:
    """Fill one rectangle with a constant, anywhere, also partly outside.

    The size is drawn as in KerasCV. The paper's square has one size: set all four factors to 0.5 for
    its 16 px on CIFAR-10, or to 0.25 for its 8 px on CIFAR-100, both 32 px wide. It fills with the mean
    level of the data, as it fills with 0 after normalisation: set the fill value to that.
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
    np.copyto(out, image)
    out[box] = fill_value
    return out
