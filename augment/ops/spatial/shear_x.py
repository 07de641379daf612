"""Slant along x."""

from __future__ import annotations

from typing import Annotated

from augment.engine.distributions import UpTo
from augment.engine.geometry import FillMode, FillValue, Matrix, keras_border, matrix
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, Usual


@op(
    kind="affine",
    caption="shear x {shear:+z.2f}",
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="RandomShear",
        arguments=lambda params: {"x_factor": params["x_factor"], **keras_border(params)},
    ),
)
def shear_x(
    height: int,
    width: int,
    *,
    x_factor: Annotated[
        float,
        Param.fraction(
            help="Each picture is slanted by up to this, to either side: at 1, each row moves "
            "one pixel further than the one before.",
            usual=(
                Usual(
                    high=0.3,
                    source="The papers slant by at most 0.3 (AutoAugment, arXiv 1805.09501, "
                    "appendix), which RandAugment keeps; KerasCV goes to 1.",
                ),
            ),
        ),
    ] = 0.3,
    fill_mode: FillMode = "reflect",
    fill_value: FillValue = 0,
    shear: Annotated[float, UpTo("x_factor", signed=True)],
) -> Matrix:
    """Move each row sideways in proportion to its distance from the top edge.

    As in KerasCV the range goes up to 1; the paper stops at 0.3.
    """
    return matrix(1.0, shear, 0.0, 0.0, 1.0, 0.0)
