"""Pad and crop back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

from augment.engine.distributions import Uniform
from augment.engine.geometry import FillMode, FillValue, Matrix, matrix
from augment.engine.op import Paper, op
from augment.engine.params import Param, Usual


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
            help="Each picture is padded by this fraction of its side on every side, and cropped "
            "back to its size anywhere.",
            usual=(
                Usual(
                    high=0.125,
                    source="On CIFAR everybody pads by 4 of 32 pixels, an eighth (ResNet, arXiv "
                    "1512.03385, section 4.2).",
                ),
            ),
        ),
    ] = 0.125,
    fill_mode: FillMode = "reflect",
    fill_value: FillValue = 0,
    across: Annotated[float, Uniform()],
    down: Annotated[float, Uniform()],
) -> Matrix:
    """Pad the picture and crop it back to its size: it moves by whole pixels, in both directions.

    This is how pictures of CIFAR are commonly trained on (section 4.2: 4 of 32 pixels, an eighth). The
    padding is rounded to whole pixels, and each of its 2 n + 1 positions in a direction is as likely as
    the others. Most code pads with black, which is `fill_mode` "constant". KerasCV's RandomCrop is
    another op: it never pads, and gives a smaller picture.
    """
    left, top = _start(width, padding_factor, across), _start(height, padding_factor, down)
    return matrix(1.0, 0.0, left, 0.0, 1.0, top)


def _start(side: int, padding_factor: float, place: float) -> float:
    """Return where in the picture the crop starts, in whole pixels; negative in the padding."""
    padding = math.floor(padding_factor * side + 0.5)
    return float(math.floor(place * (2 * padding + 1)) - padding)
