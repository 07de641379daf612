"""CutMix: paste a rectangle of another picture."""

from __future__ import annotations

import math
from typing import Annotated

from augment.engine.distributions import Beta, Uniform, alpha_param
from augment.engine.geometry import Box, clipped_box, in_pixels
from augment.engine.op import Paper, Twin, op
from augment.engine.params import RecommendedRange


@op(
    kind="paste",
    caption="CutMix, box for λ {share:.2f}",
    title="CutMix",
    paper=Paper(title="CutMix", arxiv="1905.04899"),
    twin=Twin(
        layer="CutMix",
        differs="It weights the label by the rectangle before it is clipped at the border: with "
        "alpha 1 the label is off by 0.18 on average, and for a third of the pictures the class "
        "with the largest share is the wrong one. A picture may be its own partner. Its seed does "
        "not make it repeatable.",
    ),
    also=("paste", "patch", "combine two pictures", "soft labels"),
)
def cut_mix(
    height: int,
    width: int,
    *,
    alpha: Annotated[
        float,
        alpha_param(
            RecommendedRange(
                low=0.1,
                high=4.0,
                source="The paper tries 0.1 to 4 and trains with 1 (arXiv 1905.04899, section 4).",
            ),
        ),
    ] = 1.0,
    share: Annotated[float, Beta("alpha")],
    centre_x: Annotated[float, Uniform()],
    centre_y: Annotated[float, Uniform()],
) -> Box:
    """Paste a rectangle of another picture; mix the labels by the area pasted.

    The rectangle has the aspect ratio of the picture and the area 1 - λ, with λ drawn from Beta(alpha,
    alpha) (section 3.1 of the paper). Its centre is drawn uniformly and the rectangle is clipped at the
    border. The share of the label is measured after clipping, as in the authors' code.

    Departs from that code in three points. There one λ and one rectangle hold for the whole batch, here
    each picture draws its own. There the partner is that of a random permutation, which may be the
    picture itself; here it is always another one. There a rectangle extends by half its side, rounded
    down, to either side of the centre, so an odd side loses a pixel, which is kept here.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "cut_mix"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=9)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['CutMix, box for λ 0.41']
        1 ['CutMix, box for λ 0.60']
        2 ['CutMix, box for λ 0.69']
        >>> images, labels = np.zeros((3, 32, 32, 3), np.uint8), np.eye(3, dtype=np.float32)
        >>> print(augment.render(plan, images, labels).labels.round(2))
        [[0.8  0.   0.2 ]
         [0.18 0.82 0.  ]
         [0.   0.28 0.72]]
    """
    side = math.sqrt(1.0 - share)
    return clipped_box(
        height,
        width,
        centre_x=centre_x,
        centre_y=centre_y,
        box_height=int(in_pixels(side, height)),
        box_width=int(in_pixels(side, width)),
    )
