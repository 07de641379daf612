"""Rotate the picture by quarter turns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from augment.engine.distributions import Chance, Uniform
from augment.engine.geometry import Matrix, about_centre, place_of
from augment.engine.op import op
from augment.engine.params import Param

_ROTATED_BY = {0: "not rotated", 1: "rotate +90°", 2: "rotate 180°", 3: "rotate -90°"}


def _quarters(turns: str, happens: bool, which: float) -> int:
    """Return by how many quarter turns the picture is rotated counter-clockwise, from 0 to 3."""
    if not happens:
        return 0
    if turns == "half":
        return 2
    if turns == "quarter":
        return 1 + 2 * place_of(which, 2)
    return 1 + place_of(which, 3)


def _caption(values: Mapping[str, Any]) -> str:
    return _ROTATED_BY[_quarters(values["turns"], values["happens"], values["which"])]


@op(
    kind="affine",
    caption=_caption,
    title="Rotate by 90 degrees",
    also=("rot90", "quarter turn", "half turn", "180", "270", "upside down", "orientation"),
)
def rot90(
    height: int,
    width: int,
    *,
    turns: Annotated[
        str,
        Param(
            choices=("any", "quarter", "half"),
            help="Rotations that are drawn, each as likely as the others: by 90, 180 or 270 degrees, "
            "quarter turns to either side alone, or half turns alone.",
        ),
    ] = "any",
    rate: Annotated[
        float,
        Param.fraction(help="Probability that a picture is rotated."),
    ] = 0.75,
    happens: Annotated[bool, Chance("rate")],
    which: Annotated[float, Uniform()],
) -> Matrix:
    """Rotate the picture by 90, 180 or 270 degrees.

    Positive angles are counter-clockwise. With the defaults all four orientations are equally likely. It
    suits pictures without an up and a down, such as those from above or through a microscope.

    Of a square picture every pixel is kept: none is interpolated, and there is no border to fill. A
    picture that is not square keeps its shape, which does not hold it after a quarter turn. It is then
    enlarged, without being stretched, until it fills the shape, and what lies outside is lost: of a
    picture of 4 to 3 almost half. Half turns keep every pixel of any picture.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "rot90"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=1)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['rotate -90°']
        1 ['not rotated']
        2 ['not rotated']
        >>> images = np.tile(np.uint8([[1, 2], [3, 4]])[..., None], (3, 1, 1, 3))
        >>> augment.render(plan, images).images[..., 0].tolist()
        [[[3, 1], [4, 2]], [[1, 2], [3, 4]], [[1, 2], [3, 4]]]
    """
    quarters = _quarters(turns, happens, which)
    if quarters % 2 == 0:
        direction = 1.0 - quarters
        return about_centre(height, width, xx=direction, xy=0.0, yx=0.0, yy=direction)
    long, short = max(height, width), min(height, width)
    # The outermost pixels of the long side come from those of the short one; from side to side one would
    # read half a pixel beyond the border.
    part = max(short - 1, 1) / max(long - 1, 1) * (2.0 - quarters)
    return about_centre(height, width, xx=0.0, xy=-part, yx=part, yy=0.0)
