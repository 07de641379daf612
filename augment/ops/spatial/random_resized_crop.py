"""Crop a random part and enlarge it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

from augment.engine.distributions import Ratio, Uniform, UpTo
from augment.engine.geometry import Matrix, matrix
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, RecommendedRange


def _keras_cv_arguments(params: Mapping[str, Any]) -> Mapping[str, Any]:
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
        arguments=_keras_cv_arguments,
        differs="RandomCropAndResize takes the height and width of its result as target_size. "
        "Where a crop does not fit, it cuts it short, so the area is smaller than drawn; it draws "
        "the aspect ratio uniformly, and samples from the centre of the crop's first pixel to "
        "that of its last.",
    ),
    also=("zoom in", "cut out", "scale", "enlarge", "inception crop"),
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
            help="Smallest area of the crop, as a fraction of the picture; each picture draws "
            "between this and 1. Smaller is stronger.",
            recommended=(
                RecommendedRange(
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
            help="Largest change of the aspect ratio: a crop is up to this many times wider, or "
            "higher, than the picture's own shape.",
            recommended=(
                RecommendedRange(
                    high=4 / 3, source="The paper stops at 4/3 (arXiv 1409.4842, section 6)."
                ),
            ),
        ),
    ] = 4 / 3,
    area: Annotated[float, UpTo("crop_area_factor", start=1.0)],
    aspect: Annotated[float, Ratio("aspect_ratio_factor")],
    across: Annotated[float, Uniform()],
    down: Annotated[float, Uniform()],
) -> Matrix:
    """Crop a random part of the picture, and enlarge it to the picture's size.

    After section 6 of the paper, where areas go down to 0.08. Departs from it in two points. The aspect
    ratio is relative to the picture's own, as in KerasCV, and its logarithm is uniform. A crop that is
    too wide or too high keeps its area and gets the nearest aspect ratio that fits; other code draws
    again. Sampling is bilinear with half-pixel centres, so at the edges of the crop pixels up to half a
    pixel outside count in.

    Example:
        >>> import augment
        >>> step = {"op": "random_resized_crop"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=3)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['crop 64%, aspect x 1.09']
        1 ['crop 40%, aspect x 0.76']
        2 ['crop 45%, aspect x 0.79']
    """
    wide, high = math.sqrt(area * aspect), math.sqrt(area / aspect)
    if wide > 1.0:
        wide, high = 1.0, area
    elif high > 1.0:
        wide, high = area, 1.0
    left, top = across * (1.0 - wide) * width, down * (1.0 - high) * height
    return matrix(wide, 0.0, left + (wide - 1.0) / 2.0, 0.0, high, top + (high - 1.0) / 2.0)
