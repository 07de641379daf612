"""One op of a fixed set, at any strength."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt

from augment.engine.distributions import Uniform
from augment.engine.geometry import FillMode, FillValue
from augment.engine.op import Paper, op
from augment.engine.params import Param
from augment.engine.policies import Picks, choose, enhancers, levels, warps

# The paper moves by 10 and by 32 pixels at any size; here as a part of the 224 of its ImageNet runs.
SPACES = {
    "wide": (
        *levels(bits=2),
        *enhancers(reach=0.99),
        *warps(shear=0.99, move=32 / 224, turn=135.0),
    ),
    "standard": (
        *levels(bits=4),
        *enhancers(reach=0.9),
        *warps(shear=0.3, move=10 / 224, turn=30.0),
    ),
}


@op(
    kind="policy",
    caption="TrivialAugment",
    title="TrivialAugment",
    paper=Paper(title="TrivialAugment", arxiv="2103.10158"),
    pool=lambda values: SPACES[values["space"]],
)
def trivial_augment(
    allowed: npt.NDArray[np.bool_],
    *,
    space: Annotated[
        str,
        Param(
            choices=tuple(SPACES),
            help="How far the ops go: the paper's wide ranges, or those of RandAugment.",
        ),
    ] = "wide",
    fill_mode: FillMode = "reflect",
    fill_value: FillValue = 0,
    which: Annotated[float, Uniform()],
    strength: Annotated[float, Uniform()],
) -> Picks:
    """Apply one op, each as likely as the others, at a strength drawn evenly: nothing to tune.

    The fourteen choices are those of RandAugment's paper, one of them being to do nothing. "wide" goes
    as far as a shear of 0.99, a turn of 135 degrees, a seventh of the side, 2 bits and 1 plus or minus
    0.99 for the enhancers; "standard" as 0.3, 30 degrees, a 22nd of the side, 4 bits and 0.9.

    The paper draws one of 31 strengths, and its enhancers run from their low end to their high end;
    here any strength from 0 to 1 is drawn and a coin gives the enhancers' side, so that what happens
    is spread alike. Its pixels are a part of the side here, and what comes in from beyond the border
    is the picture reflected, there black, which is `fill_mode` "constant".
    """
    return Picks(choose(np.atleast_2d(which), allowed, or_nothing=True), np.atleast_2d(strength))
