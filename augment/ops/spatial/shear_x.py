"""Shear along x."""

from __future__ import annotations

from typing import Annotated

from augment.engine.distributions import UpTo
from augment.engine.geometry import FillMode, FillValue, Matrix, keras_border, matrix
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, RecommendedRange


@op(
    kind="affine",
    caption="shear x {shear:+z.2f}",
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="RandomShear",
        arguments=lambda params: {"x_factor": params["x_factor"], **keras_border(params)},
    ),
    also=("skew", "slant", "affine", "lean"),
)
def shear_x(
    height: int,
    width: int,
    *,
    x_factor: Annotated[
        float,
        Param.fraction(
            help="Largest shear, in either direction; at 1, each row moves one pixel further than "
            "the one before.",
            recommended=(
                RecommendedRange(
                    high=0.3,
                    source="The papers shear by at most 0.3 (AutoAugment, arXiv 1805.09501, "
                    "appendix; RandAugment likewise); KerasCV goes up to 1.",
                ),
            ),
        ),
    ] = 0.3,
    fill_mode: FillMode = "reflect",
    fill_value: FillValue = 0,
    shear: Annotated[float, UpTo("x_factor", signed=True)],
) -> Matrix:
    """Shear the picture along x: move each row in proportion to its distance from the top edge.

    The sign is decided by a fair coin. The range goes up to 1, as in KerasCV; the papers stop at 0.3.

    Example:
        >>> import augment
        >>> step = {"op": "shear_x"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=1)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['shear x +0.29']
        1 ['shear x -0.06']
        2 ['shear x -0.12']
    """
    return matrix(1.0, shear, 0.0, 0.0, 1.0, 0.0)
