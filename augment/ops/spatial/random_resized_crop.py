"""Crop a part and enlarge it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

from augment.engine.distributions import Ratio, Uniform, UpTo
from augment.engine.geometry import Matrix, matrix
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, Usual


def _keras_arguments(params: Mapping[str, Any]) -> dict[str, Any]:
    aspect = params["aspect_ratio_factor"]
    return {
        "target_size": (224, 224),
        "crop_area_factor": (params["crop_area_factor"], 1.0),
        "aspect_ratio_factor": (1.0 / aspect, aspect),
    }


@op(
    kind="affine",
    caption="crop {area:.0%}, aspect x {aspect:.2f}",
    paper=Paper(title="Going Deeper with Convolutions", arxiv="1409.4842"),
    twin=Twin(
        layer="RandomCropAndResize",
        arguments=_keras_arguments,
        differs="RandomCropAndResize wants the height and width of its result as target_size. Where "
        "a crop does not fit, it cuts it short, so that the area is smaller than drawn; it draws "
        "the aspect uniformly, and samples from the centre of the crop's first pixel to that of "
        "its last.",
    ),
)
def random_resized_crop(
    height: int,
    width: int,
    *,
    crop_area_factor: Annotated[
        float,
        Param(
            low=0.05,
            high=1.0,
            step=0.01,
            identity=1.0,
            extreme=0.08,
            help="Each crop has between this fraction of the picture's area and all of it: smaller "
            "is stronger.",
            usual=(
                Usual(
                    low=0.08,
                    source="The smallest crops on ImageNet, with a thousand pictures a class, "
                    "have 0.08 of the area (arXiv 1409.4842, section 6).",
                ),
            ),
        ),
    ] = 0.3,
    aspect_ratio_factor: Annotated[
        float,
        Param(
            low=1.0,
            high=3.0,
            step=0.01,
            identity=1.0,
            help="Each crop is up to this many times as wide as the picture's own shape, or as high.",
            usual=(
                Usual(high=4 / 3, source="The paper stops at 4 to 3 (arXiv 1409.4842, section 6)."),
            ),
        ),
    ] = 4 / 3,
    area: Annotated[float, UpTo("crop_area_factor", start=1.0)],
    aspect: Annotated[float, Ratio("aspect_ratio_factor")],
    across: Annotated[float, Uniform()],
    down: Annotated[float, Uniform()],
) -> Matrix:
    """Crop a part of the picture, anywhere in it, and enlarge it to the picture's own size.

    As in section 6 of the paper, where areas go down to 0.08, but the aspect is relative to the
    picture's own, as in KerasCV, and its logarithm is uniform. A crop that is too wide or too high keeps
    its area and gets the aspect that fits; KerasCV cuts it short, others draw again. Sampled bilinearly
    with half-pixel centres, so at the crop's edges its neighbours count in, up to half a pixel away.
    """
    wide, high = math.sqrt(area * aspect), math.sqrt(area / aspect)
    if wide > 1.0:
        wide, high = 1.0, area
    elif high > 1.0:
        wide, high = area, 1.0
    left, top = across * (1.0 - wide) * width, down * (1.0 - high) * height
    return matrix(wide, 0.0, left + (wide - 1.0) / 2.0, 0.0, high, top + (high - 1.0) / 2.0)
