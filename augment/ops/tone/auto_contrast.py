"""Stretch each channel to the full range."""

from __future__ import annotations

import numpy as np

from augment.engine.op import Paper, Twin, op
from augment.engine.tone import LEVELS, Extent, Table, to_table


@op(
    kind="tone",
    caption="auto contrast",
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(layer="AutoContrast", arguments=lambda params: {"value_range": (0, 255)}),
    also=("stretch", "normalize", "levels", "histogram"),
)
def auto_contrast(extent: Extent) -> Table:
    """Stretch the levels of each channel so that the darkest becomes 0 and the lightest 255.

    A channel with a single level is left unchanged. As in KerasCV, no fraction of outliers is ignored.
    The paper's is ImageOps.autocontrast of Pillow, which truncates: it is the same or one level darker.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "auto_contrast"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0], seed=1)
        >>> plan.captions(0)
        ['auto contrast']
        >>> images = np.array([[[[60, 5, 0], [80, 250, 1], [100, 7, 2]]]], np.uint8)
        >>> augment.render(plan, images).images[0, 0].tolist()
        [[0, 0, 0], [128, 255, 128], [255, 2, 255]]
    """
    low, high = extent[0].astype(np.float64), extent[1].astype(np.float64)
    span = np.maximum(high - low, 1.0)
    stretched = (LEVELS[:, None] - low) * (255.0 / span)
    return to_table(np.where(high > low, stretched, LEVELS[:, None]))
