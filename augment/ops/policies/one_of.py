"""One of the steps given."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt

from augment.engine.distributions import Uniform
from augment.engine.op import Twin, op
from augment.engine.policies import Picks, choose


@op(kind="policy", caption="one of", title="One of", twin=Twin(layer="RandomChoice"))
def one_of(
    allowed: npt.NDArray[np.bool_],
    *,
    which: Annotated[float, Uniform()],
) -> Picks:
    """Let exactly one of the steps happen, each as likely as the others.

    Steps that are switched off, or not for the sample's class, are not among them. The one that is chosen
    still has its own probability.
    """
    return Picks(choose(np.atleast_2d(which), allowed))
