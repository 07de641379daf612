"""Shared by the policies: the ops that they draw from, each with the range that belongs to a paper.

The ranges are those at strength 1; at strength 0 nothing happens. "Identity", which the papers count
among their ops, is a choice in which nothing happens; see `augment.ops._choice`.
"""

from __future__ import annotations

from augment.distributions import UpTo
from augment.spec import Member


def levels(*, bits: int) -> tuple[Member, ...]:
    """Return the ops that AutoAugment applies to the levels.

    Args:
        bits: How many bits posterize leaves at strength 1; at strength 0 all eight.
    """
    kept = UpTo("bits", strength=(8.0, float(bits)), whole=True)
    never = UpTo("addition_factor", strength=(0.0, 0.0))
    return (
        Member(op="auto_contrast"),
        Member(op="equalize"),
        Member(op="solarize", draws={"addition": never}),
        Member(op="posterize", draws={"kept": kept}),
    )


def enhancers(*, reach: float) -> tuple[Member, ...]:
    """Return Pillow's four enhancers: multiplied by 1 plus or minus exactly the strength's part.

    Args:
        reach: How far from 1 they go at strength 1.
    """

    def either_way(around: float) -> UpTo:
        return UpTo("factor", signed=True, centre=around, strength=(0.0, reach))

    multiplier = {"multiplier": either_way(1.0)}
    return (
        Member(op="saturation", draws=multiplier),
        Member(op="contrast", params={"mean_of": "picture"}, draws=multiplier),
        Member(
            op="brightness",
            params={"method": "multiplicative"},
            draws={"shift": either_way(0.0)},
        ),
        Member(op="sharpness", draws=multiplier),
    )


def warps(*, shear: float, move: float, turn: float) -> tuple[Member, ...]:
    """Return the warps, each to either side by exactly the strength's part.

    Args:
        shear: The shear at strength 1.
        move: How far a picture moves at strength 1, as a fraction of its side.
        turn: How far it turns at strength 1, in degrees.
    """

    def either_way(param: str, extreme: float) -> UpTo:
        return UpTo(param, signed=True, strength=(0.0, extreme))

    return (
        Member(op="rotate", draws={"turn": either_way("factor", turn / 360.0)}),
        Member(op="shear_x", draws={"shear": either_way("x_factor", shear)}),
        Member(op="shear_y", draws={"shear": either_way("y_factor", shear)}),
        Member(op="translate_x", draws={"shift": either_way("width_factor", move)}),
        Member(op="translate_y", draws={"shift": either_way("height_factor", move)}),
    )
