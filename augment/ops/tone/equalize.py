"""Equalize the histogram of each channel."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from augment.engine.op import Paper, Twin, op
from augment.engine.tone import Histogram, Table


@op(
    kind="tone",
    caption="equalize",
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="Equalization",
        arguments=lambda params: {"value_range": (0, 255)},
        differs="It leaves the rarest level out of the step, not the lightest, so it stretches a "
        "channel less where many pixels have its lightest level, as in a blown-out sky.",
    ),
    also=("histogram equalization", "levels", "even out"),
)
def equalize(histogram: Histogram) -> Table:
    """Equalize the histogram of each channel: spread its levels so that all are about equally frequent.

    The integer arithmetic is Pillow's, and so the paper's: the lightest level that occurs does not
    count for the step between levels, and a channel whose step is 0 is left unchanged.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "equalize"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0], seed=1)
        >>> plan.captions(0)
        ['equalize']
        >>> images = np.arange(100, 116, dtype=np.uint8).repeat(192).reshape(1, 32, 32, 3)
        >>> np.unique(augment.render(plan, images).images).tolist()
        [0, 21, 43, 64, 85, 107, 128, 149, 171, 192, 213, 235, 255]
    """
    red, green, blue = histogram[:, 0], histogram[:, 1], histogram[:, 2]
    table = np.stack((equalized(red), equalized(green), equalized(blue)), axis=1)
    return table.astype(np.uint8)


def equalized(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return what each level of a channel becomes, given how often each occurs."""
    last = 255 - (counts[::-1] > 0).argmax()
    step = (counts.sum() - counts[last]) // 255
    if step == 0:
        return np.arange(256)
    below = np.cumsum(counts) - counts
    levels: npt.NDArray[np.int64] = np.minimum((below + step // 2) // step, 255)
    return levels
