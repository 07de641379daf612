"""Change the saturation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from augment.engine.colour import ColourMatrix, towards_grey
from augment.engine.distributions import Within
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, RecommendedRange


def _keras_cv_arguments(params: Mapping[str, Any]) -> Mapping[str, Any]:
    # The layer multiplies the saturation by f / (1 - f).
    low, high = 1.0 - params["factor"], 1.0 + params["factor"]
    return {"factor": (round(low / (1.0 + low), 6), round(high / (1.0 + high), 6))}


@op(
    kind="colour",
    caption="saturation x {multiplier:.2f}",
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="RandomSaturation",
        arguments=_keras_cv_arguments,
        differs="It multiplies the saturation of the HSV model, so a pixel keeps its highest "
        "channel and at 0 becomes as light as that; here a pixel keeps its luma. Its multiplier "
        "is f / (1 - f) of a uniform f, over the same range.",
    ),
    also=("vivid", "pale", "colourful", "desaturate", "vibrance", "colour jitter"),
)
def saturation(
    *,
    factor: Annotated[
        float,
        Param.fraction(
            help="Largest change of the colourfulness; each picture multiplies it by a number "
            "between 1 - this and 1 + this, and 0 gives grey.",
            recommended=(
                RecommendedRange(
                    high=0.9,
                    source="The papers multiply by 0.1 to 1.9 at most (AutoAugment, arXiv "
                    "1805.09501, appendix); at 0 a flower has no colour left.",
                ),
            ),
        ),
    ] = 0.4,
    multiplier: Annotated[float, Within("factor", centre=1.0)],
) -> ColourMatrix:
    """Make the colours paler or more vivid: scale each pixel's distance from its own grey.

    The multiplier is 1 for no change, 0 for grey, above 1 for more vivid; a pixel keeps its luma. This
    is the "Color" of the paper, ImageEnhance.Color of Pillow, but for the rounding: Pillow rounds the
    grey level before it blends and truncates after, here the result is rounded once. So a level may
    differ by one, in a few pixels of 10,000 by two. KerasCV scales the saturation of the HSV model
    instead.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "saturation"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=2)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['saturation x 0.78']
        1 ['saturation x 0.80']
        2 ['saturation x 1.23']
        >>> images = np.full((3, 1, 1, 3), (200, 100, 50), np.uint8)
        >>> augment.render(plan, images).images[:, 0, 0].tolist()
        [[183, 105, 67], [185, 105, 65], [218, 94, 33]]
    """
    return towards_grey(1.0 - multiplier)
