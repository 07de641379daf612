"""What policies are made of: the ops of their pools, and what they decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from augment.arguments import Draw


@dataclass(frozen=True)
class Picks:
    """What a policy decided.

    Attributes:
        child: int64 (slots, n): the index of the child that happens, or -1 for none.
        strength: float64 (slots, n) from 0 to 1, or None where the children follow their own settings.
        weights: float64 (branches, n), or None where the children happen one after the other. With
            weights, the slots are divided evenly among the branches, each branch starts from the
            same picture, and the result is the weighted sum; what the weights lack of 1 is the
            picture itself.
    """

    child: npt.NDArray[np.int64]
    strength: npt.NDArray[np.float64] | None = None
    weights: npt.NDArray[np.float64] | None = None


@dataclass(frozen=True, kw_only=True)
class Member:
    """An op in a policy's own pool.

    Parameters that the policy has under the same name, such as `fill_mode`, are handed on to it.

    Attributes:
        op: Its name.
        params: Parameters that differ from the op's defaults.
        draws: Arguments that this policy draws otherwise, such as from another range.
    """

    op: str
    params: Mapping[str, Any] = field(default_factory=dict)
    draws: Mapping[str, Draw] = field(default_factory=dict)
