"""Some of a fixed set of ops, at one strength."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt

from augment.distributions import Chance, ClippedNormal, Uniform
from augment.ops._choice import choose
from augment.spec import Member, Paper, Param, Picks, op

POOLS = {
    "keras_cv": (
        Member(op="auto_contrast"),
        Member(op="equalize"),
        Member(op="solarize"),
        Member(op="color_degeneration"),
        Member(op="contrast"),
        Member(op="brightness"),
        Member(op="shear_x"),
        Member(op="shear_y"),
        Member(op="translate_x"),
        Member(op="translate_y"),
    )
}


def _pool(values: Mapping[str, Any]) -> tuple[Member, ...]:
    return POOLS[values["policy"]]


@op(
    kind="policy",
    caption="RandAugment",
    title="RandAugment",
    paper=Paper(title="RandAugment", arxiv="1909.13719"),
    pool=_pool,
)
def rand_augment(
    allowed: npt.NDArray[np.bool_],
    *,
    augmentations_per_image: Annotated[
        int,
        Param(low=1, high=8, step=1, help="How many times an op may be drawn: the paper's N."),
    ] = 3,
    magnitude: Annotated[
        float,
        Param.fraction(
            help="How strong each op is, from nothing to its extreme: the paper's M as a fraction.",
        ),
    ] = 0.3,
    magnitude_stddev: Annotated[
        float,
        Param.fraction(
            help="How much the strength differs from op to op (the standard deviation of a normal "
            "distribution, clipped to 0..1).",
        ),
    ] = 0.2,
    rate: Annotated[
        float,
        Param.fraction(
            help="The probability that each of the drawn ops happens.",
        ),
    ] = 0.5,
    policy: Annotated[
        str,
        Param(choices=tuple(POOLS), help="Which set of ops and ranges to draw from."),
    ] = "keras_cv",
    happens: Annotated[bool, Chance("rate", slots=("augmentations_per_image",))],
    which: Annotated[float, Uniform(slots=("augmentations_per_image",))],
    strength: Annotated[
        float, ClippedNormal("magnitude", "magnitude_stddev", slots=("augmentations_per_image",))
    ],
) -> Picks:
    """Apply a few ops, each drawn from one set and at about the same strength.

    The policy "keras_cv" has KerasCV's ten ops and their ranges. Unlike there, strength 0 changes
    nothing (auto contrast and equalize, which have no strength, happen at any strength above 0), and
    the strength varies from op to op also for contrast, brightness and translation.
    """
    return Picks(np.where(happens, choose(which, allowed), -1), np.asarray(strength))
