"""Exactly one of the child steps."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt

from augment.engine.distributions import Uniform
from augment.engine.op import Twin, op
from augment.engine.policies import PolicyChoice, choose


@op(
    kind="policy",
    caption="one of",
    title="One of",
    twin=Twin(layer="RandomChoice"),
    also=("random choice", "either or", "pick one", "alternatives", "choose"),
)
def one_of(
    allowed: npt.NDArray[np.bool_],
    *,
    which: Annotated[float, Uniform()],
) -> PolicyChoice:
    """Apply exactly one of the child steps, each with the same probability.

    Child steps that are disabled, or are not for the sample's class, are left out of the choice. The
    chosen step is still applied with its own probability.

    Example:
        >>> import augment
        >>> step = {"op": "one_of", "steps": [{"op": "grayscale"}, {"op": "invert"}]}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=2)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['invert']
        1 ['grey']
        2 ['invert']
    """
    return PolicyChoice(choose(np.atleast_2d(which), allowed))
