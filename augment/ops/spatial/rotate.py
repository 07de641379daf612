"""Turn."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

from augment.engine.distributions import Within
from augment.engine.geometry import FillMode, FillValue, Matrix, about_centre, keras_border
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, Usual


def _caption(values: Mapping[str, Any]) -> str:
    return f"rotate {values['turn'] * 360:+z.0f}°"


@op(
    kind="affine",
    caption=_caption,
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="RandomRotation",
        arguments=lambda params: {"factor": params["factor"], **keras_border(params)},
    ),
)
def rotate(
    height: int,
    width: int,
    *,
    factor: Annotated[
        float,
        Param(
            low=0.0,
            high=0.5,
            step=0.01,
            unit="turn",
            identity=0.0,
            help="Each picture is turned about its centre by up to this, to either side.",
            usual=(
                Usual(
                    high=1 / 12,
                    source="The papers turn by at most 30 degrees (AutoAugment, arXiv 1805.09501, "
                    "appendix). A flower seen from above stands more than one seen from the side.",
                ),
            ),
        ),
    ] = 0.08,
    fill_mode: FillMode = "reflect",
    fill_value: FillValue = 0,
    turn: Annotated[float, Within("factor")],
) -> Matrix:
    """Turn the picture about its centre; a positive turn goes against the clock.

    The factor is KerasCV's: a fraction of a full turn, up to half of one, which is every direction. The
    paper stops at 30 degrees, a twelfth.
    """
    angle = 2.0 * math.pi * turn
    cos, sin = math.cos(angle), math.sin(angle)
    return about_centre(height, width, xx=cos, xy=-sin, yx=sin, yy=cos)
