"""Rotate the picture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

from augment.engine.distributions import Within
from augment.engine.geometry import FillMode, FillValue, Matrix, about_centre, keras_border
from augment.engine.op import Paper, Twin, op
from augment.engine.params import Param, RecommendedRange, degrees


def _caption(values: Mapping[str, Any]) -> str:
    return f"rotate {degrees(values['turn'])}"


@op(
    kind="affine",
    caption=_caption,
    paper=Paper(title="AutoAugment", arxiv="1805.09501"),
    twin=Twin(
        layer="RandomRotation",
        arguments=lambda params: {"factor": params["factor"], **keras_border(params)},
    ),
    also=("turn", "tilt", "spin", "angle", "degrees"),
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
            help="Largest rotation; each picture draws an angle up to this, in either direction.",
            recommended=(
                RecommendedRange(
                    high=1 / 12,
                    source="The papers rotate by at most 30 degrees (AutoAugment, arXiv "
                    "1805.09501, appendix). A flower photographed from above tolerates more than "
                    "one photographed from the side.",
                ),
            ),
        ),
    ] = 0.08,
    fill_mode: FillMode = "reflect",
    fill_value: FillValue = 0,
    turn: Annotated[float, Within("factor")],
) -> Matrix:
    """Rotate the picture about its centre; positive angles are counter-clockwise.

    The factor is KerasCV's, a fraction of a full turn: 0.5 allows every direction. The papers stop at
    30 degrees, a twelfth of a turn.

    Example:
        >>> import augment
        >>> step = {"op": "rotate", "factor": 0.1}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=2)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['rotate -21°']
        1 ['rotate +24°']
        2 ['rotate +30°']
    """
    angle = 2.0 * math.pi * turn
    cos, sin = math.cos(angle), math.sin(angle)
    return about_centre(height, width, xx=cos, xy=-sin, yx=sin, yy=cos)
