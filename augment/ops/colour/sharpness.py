"""Sharpen or soften."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np

from augment.engine.colour import Image
from augment.engine.distributions import Within
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, RecommendedRange


@op(
    kind="pixels",
    caption="sharpness x {multiplier:.2f}",
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="RandomSharpness",
        arguments=lambda params: {"factor": params["factor"], "value_range": (0, 255)},
        differs="KerasCV only softens: it draws between the picture and the smoothed one, and "
        "never sharpens.",
    ),
    also=("sharpen", "soften", "unsharp mask", "crisp"),
)
def sharpness(
    image: Image,
    *,
    factor: Annotated[
        float,
        Param.fraction(
            help="Largest change of the sharpness; each picture multiplies it by a number between "
            "1 - this and 1 + this.",
            recommended=(
                RecommendedRange(
                    high=0.9,
                    source="The papers multiply by 0.1 to 1.9 at most (AutoAugment, arXiv "
                    "1805.09501, appendix).",
                ),
            ),
        ),
    ] = 0.5,
    multiplier: Annotated[float, Within("factor", centre=1.0)],
) -> Image:
    """Sharpen or soften: scale each pixel's distance from the smoothed picture.

    The multiplier is 1 for no change, 0 for the smoothed picture, above 1 for sharper. The smoothing
    kernel is the 3 x 3 one of Pillow's ImageEnhance.Sharpness, which the paper uses with multipliers
    from 0.1 to 1.9; as there, the outermost pixels are left unchanged. The result is rounded once,
    where Pillow rounds the smoothed picture and truncates the result: a level may differ by two.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "sharpness"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=10)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['sharpness x 0.53']
        1 ['sharpness x 0.83']
        2 ['sharpness x 1.31']
        >>> images = np.full((3, 5, 5, 3), 100, np.uint8)
        >>> images[:, 2, 2] = 150
        >>> augment.render(plan, images).images[:, 2, 1:4, 0].tolist()
        [[102, 136, 102], [101, 145, 101], [99, 159, 99]]
    """
    # The kernel, 5 in the middle and 1 around it, over 13, is 4/13 of the pixel and 9/13 of the mean.
    own = multiplier + (1.0 - multiplier) * 4.0 / 13.0
    sharpened = cv2.addWeighted(image, own, cv2.blur(image, (3, 3)), 1.0 - own, 0.0)
    sharpened[[0, -1]] = image[[0, -1]]
    sharpened[:, [0, -1]] = image[:, [0, -1]]
    return np.asarray(sharpened, np.uint8)
