"""Invert the picture."""

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
        arguments=lambda params: {"value_range": (0, 255), "threshold_factor": 0.0},
    ),
    also=("negative", "opposite colours", "complement"),
)
def invert() -> Table:
    """Invert the picture like a negative: replace every level by 255 minus it.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "invert"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0], seed=1)
        >>> plan.captions(0)
        ['invert']
        >>> images = np.array([[[[0, 100, 200]]]], np.uint8)
        >>> augment.render(plan, images).images[0, 0, 0].tolist()
        [255, 155, 55]
    """
    return np.arange(255, -1, -1, dtype=np.uint8)
