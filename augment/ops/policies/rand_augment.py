"""RandAugment: a few ops from a fixed set, all at about the same strength."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt

from augment.engine.distributions import Chance, ClippedNormal, Uniform
from augment.engine.geometry import FillMode, FillValue
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, RecommendedRange
from augment.engine.policies import PolicyChoice, PoolEntry, choose, enhancers, levels, warps

_KERAS_CV = (
    *("auto_contrast", "equalize", "solarize", "color_degeneration", "contrast", "brightness"),
    *("shear_x", "shear_y", "translate_x", "translate_y"),
)
POOLS = {
    "keras_cv": tuple(PoolEntry(op=name) for name in _KERAS_CV),
    "paper": (
        *levels(bits=4),
        *enhancers(reach=0.9),
        *warps(shear=0.3, move=150 / 331, turn=30.0),
    ),
}


@op(
    kind="policy",
    caption="RandAugment",
    title="RandAugment",
    paper=Paper(title="RandAugment", arxiv="1909.13719"),
    pool=lambda values: POOLS[values["policy"]],
    twin=Twin(
        layer="RandAugment",
        arguments=lambda params: {
            "value_range": (0, 255),
            "augmentations_per_image": params["augmentations_per_image"],
            "magnitude": params["magnitude"],
            "magnitude_stddev": params["magnitude_stddev"],
            "rate": params["rate"],
        },
        differs='keras_cv has only the ten ops of policy "keras_cv", which at the same magnitude '
        'go further than those of policy "paper". Its magnitude 0 still changes some pictures, '
        "magnitude_stddev has no effect on contrast, brightness and translation, neighbouring "
        "warps interpolate and reflect one after the other, and the border is always reflected.",
    ),
    also=("automatic", "auto augment", "random ops", "policy search"),
)
def rand_augment(
    allowed: npt.NDArray[np.bool_],
    *,
    augmentations_per_image: Annotated[
        int,
        Param(
            low=1,
            high=8,
            step=1,
            help="Number of ops drawn for each picture: the paper's N.",
            recommended=(
                RecommendedRange(
                    high=3,
                    source="The paper draws 2 ops on ImageNet; 2 or 3 are common (arXiv "
                    "1909.13719).",
                ),
            ),
        ),
    ] = 3,
    magnitude: Annotated[
        float,
        Param.fraction(
            help="Strength of each op, from 0, no change, to 1, its extreme: the paper's M "
            "divided by 10; 1 is the end of the scale.",
            recommended=(
                RecommendedRange(
                    high=0.5,
                    only_if=("policy", "keras_cv"),
                    source="At 1, KerasCV's set shears three times and translates twice as far as "
                    "the paper, and its brightness makes nearly half of the pictures that draw it "
                    "black or white. The layer's default is 0.5, the Keras guide uses 0.3.",
                ),
            ),
        ),
    ] = 0.3,
    magnitude_stddev: Annotated[
        float,
        Param.fraction(
            help="How much the strength varies from op to op: its standard deviation. Strengths "
            "are clipped to 0..1.",
        ),
    ] = 0.2,
    rate: Annotated[
        float,
        Param.fraction(
            help="Probability that a drawn op is applied.",
        ),
    ] = 0.5,
    policy: Annotated[
        str,
        Param(choices=tuple(POOLS), help="The set of ops to draw from, with their ranges."),
    ] = "keras_cv",
    fill_mode: FillMode = "reflect",
    fill_value: FillValue = 0,
    happens: Annotated[bool, Chance("rate", slots=("augmentations_per_image",))],
    which: Annotated[float, Uniform(slots=("augmentations_per_image",))],
    strength: Annotated[
        float, ClippedNormal("magnitude", "magnitude_stddev", slots=("augmentations_per_image",))
    ],
) -> PolicyChoice:
    """Apply a few ops, each drawn from a fixed set and applied at about the same strength.

    Policy "keras_cv" has the ten ops of KerasCV with their ranges. Unlike there, strength 0 changes
    nothing (auto contrast and equalize, which have no strength, are applied at any strength above 0),
    and the strength varies from op to op also for contrast, brightness and translation.

    Policy "paper" has the fourteen ops of the paper, one of them "identity", which does nothing. Their
    ranges are those of AutoAugment (arXiv 1805.09501, appendix), to which the paper refers: shear 0.3,
    translate 150 of 331 pixels, rotate 30 degrees, posterize to 4 bits, solarize from 0, and the
    enhancers. For the paper's N and M, set magnitude_stddev to 0 and rate to 1; for the grey border of
    the public code also set fill_mode to "constant" and fill_value to 128.

    The paper defines M on a scale from 0 to 10, and magnitude is M / 10. Its experiments go beyond the
    end of that scale, to M = 30 (28 for EfficientNet-B7), where the public code simply extrapolates: at
    28 it rotates by 84 degrees and shears by 0.84. Magnitudes end at 1, so there is none for an M above
    10. timm has the same scale, "m9" is 0.9; torchvision divides the same ranges into 30 steps, so its
    magnitude 9 is 0.3, its 30 is 1.

    Departs from the public code in several points. That code has sixteen ops: no identity, but invert,
    cutout, and an addition below a threshold. Its enhancers go from 0.1 at M = 0 to 1.9 at M = 10,
    always by the same multiplier (1.72 at 9), so M = 0 nearly erases the picture; here they multiply by
    1 plus or minus 0.9 times the strength. Its posterize and solarize become weaker as M rises. It
    translates by 10 M pixels at any size, and its warps take the nearest pixel. Here strength 0 changes
    nothing, and no op becomes weaker as it rises.

    Example:
        >>> import augment
        >>> step = {"op": "rand_augment", "augmentations_per_image": 2, "rate": 1.0}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=8)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['brightness -0.17', 'equalize']
        1 ['brightness +0.10', 'contrast x 1.12']
        2 ['contrast x 0.74']
    """
    drawn = choose(which, allowed, or_nothing=policy == "paper")
    return PolicyChoice(np.where(happens, drawn, -1), np.asarray(strength))
