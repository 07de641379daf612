"""TrivialAugment: one op from a fixed set, at any strength."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt

from augment.engine.distributions import Uniform
from augment.engine.geometry import FillMode, FillValue
from augment.engine.op import Paper, op
from augment.engine.params import Param
from augment.engine.policies import PolicyChoice, choose, enhancers, levels, warps

# The paper translates by 10 and by 32 pixels at any size; here they are fractions of the 224 pixels of
# its ImageNet runs.
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
    also=("automatic", "auto augment", "tuning free", "random ops"),
)
def trivial_augment(
    allowed: npt.NDArray[np.bool_],
    *,
    space: Annotated[
        str,
        Param(
            choices=tuple(SPACES),
            help="Ranges of the ops: the paper's wide ones, or those of RandAugment.",
        ),
    ] = "wide",
    fill_mode: FillMode = "reflect",
    fill_value: FillValue = 0,
    which: Annotated[float, Uniform()],
    strength: Annotated[float, Uniform()],
) -> PolicyChoice:
    """Apply one op, drawn from a fixed set, at a strength drawn uniformly: nothing to tune.

    The fourteen choices are those of RandAugment's paper, one of them "identity", which does nothing.
    The space "wide" goes up to a shear of 0.99, a rotation of 135 degrees, a translation by a seventh
    of the side, 2 bits, and 1 plus or minus 0.99 for the enhancers; "standard" up to 0.3, 30 degrees, a
    22nd of the side, 4 bits and 0.9.

    Departs from the authors' code in four points. There one of 31 strengths is drawn, and the enhancers
    run from their low end to their high end; here the strength is any number from 0 to 1 and a fair coin
    decides the direction of the enhancers, which gives the same spread but for the high end, 2 in the
    wide space there and 1.99 here. Translations, in pixels there, are fractions of the side. Warps are
    bilinear, there they take the nearest pixel, with angles and translations in whole numbers. Beyond the
    border lies the reflected picture, there black: set `fill_mode` to "constant" for that.

    Example:
        >>> import augment
        >>> step = {"op": "trivial_augment"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=8)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['posterize to 5 bits']
        1 ['sharpness x 0.31']
        2 ['equalize']
    """
    return PolicyChoice(
        choose(np.atleast_2d(which), allowed, or_nothing=True), np.atleast_2d(strength)
    )
