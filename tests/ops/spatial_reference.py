"""Helpers of the tests of spatial ops: warps by SciPy with each border, and the layers of KerasCV."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

import augment
from tests.ops.reference import Picture, as_picture

FILL_MODES = ("reflect", "constant", "edge")
# Beyond the border SciPy interpolates towards a constant only in its "grid" mode; OpenCV always does.
SCIPYS = {"reflect": "reflect", "constant": "grid-constant", "edge": "nearest"}

Places = npt.NDArray[np.float64]


def pixels(picture: Picture) -> tuple[Places, Places]:
    """Return x and y of each pixel, each of shape (H, W)."""
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float64)
    return x, y


def sampled(
    picture: Picture, x: Places, y: Places, fill_mode: str = "reflect", fill_value: int = 0
) -> Picture:
    """Return the picture sampled by SciPy at these places, bilinear."""
    channels = [
        ndimage.map_coordinates(
            channel.astype(np.float64), (y, x), order=1, mode=SCIPYS[fill_mode], cval=fill_value
        )
        for channel in np.moveaxis(picture, 2, 0)
    ]
    return as_picture(np.stack(channels, axis=2))


def warped(picture: Picture, source: Callable[[Places, Places], tuple[Places, Places]]) -> Picture:
    """Return the picture warped once by SciPy, bilinear and reflected.

    Args:
        picture: uint8 (H, W, 3).
        source: From x and y in the output to x and y in the input, in pixels.
    """
    return sampled(picture, *source(*pixels(picture)))


def twin_of(name: str, keras: ModuleType, **params: Any) -> Any:
    """Return the layer of KerasCV that corresponds to an op with these parameters."""
    op = augment.registry()[name]
    given = {**op.defaults, **params}
    return getattr(keras.layers, op.twin.layer)(
        **(op.twin.arguments(given) if op.twin.arguments else given)
    )


def picture_after(layer: Any, picture: Picture, **transformations: Any) -> Picture:
    """Return the picture after a layer with these transformations, instead of drawn ones."""
    levels = layer.augment_images(
        picture[None].astype(np.float32),
        transformations={
            name: None if value is None else np.asarray(value, np.float32)
            for name, value in transformations.items()
        },
    )
    return as_picture(np.asarray(levels)[0])
