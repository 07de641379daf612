"""Shear along y."""

from __future__ import annotations

from typing import Annotated

from augment.engine.distributions import UpTo
from augment.engine.geometry import FillMode, FillValue, Matrix, keras_border, matrix
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, RecommendedRange


@op(
    kind="affine",
    caption="shear y {shear:+z.2f}",
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="RandomShear",
        arguments=lambda params: {"y_factor": params["y_factor"], **keras_border(params)},
    ),
    also=("skew", "slant", "affine", "lean"),
)
def shear_y(
    height: int,
    width: int,
    *,
    y_factor: Annotated[
        float,
        Param.fraction(
            help="Largest shear, in either direction; at 1, each column moves one pixel further "
            "than the one before.",
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
    shear: Annotated[float, UpTo("y_factor", signed=True)],
) -> Matrix:
    """Shear the picture along y: move each column in proportion to its distance from the left edge.

    The sign is decided by a fair coin. The range goes up to 1, as in KerasCV; the papers stop at 0.3.

    Example:
        >>> import augment
        >>> step = {"op": "shear_y"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=1)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['shear y +0.11']
        1 ['shear y -0.24']
        2 ['shear y -0.03']
    """
    return matrix(1.0, 0.0, 0.0, shear, 1.0, 0.0)
