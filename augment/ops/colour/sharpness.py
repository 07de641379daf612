"""Sharpen or soften."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np

from augment.engine.colour import Image
from augment.engine.distributions import Within
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, Usual


@op(
    kind="pixels",
    caption="sharpness x {multiplier:.2f}",
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="RandomSharpness",
        arguments=lambda params: {"factor": params["factor"], "value_range": (0, 255)},
        differs="KerasCV only softens: it draws between the picture and the smoothed one, and never "
        "sharpens.",
    ),
)
def sharpness(
    image: Image,
    *,
    factor: Annotated[
        float,
        Param.fraction(
            help="Each picture multiplies its sharpness by a number between 1 - this and 1 + this.",
            usual=(
                Usual(
                    high=0.9,
                    source="The papers multiply by 0.1 to 1.9 at the most (AutoAugment, arXiv "
                    "1805.09501, appendix).",
                ),
            ),
        ),
    ] = 0.5,
    multiplier: Annotated[float, Within("factor", centre=1.0)],
) -> Image:
    """Multiply the distance from the smoothed picture: 0 is smoothed, 1 unchanged, above 1 sharper.

    Smoothed by the 3 x 3 kernel of Pillow's `ImageEnhance.Sharpness`, which the paper uses with numbers
    from 0.1 to 1.9; as there, the outermost pixels stay as they are. The numbers are rounded once, where
    Pillow rounds the smoothed picture and cuts off the rest.
    """
    # The kernel is 5 in the middle and 1 around it, by 13: four times the pixel and nine times the mean.
    own = multiplier + (1.0 - multiplier) * 4.0 / 13.0
    sharpened = cv2.addWeighted(image, own, cv2.blur(image, (3, 3)), 1.0 - own, 0.0)
    sharpened[[0, -1]] = image[[0, -1]]
    sharpened[:, [0, -1]] = image[:, [0, -1]]
    return np.asarray(sharpened, np.uint8)
