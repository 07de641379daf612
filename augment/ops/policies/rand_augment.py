"""Some of a fixed set of ops, at one strength."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import numpy.typing as npt

from augment.engine.distributions import Chance, ClippedNormal, Uniform
from augment.engine.geometry import FillMode, FillValue
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, Usual
from augment.engine.policies import Member, Picks, choose, enhancers, levels, warps

_KERAS_CV = (
    *("auto_contrast", "equalize", "solarize", "color_degeneration", "contrast", "brightness"),
    *("shear_x", "shear_y", "translate_x", "translate_y"),
)
POOLS = {
    "keras_cv": tuple(Member(op=name) for name in _KERAS_CV),
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
        arguments=lambda given: {
            "value_range": (0, 255),
            "augmentations_per_image": given["augmentations_per_image"],
            "magnitude": given["magnitude"],
            "magnitude_stddev": given["magnitude_stddev"],
            "rate": given["rate"],
        },
        differs='keras_cv has the ten ops of policy "keras_cv" alone, which at the same magnitude go '
        'further than those of policy "paper". There magnitude 0 still changes some pictures, '
        "magnitude_stddev does nothing to contrast, brightness and translation, neighbouring warps "
        "blur and reflect one after the other, and the border is always reflected.",
    ),
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
            help="How many times an op may be drawn: the paper's N.",
            usual=(
                Usual(
                    high=3,
                    source="The paper draws 2 on ImageNet, and people use 2 or 3 (arXiv "
                    "1909.13719).",
                ),
            ),
        ),
    ] = 3,
    magnitude: Annotated[
        float,
        Param.fraction(
            help="How strong each op is, from nothing to its extreme: the paper's M, divided by 10.",
            usual=(
                Usual(
                    high=0.5,
                    only_if=("policy", "keras_cv"),
                    source="At 1 KerasCV's pool shears three times and moves twice as far as the "
                    "paper, and brightness turns nearly half of the pictures that it meets black or "
                    "white. The layer's own default is 0.5, the guide has 0.3.",
                ),
            ),
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
    fill_mode: FillMode = "reflect",
    fill_value: FillValue = 0,
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

    The policy "paper" has the paper's fourteen, one of which is "identity", a drawn op that does
    nothing. Their ranges are those of AutoAugment (arXiv 1805.09501, appendix), to which the paper
    refers: shear 0.3, translate 150 of 331 pixels (the public code moves by 100 pixels at any size),
    rotate 30 degrees, posterize to 4 bits, solarize from 0, and Pillow's enhancers. Magnitude 1 is the
    paper's M of 10. To train as the paper does, set magnitude_stddev to 0 and rate to 1, and for the
    public code's grey border fill_mode to "constant" and fill_value to 128.

    Its enhancers multiply by 1 plus or minus 0.9 times the strength. The public code goes from 0.1
    at level 0 to 1.9 at its highest, so that its level 0 nearly wipes the picture out; likewise its
    posterize and solarize get weaker as the level rises. Here strength 0 changes nothing.
    """
    drawn = choose(which, allowed, or_nothing=policy == "paper")
    return Picks(np.where(happens, drawn, -1), np.asarray(strength))
