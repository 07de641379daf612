"""Gamma correction."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

from augment.engine.distributions import Within
from augment.engine.op import Paper, op
from augment.engine.params import Param, RecommendedRange
from augment.engine.tone import LEVELS, Table, to_table


def _caption(values: Mapping[str, Any]) -> str:
    return f"gamma {math.exp(values['log_exponent']):.2f}"


@op(
    kind="tone",
    caption=_caption,
    paper=Paper(title="TorchIO", arxiv="2003.04696"),
    also=("darker", "lighter", "brighter", "exposure", "midtones", "shadows"),
)
def gamma(
    *,
    log_gamma: Annotated[
        float,
        Param.fraction(
            help="Largest logarithm of the power, in either direction: 0.3 gives powers from 0.74 "
            "to 1.35.",
            recommended=(
                RecommendedRange(
                    high=0.3,
                    source="RandomGamma of TorchIO draws up to 0.3 by default (arXiv 2003.04696).",
                ),
            ),
        ),
    ] = 0.3,
    log_exponent: Annotated[float, Within("log_gamma")],
) -> Table:
    """Make the midtones lighter or darker, with black and white fixed: raise the levels to a power.

    The levels, as fractions of white, are raised to exp(log_exponent): above 0 the midtones become
    darker, below 0 lighter. The logarithm is uniform, as in RandomGamma of TorchIO, so a power and its
    inverse are equally likely.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "gamma"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=1)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['gamma 0.86']
        1 ['gamma 1.21']
        2 ['gamma 1.34']
        >>> images = np.full((3, 1, 1, 3), (0, 100, 200), np.uint8)
        >>> augment.render(plan, images).images[:, 0, 0].tolist()
        [[0, 114, 207], [0, 82, 190], [0, 73, 184]]
    """
    return to_table(255.0 * (LEVELS / 255.0) ** math.exp(log_exponent))
