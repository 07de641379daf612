"""Spread the levels around their mean."""

from __future__ import annotations

from typing import Annotated

from augment.distributions import Within
from augment.ops._tone import LEVELS, Histogram, Table, channel_means, to_table
from augment.spec import Paper, Param, op


@op(
    kind="tone",
    caption="contrast x {multiplier:.2f}",
    paper=Paper(title="RandAugment", arxiv="1909.13719"),
)
def contrast(
    histogram: Histogram,
    *,
    factor: Annotated[
        float,
        Param.fraction(
            help="Each picture multiplies its contrast by a number between 1 - this and 1 + this.",
        ),
    ] = 0.3,
    multiplier: Annotated[float, Within("factor", centre=1.0)],
) -> Table:
    """Multiply each channel's distance from its own mean.

    As in KerasCV the mean is that of each channel; Pillow, and so the paper, uses the mean of the grey
    picture for all three.
    """
    means = channel_means(histogram)
    return to_table((LEVELS[:, None] - means) * multiplier + means)
