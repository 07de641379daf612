"""Spread the levels around their mean."""

from __future__ import annotations

from typing import Annotated

from augment.engine.colour import GREY_WEIGHTS
from augment.engine.distributions import Within
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, Usual
from augment.engine.tone import LEVELS, Histogram, Table, channel_means, to_table


@op(
    kind="tone",
    caption="contrast x {multiplier:.2f}",
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="RandomContrast",
        arguments=lambda given: {"value_range": (0, 255), "factor": given["factor"]},
        differs="It always takes the mean of each channel, never that of the whole picture.",
    ),
)
def contrast(
    histogram: Histogram,
    *,
    factor: Annotated[
        float,
        Param.fraction(
            help="Each picture multiplies its contrast by a number between 1 - this and 1 + this.",
            usual=(
                Usual(
                    high=0.9,
                    source="The papers multiply by 0.1 to 1.9 at the most (AutoAugment, arXiv "
                    "1805.09501, appendix); close to 0 a picture is plain grey.",
                ),
            ),
        ),
    ] = 0.3,
    mean_of: Annotated[
        str,
        Param(
            choices=("channel", "picture"),
            help="What the levels are spread around: each channel's own mean, or the mean of the "
            "picture in grey.",
        ),
    ] = "channel",
    multiplier: Annotated[float, Within("factor", centre=1.0)],
) -> Table:
    """Multiply each level's distance from a mean.

    KerasCV uses the mean of each channel, so that a colour cast stays as it is. Pillow's
    ImageEnhance.Contrast, and so the paper, uses the mean of the grey picture for all three.
    """
    means = channel_means(histogram)
    if mean_of == "picture":
        mean = means @ GREY_WEIGHTS
        return to_table((LEVELS - mean) * multiplier + mean)
    return to_table((LEVELS[:, None] - means) * multiplier + means)
