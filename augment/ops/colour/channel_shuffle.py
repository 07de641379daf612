"""Permute the channels."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np

from augment.engine.colour import ColourMatrix
from augment.engine.distributions import Uniform
from augment.engine.op import Twin, op

_ORDERS = tuple(itertools.permutations(range(3)))


def _order(which: float) -> tuple[int, ...]:
    return _ORDERS[min(int(which * len(_ORDERS)), len(_ORDERS) - 1)]


def _caption(values: Mapping[str, Any]) -> str:
    return "channels " + "".join("RGB"[channel] for channel in _order(values["which"]))


@op(
    kind="colour",
    caption=_caption,
    twin=Twin(layer="ChannelShuffle", arguments=lambda params: {"groups": 3}),
    also=("swap channels", "swap colours", "RGB to BGR"),
)
def channel_shuffle(*, which: Annotated[float, Uniform()]) -> ColourMatrix:
    """Permute red, green and blue; each of the six orders is equally likely.

    One of the six leaves the picture unchanged, as in KerasCV.

    Example:
        >>> import augment
        >>> import numpy as np
        >>> step = {"op": "channel_shuffle"}
        >>> recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
        >>> plan = augment.draw(recipe, ids=[0, 1, 2], seed=6)
        >>> for row in range(3):
        ...     print(row, plan.captions(row))
        0 ['channels RBG']
        1 ['channels GRB']
        2 ['channels BGR']
        >>> images = np.full((3, 1, 1, 3), (1, 2, 3), np.uint8)
        >>> augment.render(plan, images).images[:, 0, 0].tolist()
        [[1, 3, 2], [2, 1, 3], [3, 2, 1]]
    """
    permutation = np.zeros((3, 3))
    for channel, source in enumerate(_order(which)):
        permutation[channel, source] = 1.0
    return permutation
