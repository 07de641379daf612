"""Stretch each channel over the whole range."""

from __future__ import annotations

import numpy as np

from augment.engine.op import Paper, Twin, op
from augment.engine.tone import LEVELS, Histogram, Table, to_table


@op(
    kind="tone",
    caption="auto contrast",
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(layer="AutoContrast", arguments=lambda _: {"value_range": (0, 255)}),
)
def auto_contrast(histogram: Histogram) -> Table:
    """Stretch each channel so that its darkest level becomes 0 and its lightest 255.

    A channel of a single level is left alone. As in KerasCV, no share of outliers is cut off.
    """
    present = histogram > 0
    low = present.argmax(axis=0)
    high = 255 - present[::-1].argmax(axis=0)
    span = np.maximum(high - low, 1)
    stretched = (LEVELS[:, None] - low) * (255.0 / span)
    return to_table(np.where(high > low, stretched, LEVELS[:, None]))
