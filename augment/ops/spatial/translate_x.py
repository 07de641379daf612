"""Move along x."""

from __future__ import annotations

from typing import Annotated

from augment.engine.distributions import Within
from augment.engine.geometry import FillMode, FillValue, Matrix, keras_border, matrix
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, Usual


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
)
def translate_x(
    height: int,
    width: int,
    *,
    width_factor: Annotated[
        float,
        Param.fraction(
            help="Each picture moves right or left by up to this fraction of its width.",
            usual=(
                Usual(
                    high=150 / 331,
                    source="The papers move by at most 150 of 331 pixels (AutoAugment, arXiv "
                    "1805.09501, appendix); KerasCV moves the whole picture away.",
                ),
            ),
        ),
    ] = 0.3,
    fill_mode: FillMode = "reflect",
    fill_value: FillValue = 0,
    shift: Annotated[float, Within("width_factor")],
) -> Matrix:
    """Move the picture right or left; the fill mode says what comes in.

    As in KerasCV the range goes up to the whole width; the paper stops at 150 of 331 pixels.
    """
    return matrix(1.0, 0.0, -shift * width, 0.0, 1.0, 0.0)
