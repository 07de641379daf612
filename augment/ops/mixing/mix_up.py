"""MixUp: blend with another picture."""

from __future__ import annotations

from typing import Annotated

from augment.engine.distributions import Beta, alpha_param
from augment.engine.op import Paper, Twin, op
from augment.engine.params import RecommendedRange


@op(
    kind="blend",
    caption="MixUp λ {share:.2f}",
    title="MixUp",
    paper=Paper(title="mixup", arxiv="1710.09412"),
    twin=Twin(
        layer="MixUp",
        differs="It draws the share by Gamma variates that underflow at small alpha: at 0.01, "
        "every sixth share is exactly one half instead of nearly 0 or 1. A picture may be its own "
        "partner. Its seed does not make it repeatable.",
    ),
    also=(
        "blend",
        "overlay",
        "fade two pictures",
        "double exposure",
        "soft labels",
        "alpha blending",
    ),
)
def mix_up(
    *,
    alpha: Annotated[
        float,
        alpha_param(
            RecommendedRange(
                low=0.1,
                high=0.4,
                source="The paper trains on ImageNet with 0.1 to 0.4 and finds that larger values "
                "underfit; on CIFAR it uses 1 (arXiv 1710.09412, section 3).",
            ),
        ),
    ] = 0.2,
    share: Annotated[float, Beta("alpha")],
) -> float:
    """Blend the picture with another one, and the labels in the same proportion.

    The picture's own share λ is drawn from Beta(alpha, alpha), as in section 2 of the paper, by the
    inverse of its distribution function, which is accurate at every alpha.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "mix_up"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=2)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['MixUp λ 0.93']
        1 ['MixUp λ 0.04']
        2 ['MixUp λ 0.90']
        >>> images, labels = np.zeros((3, 32, 32, 3), np.uint8), np.eye(3, dtype=np.float32)
        >>> print(augment.render(plan, images, labels).labels.round(2))
        [[0.93 0.   0.07]
         [0.96 0.04 0.  ]
         [0.   0.1  0.9 ]]
    """
    return share
