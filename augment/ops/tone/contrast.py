"""Change the contrast."""

from __future__ import annotations

from typing import Annotated

from augment.engine.colour import luma
from augment.engine.distributions import Within
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, RecommendedRange
from augment.engine.tone import LEVELS, Means, Table, to_table


@op(
    kind="tone",
    caption="contrast x {multiplier:.2f}",
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="RandomContrast",
        arguments=lambda params: {"value_range": (0, 255), "factor": params["factor"]},
        differs="It always uses the mean of each channel, never that of the whole picture.",
    ),
    also=("flat", "washed out", "punchy", "colour jitter"),
)
def contrast(
    means: Means,
    *,
    factor: Annotated[
        float,
        Param.fraction(
            help="Largest change of the contrast; each picture multiplies it by a number between "
            "1 - this and 1 + this.",
            recommended=(
                RecommendedRange(
                    high=0.9,
                    source="The papers multiply by 0.1 to 1.9 at most (AutoAugment, arXiv "
                    "1805.09501, appendix); close to 0 a picture is plain grey.",
                ),
            ),
        ),
    ] = 0.3,
    mean_of: Annotated[
        str,
        Param(
            choices=("channel", "picture"),
            help="The mean from which the distance is scaled: that of each channel, or that of "
            "the greyscale picture.",
        ),
    ] = "channel",
    multiplier: Annotated[float, Within("factor", centre=1.0)],
) -> Table:
    """Raise or lower the contrast: scale the distance of each level from a mean.

    The multiplier is 1 for no change, 0 for a flat picture. KerasCV uses the mean of each channel, so a
    colour cast remains. ImageEnhance.Contrast of Pillow, and so the paper, uses the mean of the
    greyscale picture for all three channels: set `mean_of` to "picture" for that. Pillow rounds that
    mean and truncates the result, so its levels may differ by up to two from the exact mean and the
    rounding here.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "contrast"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=9)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['contrast x 0.72']
        1 ['contrast x 0.71']
        2 ['contrast x 1.13']
        >>> images = np.array([[[[50, 50, 50], [150, 150, 150]]]] * 3, np.uint8)
        >>> augment.render(plan, images).images[:, 0, :, 0].tolist()
        [[64, 136], [64, 136], [44, 156]]
    """
    fixed = means.copy()
    if mean_of == "picture":
        fixed[:] = luma(means[0], means[1], means[2])
    return to_table((LEVELS[:, None] - fixed) * multiplier + fixed)
