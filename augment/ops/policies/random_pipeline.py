"""Child steps drawn at random, with replacement."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt

from augment.engine.distributions import Chance, Uniform
from augment.engine.op import Twin, op
from augment.engine.params import Param
from augment.engine.policies import PolicyChoice, choose


@op(
    kind="policy",
    caption="random pipeline",
    twin=Twin(layer="RandomAugmentationPipeline"),
    also=("some of", "random order", "random choice", "random apply"),
)
def random_pipeline(
    allowed: npt.NDArray[np.bool_],
    *,
    augmentations_per_image: Annotated[
        int, Param(low=1, high=8, step=1, help="Number of steps drawn for each picture.")
    ] = 1,
    rate: Annotated[
        float,
        Param.fraction(
            help="Probability that a drawn step is applied.",
        ),
    ] = 1.0,
    happens: Annotated[bool, Chance("rate", slots=("augmentations_per_image",))],
    which: Annotated[float, Uniform(slots=("augmentations_per_image",))],
) -> PolicyChoice:
    """Apply child steps drawn at random, with replacement.

    The algorithm is that of KerasCV's RandomAugmentationPipeline. Child steps that are disabled, or are
    not for the sample's class, are not drawn. A drawn step is still applied with its own probability.

    Example:
        >>> import augment
        >>> step = {
        ...     "op": "random_pipeline",
        ...     "augmentations_per_image": 2,
        ...     "rate": 0.5,
        ...     "steps": [{"op": "grayscale"}, {"op": "invert"}],
        ... }
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=1)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['grey', 'invert']
        1 ['invert']
        2 []
    """
    return PolicyChoice(np.where(happens, choose(which, allowed), -1))
