"""Shared by the ops that mix two pictures."""

from __future__ import annotations

from augment.arguments import Param, Usual


def alpha_param(*usual: Usual) -> Param:
    """Return the shape of the distribution of the share.

    Args:
        usual: How far the field goes with the op.
    """
    return Param(
        low=0.01,
        high=10.0,
        step=0.01,
        help="Shape of the Beta distribution of the share: 1 draws every share alike, larger values "
        "go towards halves, smaller ones towards all or nothing.",
        usual=usual,
    )
