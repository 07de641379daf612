"""Ops of AutoAugment and its successors with values drawn by our engine: Pillow, and warps by SciPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from tests.ops.reference import Picture
from tests.ops.spatial_reference import Places, pixels, sampled

# How far Pillow's and our picture may be apart, in grey levels: Pillow truncates where we round, and
# rounds what it blends with. Warps are SciPy's, as near as that on this share of the pixels: OpenCV
# places its samples on a grid of 1/32 pixel.
WARP_SHARE = 0.99
WARPS = frozenset(("rotate", "shear_x", "shear_y", "translate_x", "translate_y"))
LEVELS = {
    **dict.fromkeys(("equalize", "solarize", "posterize"), 0),
    **dict.fromkeys(("auto_contrast", "brightness"), 1),
    **dict.fromkeys(("saturation", "contrast", "sharpness"), 2),
    **dict.fromkeys(WARPS, 2),
}

_PILLOWS: dict[str, Callable[..., Image.Image]] = {
    "auto_contrast": lambda image, **_: ImageOps.autocontrast(image),
    "equalize": lambda image, **_: ImageOps.equalize(image),
    "solarize": lambda image, *, threshold, **_: ImageOps.solarize(image, threshold),
    "posterize": lambda image, *, kept, **_: ImageOps.posterize(image, int(kept)),
    "saturation": lambda image, *, multiplier, **_: ImageEnhance.Color(image).enhance(multiplier),
    "contrast": lambda image, *, multiplier, **_: ImageEnhance.Contrast(image).enhance(multiplier),
    "brightness": lambda image, *, shift, **_: ImageEnhance.Brightness(image).enhance(1.0 + shift),
    "sharpness": lambda image, *, multiplier, **_: ImageEnhance.Sharpness(image).enhance(
        multiplier
    ),
}


def picture_after(name: str, picture: Picture, **drawn: Any) -> Picture:
    """Return the picture after an op as in the public code of the papers."""
    if name not in WARPS:
        return np.asarray(_PILLOWS[name](Image.fromarray(picture), **drawn))
    places = source(name, *pixels(picture), **drawn)
    return sampled(picture, *places, drawn["fill_mode"], drawn["fill_value"])


def source(name: str, x: Places, y: Places, **drawn: Any) -> tuple[Places, Places]:
    """Return the coordinates in its input from which a warp samples these places.

    Args:
        name: One of `WARPS`.
        x: In pixels, shape (H, W): the whole picture.
        y: Likewise.
        **drawn: What our engine drew.
    """
    height, width = x.shape
    if name == "rotate":
        # Pillow's, and so the papers', angle counts against the clock, as ours does.
        centre = (width - 1) / 2 + 1j * (height - 1) / 2
        turned = (x + 1j * y - centre) * np.exp(2j * np.pi * drawn["turn"]) + centre
        return turned.real, turned.imag
    moved = {
        "shear_x": lambda: (x + drawn["shear"] * y, y),
        "shear_y": lambda: (x, y + drawn["shear"] * x),
        "translate_x": lambda: (x - drawn["shift"] * width, y),
        "translate_y": lambda: (x, y - drawn["shift"] * height),
    }
    return moved[name]()
