"""What an op adds to the training loss of a picture, with an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

from augment.compare.hard_steps import HardOp

_ERRORS = 1.96
"""Standard errors to either side of the mean of many pictures, for 95 %."""


@dataclass(frozen=True, kw_only=True)
class AddedLoss:
    """The mean training loss of the pictures that an op happened to, less that of the others.

    Attributes:
        difference: Over all epochs.
        low: Lower end of its 95 % interval, over pictures.
        high: Upper end.
    """

    difference: float
    low: float
    high: float


def added_loss(op: HardOp) -> AddedLoss | None:
    """Return what an op adds; None where it happened to all pictures, to none, or to a single one."""
    happened, otherwise = op.happened[-1], op.otherwise[-1]
    if happened.mean is None or otherwise.mean is None:
        return None
    if happened.error is None or otherwise.error is None:
        return None
    difference = happened.mean - otherwise.mean
    half = _ERRORS * math.hypot(happened.error, otherwise.error)
    return AddedLoss(difference=difference, low=difference - half, high=difference + half)
