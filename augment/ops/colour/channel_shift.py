"""Make each channel lighter or darker on its own."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from augment.engine.distributions import Within
from augment.engine.op import Twin, op
from augment.engine.params import Param, Usual
from augment.engine.tone import LEVELS, Table, to_table


@op(
    kind="tone",
    caption="red {red:+z.2f}, green {green:+z.2f}, blue {blue:+z.2f}",
    twin=Twin(
        layer="RandomChannelShift",
        # The layer halves its factor.
        arguments=lambda given: {"value_range": (0, 255), "factor": 2.0 * given["factor"]},
    ),
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
            help="Each channel becomes lighter or darker by up to this fraction of the full range, "
            "apart from the others.",
            usual=(
                Usual(
                    high=0.2,
                    source="Folklore: beyond 0.2 a picture takes on the colour of the shift, and "
                    "colour tells flowers apart.",
                ),
            ),
        ),
    ] = 0.1,
    red: Annotated[float, Within("factor")],
    green: Annotated[float, Within("factor")],
    blue: Annotated[float, Within("factor")],
) -> Table:
    """Add to every level an amount of its channel's own.

    KerasCV's factor is twice as large for the same shift.
    """
    return to_table(LEVELS[:, None] + 255.0 * np.array((red, green, blue)))
