"""Make lighter or darker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from augment.engine.distributions import Within
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, RecommendedRange
from augment.engine.tone import LEVELS, Table, to_table


def _caption(values: Mapping[str, Any]) -> str:
    if values["method"] == "multiplicative":
        return f"brightness x {1.0 + values['shift']:.2f}"
    return f"brightness {values['shift']:+z.2f}"


@op(
    kind="tone",
    caption=_caption,
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="RandomBrightness",
        arguments=lambda params: {"value_range": (0, 255), "factor": params["factor"]},
        differs="It always adds; it has no multiplicative method.",
    ),
    also=("darker", "lighter", "brighter", "exposure", "lightness", "dim"),
)
def brightness(
    *,
    factor: Annotated[
        float,
        Param.fraction(
            help="Largest change, lighter or darker: a fraction of the full range, or with the "
            "multiplicative method a fraction of each level.",
            recommended=(
                RecommendedRange(
                    high=0.5,
                    only_if=("method", "additive"),
                    source="Folklore, and what the bundled flowers show: from an addition of 0.6 "
                    "on, half of them keep less than half of the detail that tells them apart. "
                    "KerasCV goes up to 1, where nearly half become black or white.",
                ),
                RecommendedRange(
                    high=0.9,
                    only_if=("method", "multiplicative"),
                    source="The papers multiply by 0.1 to 1.9 at most (AutoAugment, arXiv "
                    "1805.09501, appendix).",
                ),
            ),
        ),
    ] = 0.2,
    method: Annotated[
        str,
        Param(
            choices=("additive", "multiplicative"),
            help="Add the same amount to every level, or multiply every level by the same number, "
            "so that black stays black.",
        ),
    ] = "additive",
    shift: Annotated[float, Within("factor")],
) -> Table:
    """Make the picture lighter or darker: add to every level, or multiply it.

    "additive" is KerasCV's brightness: every level plus 255 times the shift, so +1 makes everything
    white. "multiplicative" is that of the paper, ImageEnhance.Brightness of Pillow: every level times 1
    + shift; Pillow truncates the result, so it is the same or one level darker than the rounded one
    here. Results are clipped to 0..255.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "brightness"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=3)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['brightness -0.10']
        1 ['brightness +0.18']
        2 ['brightness -0.17']
        >>> images = np.full((3, 1, 1, 3), (0, 100, 200), np.uint8)
        >>> augment.render(plan, images).images[:, 0, 0].tolist()
        [[0, 74, 174], [45, 145, 245], [0, 57, 157]]
    """
    if method == "multiplicative":
        return to_table(LEVELS * (1.0 + shift))
    return to_table(LEVELS + 255.0 * shift)
