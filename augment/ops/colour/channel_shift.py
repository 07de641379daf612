"""Shift the level of each channel."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from augment.engine.distributions import Within
from augment.engine.op import Twin, op
from augment.engine.params import Param, RecommendedRange
from augment.engine.tone import LEVELS, Table, to_table


@op(
    kind="tone",
    caption="red {red:+z.2f}, green {green:+z.2f}, blue {blue:+z.2f}",
    twin=Twin(
        layer="RandomChannelShift",
        # The layer halves its factor.
        arguments=lambda params: {"value_range": (0, 255), "factor": 2.0 * params["factor"]},
    ),
    also=("colour cast", "tint", "white balance", "RGB shift"),
)
def channel_shift(
    *,
    factor: Annotated[
        float,
        Param(
            low=0.0,
            high=0.5,
            step=0.01,
            identity=0.0,
            help="Largest shift of a channel, as a fraction of the range of levels; each channel "
            "draws its own, lighter or darker.",
            recommended=(
                RecommendedRange(
                    high=0.2,
                    source="Folklore: beyond 0.2 the shift dominates the colours of the picture, "
                    "and colour tells flowers apart.",
                ),
            ),
        ),
    ] = 0.1,
    red: Annotated[float, Within("factor")],
    green: Annotated[float, Within("factor")],
    blue: Annotated[float, Within("factor")],
) -> Table:
    """Add an independent offset to each channel.

    The offsets are fractions of the range of levels, drawn uniformly to either side; results are
    clipped to 0..255. The factor of KerasCV is twice as large for the same shift.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "channel_shift"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=1)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['red -0.02, green +0.04, blue -0.03']
        1 ['red +0.07, green -0.08, blue -0.09']
        2 ['red +0.10, green -0.08, blue +0.05']
        >>> images = np.full((3, 1, 1, 3), (100, 100, 100), np.uint8)
        >>> augment.render(plan, images).images[:, 0, 0].tolist()
        [[94, 109, 92], [119, 79, 77], [125, 80, 113]]
    """
    return to_table(LEVELS[:, None] + 255.0 * np.array((red, green, blue)))
