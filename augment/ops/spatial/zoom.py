"""Zoom in or out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from augment.engine.distributions import Within
from augment.engine.geometry import FillMode, FillValue, Matrix, about_centre, keras_border
from augment.engine.op import Twin, op
from augment.engine.params import Param, RecommendedRange


def _keras_cv_arguments(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the arguments of RandomZoom, whose factor is how much more of the picture is seen."""
    factor = params["factor"]
    nearest, farthest = -factor / (1.0 + factor), min(factor / (1.0 - factor), 1.0)
    range_of_view = (round(nearest, 6), round(farthest, 6))
    return {"height_factor": range_of_view, **keras_border(params)}


@op(
    kind="affine",
    caption="zoom x {multiplier:.2f}",
    twin=Twin(
        layer="RandomZoom",
        arguments=_keras_cv_arguments,
        differs="RandomZoom's factor is how much more of the picture is seen, so positive values "
        "zoom out. The range is the same but drawn uniformly in that measure, and it cannot zoom "
        "out to less than half.",
    ),
    also=("scale", "enlarge", "shrink", "zoom in", "zoom out", "resize", "magnify"),
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
            help="Largest change of the scale; each picture draws a scale between 1 - this and 1 "
            "+ this.",
            recommended=(
                RecommendedRange(
                    high=0.5,
                    source="Folklore: beyond one half, a flower becomes a speck, or only a part "
                    "of a petal is visible.",
                ),
            ),
        ),
    ] = 0.2,
    fill_mode: FillMode = "reflect",
    fill_value: FillValue = 0,
    multiplier: Annotated[float, Within("factor", centre=1.0)],
) -> Matrix:
    """Zoom in or out about the centre, both axes alike: 1.2 shows everything a fifth larger.

    RandomZoom of KerasCV draws the inverse, how much of the picture is seen, and can draw each axis
    independently. As there, a reduced picture is sampled without smoothing, so fine detail may alias.

    Example:
        >>> import augment
        >>> step = {"op": "zoom"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=1)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['zoom x 0.89']
        1 ['zoom x 1.14']
        2 ['zoom x 1.16']
    """
    return about_centre(height, width, xx=1.0 / multiplier, xy=0.0, yx=0.0, yy=1.0 / multiplier)
