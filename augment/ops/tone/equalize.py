"""Flatten the histogram of each channel."""

from __future__ import annotations

import numpy as np

from augment.engine.op import Paper, Twin, op
from augment.engine.tone import LEVELS, Histogram, Table


@op(
    kind="tone",
    caption="equalize",
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="Equalization",
        arguments=lambda _: {"value_range": (0, 255)},
        differs="Where many pixels have a channel's lightest level, as in a blown-out sky, it "
        "stretches that channel less.",
    ),
)
def equalize(histogram: Histogram) -> Table:
    """Spread the levels of each channel so that all are about equally frequent.

    The arithmetic in whole numbers is that of Pillow, and so of the paper: the step leaves out the
    lightest level that occurs, and a channel that has no step is left alone. KerasCV leaves out the
    rarest level instead, and so stretches less where many pixels are blown out.
    """
    last = 255 - (histogram > 0)[::-1].argmax(axis=0)
    step = (histogram.sum(axis=0) - histogram[last, np.arange(3)]) // 255
    divisor = np.maximum(step, 1)
    below = np.cumsum(histogram, axis=0) - histogram
    table = np.minimum((below + divisor // 2) // divisor, 255)
    return np.where(step > 0, table, LEVELS[:, None]).astype(np.uint8)
