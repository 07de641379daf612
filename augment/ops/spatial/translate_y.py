"""Translate along y."""

from __future__ import annotations

from typing import Annotated

from augment.engine.distributions import Within
from augment.engine.geometry import FillMode, FillValue, Matrix, keras_border, matrix
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, RecommendedRange


@op(
    kind="affine",
    caption="translate y {shift:+z.0%}",
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="RandomTranslation",
        arguments=lambda params: {
            "height_factor": params["height_factor"],
            "width_factor": 0.0,
            **keras_border(params),
        },
    ),
    also=("shift", "move", "vertical", "slide"),
)
def translate_y(
    height: int,
    width: int,
    *,
    height_factor: Annotated[
        float,
        Param.fraction(
            help="Largest translation down or up, as a fraction of the height.",
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
    shift: Annotated[float, Within("height_factor")],
) -> Matrix:
    """Move the picture down or up; positive is down.

    The range goes up to the whole height, as in KerasCV; the papers stop at 150 of 331 pixels.
    `fill_mode` decides what fills the uncovered part.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "translate_y", "fill_mode": "constant"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=4)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['translate y +30%']
        1 ['translate y +7%']
        2 ['translate y -20%']
        >>> images = np.tile(np.arange(1, 11, dtype=np.uint8)[:, None, None], (3, 1, 1, 3))
        >>> augment.render(plan, images).images[:, :, 0, 0].tolist()
        [[0, 0, 0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 4, 5, 6, 7, 8, 9, 10, 0, 0]]
    """
    return matrix(1.0, 0.0, 0.0, 0.0, 1.0, -shift * height)
