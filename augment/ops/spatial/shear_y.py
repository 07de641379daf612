"""Slant along y."""

from __future__ import annotations

from typing import Annotated

from augment.engine.distributions import UpTo
from augment.engine.geometry import FillMode, FillValue, Matrix, keras_border, matrix
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, Usual


@op(
    kind="affine",
    caption="shear y {shear:+z.2f}",
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="RandomShear",
        arguments=lambda params: {"y_factor": params["y_factor"], **keras_border(params)},
    ),
)
def shear_y(
    height: int,
    width: int,
    *,
    y_factor: Annotated[
        float,
        Param.fraction(
            help="Each picture is slanted by up to this, to either side: at 1, each column moves "
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
    shear: Annotated[float, UpTo("y_factor", signed=True)],
) -> Matrix:
    """Move each column up or down in proportion to its distance from the left edge.

    As in KerasCV the range goes up to 1; the paper stops at 0.3.
    """
    return matrix(1.0, 0.0, 0.0, shear, 1.0, 0.0)
