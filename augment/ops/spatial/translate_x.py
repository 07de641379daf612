"""Translate along x."""

from __future__ import annotations

from typing import Annotated

from augment.engine.distributions import Within
from augment.engine.geometry import FillMode, FillValue, Matrix, keras_border, matrix
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, RecommendedRange


@op(
    kind="affine",
    caption="translate x {shift:+z.0%}",
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="RandomTranslation",
        arguments=lambda params: {
            "height_factor": 0.0,
            "width_factor": params["width_factor"],
            **keras_border(params),
        },
    ),
    also=("shift", "move", "horizontal", "slide"),
)
def translate_x(
    height: int,
    width: int,
    *,
    width_factor: Annotated[
        float,
        Param.fraction(
            help="Largest translation right or left, as a fraction of the width.",
            recommended=(
                RecommendedRange(
                    high=150 / 331,
                    source="The papers translate by at most 150 of 331 pixels (AutoAugment, arXiv "
                    "1805.09501, appendix); KerasCV moves the picture out of sight.",
                ),
            ),
        ),
    ] = 0.3,
    fill_mode: FillMode = "reflect",
    fill_value: FillValue = 0,
    shift: Annotated[float, Within("width_factor")],
) -> Matrix:
    """Move the picture right or left; positive is right.

    The range goes up to the whole width, as in KerasCV; the papers stop at 150 of 331 pixels.
    `fill_mode` decides what fills the uncovered part.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "translate_x", "fill_mode": "constant"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=2)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['translate x -4%']
        1 ['translate x -27%']
        2 ['translate x +25%']
        >>> images = np.tile(np.arange(1, 11, dtype=np.uint8)[:, None], (3, 1, 1, 3))
        >>> augment.render(plan, images).images[:, 0, :, 0].tolist()
        [[1, 2, 3, 4, 5, 6, 7, 8, 9, 6], [4, 5, 6, 7, 8, 9, 10, 3, 0, 0], [0, 0, 1, 2, 3, 4, 5, 6, 7, 8]]
    """
    return matrix(1.0, 0.0, -shift * width, 0.0, 1.0, 0.0)
