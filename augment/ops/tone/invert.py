"""Turn into a negative."""

from __future__ import annotations

import numpy as np

from augment.engine.op import Paper, Twin, op
from augment.engine.tone import Table


@op(
    kind="tone",
    caption="invert",
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="Solarization",
        arguments=lambda _: {"value_range": (0, 255), "threshold_factor": 0.0},
    ),
)
def invert() -> Table:
    """Replace every level by 255 minus it: solarization from the darkest level on."""
    return np.arange(255, -1, -1, dtype=np.uint8)
