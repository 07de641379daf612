"""Blend with another picture."""

from __future__ import annotations

from typing import Annotated

import cv2

from augment.engine.colour import Image
from augment.engine.distributions import Beta, alpha_param
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Usual


@op(
    kind="mix",
    caption="MixUp λ {share:.2f}",
    title="MixUp",
    paper=Paper(title="mixup", arxiv="1710.09412"),
    twin=Twin(
        layer="MixUp",
        differs="It draws the share through Gamma numbers that underflow where alpha is small: at 0.01 "
        "every sixth share is exactly one half instead of nearly all or nothing. A picture may be its "
        "own partner. Its seed does not make it repeatable.",
    ),
)
def mix_up(
    image: Image,
    partner: Image,
    out: Image,
    *,
    alpha: Annotated[
        float,
        alpha_param(
            Usual(
                low=0.1,
                high=0.4,
                source="The paper trains on ImageNet with 0.1 to 0.4 and finds that larger ones "
                "underfit; on CIFAR it takes 1 (arXiv 1710.09412, section 3).",
            ),
        ),
    ] = 0.2,
    share: Annotated[float, Beta("alpha")],
) -> tuple[Image, float]:
    """Blend the picture with a partner, and the labels in the same proportion.

    The share comes from Beta's inverse distribution function; KerasCV 0.9 draws it through Gamma
    numbers that underflow at small alpha, where every sixth share is then exactly one half.
    """
    cv2.addWeighted(image, share, partner, 1.0 - share, 0.0, dst=out)
    return out, share
