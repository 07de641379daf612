"""Magnify or reduce."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from augment.engine.distributions import Within
from augment.engine.geometry import FillMode, FillValue, Matrix, about_centre, keras_border
from augment.engine.op import Twin, op
from augment.engine.params import Param, Usual


def _keras_arguments(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of RandomZoom, whose factor is by how much more of the picture is seen."""
    factor = params["factor"]
    nearest, farthest = -factor / (1.0 + factor), min(factor / (1.0 - factor), 1.0)
    range_of_view = (round(nearest, 6), round(farthest, 6))
    return {"height_factor": range_of_view, **keras_border(params)}


@op(
    kind="affine",
    caption="zoom x {multiplier:.2f}",
    twin=Twin(
        layer="RandomZoom",
        arguments=_keras_arguments,
        differs="RandomZoom's factor is by how much more of the picture is seen, so positive values "
        "reduce it; the range is the same, but drawn uniformly in that measure, and it cannot "
        "reduce to less than half.",
    ),
)
def zoom(
    height: int,
    width: int,
    *,
    factor: Annotated[
        float,
        Param(
            low=0.0,
            high=0.9,
            step=0.01,
            identity=0.0,
            help="Each picture is magnified by a number between 1 - this and 1 + this.",
            usual=(
                Usual(
                    high=0.5,
                    source="Folklore: beyond one half a flower is a speck, or only a part of a "
                    "petal is seen.",
                ),
            ),
        ),
    ] = 0.2,
    fill_mode: FillMode = "reflect",
    fill_value: FillValue = 0,
    multiplier: Annotated[float, Within("factor", centre=1.0)],
) -> Matrix:
    """Magnify or reduce the picture about its centre, both directions alike: 1.2 is a fifth larger.

    KerasCV's RandomZoom draws the inverse, how much of the picture is seen, and can draw each direction
    on its own. As there, what is reduced is sampled without smoothing, so fine detail flickers.
    """
    return about_centre(height, width, xx=1.0 / multiplier, yy=1.0 / multiplier)
