"""Mirror."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from augment.engine.distributions import Chance
from augment.engine.geometry import Matrix, matrix
from augment.engine.op import Twin, op
from augment.engine.params import Param


def _directions(mode: str, horizontal: bool, vertical: bool) -> tuple[bool, bool]:
    return horizontal and mode != "vertical", vertical and mode != "horizontal"


def _caption(values: Mapping[str, Any]) -> str:
    across, down = _directions(values["mode"], values["horizontal"], values["vertical"])
    names = [name for name, happens in (("left-right", across), ("top-bottom", down)) if happens]
    return "flip " + " and ".join(names) if names else "not flipped"


@op(kind="affine", caption=_caption, twin=Twin(layer="RandomFlip"))
def flip(
    height: int,
    width: int,
    *,
    mode: Annotated[
        str,
        Param(
            choices=("horizontal", "vertical", "horizontal_and_vertical"),
            help="Which directions may be mirrored; each is decided on its own.",
        ),
    ] = "horizontal",
    rate: Annotated[
        float,
        Param.fraction(
            help="The probability that a picture is mirrored in a direction.",
        ),
    ] = 0.5,
    horizontal: Annotated[bool, Chance("rate")],
    vertical: Annotated[bool, Chance("rate")],
) -> Matrix:
    """Mirror the picture left to right, top to bottom, or both."""
    across, down = _directions(mode, horizontal, vertical)
    xx, x0 = (-1.0, width - 1.0) if across else (1.0, 0.0)
    yy, y0 = (-1.0, height - 1.0) if down else (1.0, 0.0)
    return matrix(xx, 0.0, x0, 0.0, yy, y0)
