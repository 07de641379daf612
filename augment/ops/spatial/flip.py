"""Mirror the picture."""

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


@op(
    kind="affine",
    caption=_caption,
    twin=Twin(layer="RandomFlip"),
    also=("mirror", "reflect", "left right", "upside down", "horizontal flip", "vertical flip"),
)
def flip(
    height: int,
    width: int,
    *,
    mode: Annotated[
        str,
        Param(
            choices=("horizontal", "vertical", "horizontal_and_vertical"),
            help="Directions in which a picture may be mirrored; each is decided independently.",
        ),
    ] = "horizontal",
    rate: Annotated[
        float,
        Param.fraction(
            help="Probability that a picture is mirrored, for each direction.",
        ),
    ] = 0.5,
    horizontal: Annotated[bool, Chance("rate")],
    vertical: Annotated[bool, Chance("rate")],
) -> Matrix:
    """Mirror the picture left to right, top to bottom, or both.

    Each direction that `mode` allows is decided by its own coin, so with both allowed a picture is left
    alone with the probability (1 - rate)², and rotated by 180 degrees with the probability rate².

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "flip"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=1)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['flip left-right']
        1 ['not flipped']
        2 ['flip left-right']
        >>> images = np.tile(np.arange(1, 6, dtype=np.uint8)[:, None], (3, 1, 1, 3))
        >>> augment.render(plan, images).images[:, 0, :, 0].tolist()
        [[5, 4, 3, 2, 1], [1, 2, 3, 4, 5], [5, 4, 3, 2, 1]]
    """
    across, down = _directions(mode, horizontal, vertical)
    xx, x0 = (-1.0, width - 1.0) if across else (1.0, 0.0)
    yy, y0 = (-1.0, height - 1.0) if down else (1.0, 0.0)
    return matrix(xx, 0.0, x0, 0.0, yy, y0)
