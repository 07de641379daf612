"""Remove colour in part."""

from __future__ import annotations

from typing import Annotated

from augment.engine.colour import ColourMatrix, towards_grey
from augment.engine.distributions import UpTo
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, RecommendedRange


@op(
    kind="colour",
    caption="colour -{amount:.0%}",
    title="Colour degeneration",
    paper=Paper(title="RandAugment", arxiv="1909.13719"),
    twin=Twin(layer="RandomColorDegeneration"),
    also=("desaturate", "pale", "fade", "washed out", "less colour"),
)
def color_degeneration(
    *,
    factor: Annotated[
        float,
        Param.fraction(
            help="Largest loss of colour; each picture loses a fraction between 0 and this, and "
            "at 1 it is grey.",
            recommended=(
                RecommendedRange(
                    high=0.9,
                    source="The papers keep at least a tenth of the colour (AutoAugment, arXiv "
                    "1805.09501, appendix); without any, flowers that differ in colour alone look "
                    "the same.",
                ),
            ),
        ),
    ] = 0.5,
    amount: Annotated[float, UpTo("factor")],
) -> ColourMatrix:
    """Blend the picture with its greyscale version: 0 leaves it unchanged, 1 makes it grey.

    The grey level is the ITU-R BT.601 luma. This is the lower half of "Color" of the papers, which can
    also exceed the picture's own colour: see `saturation`, also for how the rounding differs from Pillow.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "color_degeneration"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=1)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['colour -26%']
        1 ['colour -37%']
        2 ['colour -7%']
        >>> images = np.full((3, 1, 1, 3), (200, 100, 50), np.uint8)
        >>> augment.render(plan, images).images[:, 0, 0].tolist()
        [[180, 106, 69], [172, 109, 78], [195, 102, 55]]
    """
    return towards_grey(amount)
