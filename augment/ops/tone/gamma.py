"""Bend the levels: lighter or darker midtones, with black and white where they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

from augment.engine.distributions import Within
from augment.engine.op import Paper, op
from augment.engine.params import Param, Usual
from augment.engine.tone import LEVELS, Table, to_table


def _caption(values: Mapping[str, Any]) -> str:
    return f"gamma {math.exp(values['log_exponent']):.2f}"


@op(kind="tone", caption=_caption, paper=Paper(title="TorchIO", arxiv="2003.04696"))
def gamma(
    *,
    log_gamma: Annotated[
        float,
        Param.fraction(
            help="Each picture raises its levels to a power whose logarithm is at most this far from "
            "0, to either side: 0.3 gives powers from 0.74 to 1.35.",
            usual=(
                Usual(
                    high=0.3,
                    source="TorchIO draws up to 0.3 unless told otherwise (arXiv 2003.04696).",
                ),
            ),
        ),
    ] = 0.3,
    log_exponent: Annotated[float, Within("log_gamma")],
) -> Table:
    """Raise the levels, as fractions of white, to the power of exp(log_exponent).

    Above 0 the midtones become darker, below 0 lighter. The logarithm is uniform, as in TorchIO's
    RandomGamma, so that a power and its inverse are equally likely.
    """
    return to_table(255.0 * (LEVELS / 255.0) ** math.exp(log_exponent))
