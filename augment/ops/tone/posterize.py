"""Reduce the number of levels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np

from augment.engine.distributions import UpTo
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, RecommendedRange
from augment.engine.tone import Table


def _caption(values: Mapping[str, Any]) -> str:
    bits = int(values["kept"])
    return f"posterize to {bits} bit{'' if bits == 1 else 's'}"


@op(
    kind="tone",
    caption=_caption,
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="Posterization",
        arguments=lambda params: {"value_range": (0, 255), "bits": params["bits"]},
        differs="It keeps the same number of bits in every picture, where here each picture draws "
        "between that number and all 8.",
    ),
    also=("fewer levels", "banding", "reduce bits", "quantize", "cartoon"),
)
def posterize(
    *,
    bits: Annotated[
        int,
        Param(
            low=1,
            high=8,
            step=1,
            identity=8,
            extreme=4,
            help="Smallest number of bits kept; each picture draws between this and 8, no change. "
            "Fewer is stronger.",
            recommended=(
                RecommendedRange(
                    low=4,
                    source="The papers keep at least 4 bits (AutoAugment, arXiv 1805.09501, "
                    "appendix), TrivialAugment 2; with 1 a picture has only eight colours.",
                ),
            ),
        ),
    ] = 4,
    kept: Annotated[int, UpTo("bits", start=8, whole=True)],
) -> Table:
    """Reduce the number of levels: keep the highest bits of each level and set the others to 0.

    With b bits, 2 to the power of b levels remain in a channel. The arithmetic is Pillow's, and so the
    paper's. In a policy the bits fall from 8 to 4 as the strength rises, the range in the paper's table
    6.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "posterize", "bits": 2}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=4)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['posterize to 2 bits']
        1 ['posterize to 8 bits']
        2 ['posterize to 3 bits']
        >>> images = np.full((3, 1, 1, 3), (10, 100, 200), np.uint8)
        >>> augment.render(plan, images).images[:, 0, 0].tolist()
        [[0, 64, 192], [10, 100, 200], [0, 96, 192]]
    """
    dropped = 8 - int(kept)
    return (np.arange(256) >> dropped << dropped).astype(np.uint8)
