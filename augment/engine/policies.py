"""What policies are made of: what they choose, and the pools of ops that they choose from.

The ops of a pool have the ranges of a paper. These are the values at strength 1; at strength 0 nothing
happens. "Identity", which the papers count among their ops, is a choice in which nothing happens; see
`choose`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from augment.engine.distributions import UpTo
from augment.engine.params import Draw


@dataclass(frozen=True)
class PolicyChoice:
    """What a policy chose for each sample.

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
class PoolEntry:
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


def choose(
    which: npt.ArrayLike, allowed: npt.NDArray[np.bool_], *, or_nothing: bool = False
) -> npt.NDArray[np.int64]:
    """Return the index of one of the allowed children, each as likely as the others.

    Args:
        which: Uniform numbers of shape (slots, n).
        allowed: Whether a sample may have a child, shape (n, children).
        or_nothing: Whether nothing is one more choice, as likely as each child: the "identity" of
            some papers.

    Returns:
        Shape (slots, n); -1 for nothing, and where no child is allowed.
    """
    count = allowed.sum(axis=1)
    choices = count + or_nothing
    rank = np.clip((np.asarray(which) * choices).astype(np.int64), 0, np.maximum(choices - 1, 0))
    if allowed.all():
        return np.where(rank < count, rank, -1)
    # The r-th allowed child is where the running count of allowed ones first reaches r + 1.
    reached = np.cumsum(allowed, axis=1)[None, :, :] > rank[:, :, None]
    return np.where(rank < count, reached.argmax(axis=2), -1)


def levels(*, bits: int) -> tuple[PoolEntry, ...]:
    """Return the ops that AutoAugment applies to the levels.

    Args:
        bits: How many bits posterize leaves at strength 1; at strength 0 all eight.
    """
    kept = UpTo("bits", strength=(8.0, float(bits)), whole=True)
    never = UpTo("addition_factor", strength=(0.0, 0.0))
    return (
        PoolEntry(op="auto_contrast"),
        PoolEntry(op="equalize"),
        PoolEntry(op="solarize", draws={"addition": never}),
        PoolEntry(op="posterize", draws={"kept": kept}),
    )


def enhancers(*, reach: float) -> tuple[PoolEntry, ...]:
    """Return Pillow's four enhancers: multiplied by 1 plus or minus exactly the strength's part.

    Args:
        reach: How far from 1 they go at strength 1.
    """

    def either_way(around: float) -> UpTo:
        return UpTo("factor", signed=True, centre=around, strength=(0.0, reach))

    multiplier = {"multiplier": either_way(1.0)}
    return (
        PoolEntry(op="saturation", draws=multiplier),
        PoolEntry(op="contrast", params={"mean_of": "picture"}, draws=multiplier),
        PoolEntry(
            op="brightness",
            params={"method": "multiplicative"},
            draws={"shift": either_way(0.0)},
        ),
        PoolEntry(op="sharpness", draws=multiplier),
    )


def warps(*, shear: float, move: float, turn: float) -> tuple[PoolEntry, ...]:
    """Return the warps, each to either side by exactly the strength's part.

    Args:
        shear: The shear at strength 1.
        move: How far a picture moves at strength 1, as a fraction of its side.
        turn: How far it turns at strength 1, in degrees.
    """

    def either_way(param: str, extreme: float) -> UpTo:
        return UpTo(param, signed=True, strength=(0.0, extreme))

    return (
        PoolEntry(op="rotate", draws={"turn": either_way("factor", turn / 360.0)}),
        PoolEntry(op="shear_x", draws={"shear": either_way("x_factor", shear)}),
        PoolEntry(op="shear_y", draws={"shear": either_way("y_factor", shear)}),
        PoolEntry(op="translate_x", draws={"shift": either_way("width_factor", move)}),
        PoolEntry(op="translate_y", draws={"shift": either_way("height_factor", move)}),
    )
