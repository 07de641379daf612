"""Exchange the channels."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Annotated, Any

import cv2
import numpy as np

from augment.engine.colour import Image
from augment.engine.distributions import Uniform
from augment.engine.op import Twin, op

_ORDERS = tuple(itertools.permutations(range(3)))


def _order(which: float) -> tuple[int, ...]:
    return _ORDERS[int(which * len(_ORDERS))]


def _caption(values: Mapping[str, Any]) -> str:
    return "channels " + "".join("RGB"[channel] for channel in _order(values["which"]))


@op(
    kind="pixels",
    caption=_caption,
    twin=Twin(layer="ChannelShuffle", arguments=lambda _: {"groups": 3}),
)
def channel_shuffle(image: Image, out: Image, *, which: Annotated[float, Uniform()]) -> Image:
    """Put red, green and blue in one of their six orders, each equally likely.

    One of the six leaves the picture alone, as in KerasCV.
    """
    # A matrix of zeros and ones is exact, and faster than any way of copying channel by channel.
    cv2.transform(image, np.eye(3)[list(_order(which))], dst=out)
    return out
