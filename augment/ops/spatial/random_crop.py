"""Pad, then crop back to the size."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

from augment.engine.distributions import Uniform
from augment.engine.geometry import FillMode, FillValue, Matrix, in_pixels, matrix, place_of
from augment.engine.op import Paper, op
from augment.engine.params import Param, RecommendedRange


def _caption(values: Mapping[str, Any]) -> str:
    across, down = (
        round(100 * (2.0 * values[name] - 1.0) * values["padding_factor"])
        for name in ("across", "down")
    )
    return f"crop from {across:+d}% across, {down:+d}% down"


@op(
    kind="affine",
    caption=_caption,
    paper=Paper(title="Deep Residual Learning for Image Recognition", arxiv="1512.03385"),
    version=2,
    also=("shift", "pad", "cut out", "translate"),
)
def random_crop(
    height: int,
    width: int,
    *,
    padding_factor: Annotated[
        float,
        Param(
            low=0.0,
            high=0.5,
            step=0.005,
            identity=0.0,
            help="Padding on every side, as a fraction of that side; the crop has the picture's "
            "size and a random position.",
            recommended=(
                RecommendedRange(
                    high=0.125,
                    source="On CIFAR it is standard to pad by 4 of 32 pixels, an eighth (ResNet, "
                    "arXiv 1512.03385, section 4.2).",
                ),
            ),
        ),
    ] = 0.125,
    fill_mode: FillMode = "reflect",
    fill_value: FillValue = 0,
    across: Annotated[float, Uniform()],
    down: Annotated[float, Uniform()],
) -> Matrix:
    """Pad the picture on all sides, and crop it back to its size at a random position.

    The common augmentation for CIFAR (section 4.2 of the paper: 4 of 32 pixels, an eighth). The padding
    is rounded to n whole pixels, and each of the 2n + 1 positions along an axis has the same
    probability. Most code pads with black: set `fill_mode` to "constant" for that. RandomCrop of
    KerasCV is a different op: it never pads, and returns a smaller picture.

    Example:
        >>> import augment
        >>> step = {"op": "random_crop"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=1)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['crop from +11% across, -3% down']
        1 ['crop from -4% across, +6% down']
        2 ['crop from -10% across, +1% down']
    """
    left, top = _start(width, padding_factor, across), _start(height, padding_factor, down)
    return matrix(1.0, 0.0, left, 0.0, 1.0, top)


def _start(side: int, padding_factor: float, place: float) -> float:
    """Return where in the picture the crop starts, in whole pixels; negative in the padding."""
    padding = math.floor(in_pixels(padding_factor, side) + 0.5)
    return float(place_of(place, 2 * padding + 1) - padding)
