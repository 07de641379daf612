"""Some of the steps given, in random order."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt

from augment.engine.distributions import Chance, Uniform
from augment.engine.op import Twin, op
from augment.engine.params import Param
from augment.engine.policies import Picks, choose


@op(
    kind="policy",
    caption="random pipeline",
    twin=Twin(layer="RandomAugmentationPipeline"),
)
def random_pipeline(
    allowed: npt.NDArray[np.bool_],
    *,
    augmentations_per_image: Annotated[
        int, Param(low=1, high=8, step=1, help="How many times a step is drawn.")
    ] = 1,
    rate: Annotated[
        float,
        Param.fraction(
            help="The probability that each of the drawn steps happens.",
        ),
    ] = 1.0,
    happens: Annotated[bool, Chance("rate", slots=("augmentations_per_image",))],
    which: Annotated[float, Uniform(slots=("augmentations_per_image",))],
) -> Picks:
    """Draw steps from those given, with replacement, as KerasCV's RandomAugmentationPipeline does.

    Steps that are switched off, or not for the sample's class, are not drawn. One that is drawn still has
    its own probability.
    """
    return Picks(np.where(happens, choose(which, allowed), -1))
