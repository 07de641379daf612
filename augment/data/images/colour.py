"""From a decoded picture of any colour mode to upright sRGB without alpha."""

from __future__ import annotations

import functools
import io
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from augment.data.source import Pixels

BACKGROUND = 255
"""The colour under transparent pixels: white, as for cut-out flowers."""

_WHOLE_PIXELS, _STRIP_PIXELS = 1 << 20, 1 << 18
_ORIENTATION = 0x0112
_SAME = 2
"""A colour profile that moves no colour by more levels than this is sRGB under another name."""

_WIDE_PRIMARIES = (9, 12)
"""BT.2020 and Display P3, as HEIC files number them instead of a profile (ITU-T H.273, table 2)."""
_STANDARD_RANGE = (1, 6, 13, 14, 15)
"""The curves of pictures that are not HDR (table 3); viewers take all of them for sRGB's."""
_SRGB_CORNERS = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), (0.3127, 0.3290))
_STEPS = 1 << 14
"""Levels of light, fine enough for the darkest two levels of sRGB."""

_BASE = {
    **dict.fromkeys(("1", "L", "LA", "La", "I;16", "I;16L", "I;16B", "I;16N"), "L"),
    **dict.fromkeys(("P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "YCbCr"), "RGB"),
    "CMYK": "CMYK",
}
# Views of the upright picture that have its pixels where the file has them (EXIF 2.3, tag 274).
_AS_IN_FILE: dict[int, Callable[[Pixels], Pixels]] = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.swapaxes(0, 1),
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: upright[::-1, ::-1].swapaxes(0, 1),
    8: lambda upright: np.rot90(upright, -1),
}
_LYING = (5, 6, 7, 8)


def understood(mode: str) -> bool:
    """Return whether pictures of this Pillow mode can be converted."""
    return mode in _BASE


def srgb(
    picture: Image.Image,
    *,
    bits: int,
    white_is_zero: bool = False,
    shrink: int = 1,
    pixels: Pixels | None = None,
) -> Pixels:
    """Return a loaded picture as RGB, uint8, (H, W, 3): upright, in sRGB, on a white ground.

    A large one is converted in strips, so that memory is needed for itself and the result only.

    Args:
        picture: Of a mode that is `understood`, its pixels loaded.
        bits: How many bits a level has in the file; they matter for 16-bit greys and for the level
            that a PNG calls transparent.
        white_is_zero: Whether 16-bit greys are negative, as a TIFF may have them.
        shrink: How many pixels a side are averaged to one; at the right and lower edge as many as
            are left.
        pixels: Those of the picture, if they were not loaded into it: uint8, grey (H, W) or RGB
            (H, W, 3).
    """
    width, height = picture.size
    orientation = _orientation(picture)
    shape = -(-height // shrink), -(-width // shrink)
    upright = np.empty((*(shape[::-1] if orientation in _LYING else shape), 3), np.uint8)
    target = _AS_IN_FILE[orientation](upright)
    _scale_transparent_level(picture, bits)
    convert = _to_srgb(picture)
    rows = max(1, _STRIP_PIXELS // width // shrink)  # of the target
    if width * height <= _WHOLE_PIXELS:
        rows = shape[0]
    for top in range(0, shape[0], rows):
        box = (0, top * shrink, width, min((top + rows) * shrink, height))
        if pixels is not None:
            strip = Image.fromarray(pixels[box[1] : box[3]])
        else:
            strip = picture if box[3] - box[1] == height else picture.crop(box)
        colours = _strip(strip, convert, bits, white_is_zero)
        if shrink > 1:
            colours = np.asarray(Image.fromarray(colours).reduce(shrink))
        target[top : top + rows] = colours
    return upright


def _strip(
    strip: Image.Image,
    convert: Callable[[Image.Image], Image.Image],
    bits: int,
    white_is_zero: bool,
) -> Pixels:
    alpha = None
    base = _BASE[strip.mode]
    if strip.mode.startswith("I;16"):
        levels = np.asarray(strip).astype(np.uint32)
        if "transparency" in strip.info:
            alpha = np.where(levels == strip.info["transparency"], 0, 255).astype(np.uint8)
        top = (1 << bits) - 1
        grey = ((np.minimum(levels, top) * 255 + top // 2) // top).astype(np.uint8)
        strip = Image.fromarray(255 - grey if white_is_zero else grey)
    elif strip.has_transparency_data:
        strip = strip.convert("LA" if base == "L" else "RGBA")
        alpha = np.asarray(strip.getchannel("A"))
    colours = np.asarray(convert(_in_mode(strip, base)))
    if alpha is None or alpha.min() == 255:
        return colours
    # At most 255 * 255 + 127, which uint16 holds.
    share = alpha[..., None].astype(np.uint16)
    return ((colours * share + BACKGROUND * (255 - share) + 127) // 255).astype(np.uint8)


def _to_srgb(picture: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """Return a function to sRGB, by the picture's own profile if it has a usable one."""
    profile, base = picture.info.get("icc_profile"), _BASE[picture.mode]
    if profile:
        return _transform(profile, base)
    numbers = picture.info.get("nclx_profile") or {}
    if (
        base == "RGB"
        and numbers.get("color_primaries") in _WIDE_PRIMARIES
        and numbers.get("transfer_characteristics") in _STANDARD_RANGE
    ):
        return functools.partial(_by_primaries, _matrix_to_srgb(numbers))
    return _without_profile


# Making one takes three milliseconds, and the pictures of one camera or program have the same profile.
@functools.lru_cache(maxsize=4)
def _transform(profile: bytes, base: str) -> Callable[[Image.Image], Image.Image]:
    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            base,
            "RGB",
        )
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return _without_profile  # damaged, or made for pictures of another kind
    probe = _probe(base)
    converted = np.asarray(transform.apply(probe)).astype(int)
    if np.abs(converted - np.asarray(_without_profile(probe))).max() <= _SAME:
        return _without_profile
    return transform.apply


def _by_primaries(matrix: npt.NDArray[np.float32], strip: Image.Image) -> Image.Image:
    light_of, level_of = _srgb_curve()
    light = light_of[np.asarray(strip)] @ matrix.T
    steps = (light.clip(0, 1) * _STEPS + 0.5).astype(np.uint16)
    return Image.fromarray(level_of[steps])


def _matrix_to_srgb(numbers: Mapping[str, Any]) -> npt.NDArray[np.float32]:
    """Return the matrix from light of the primaries in a HEIC file's colour box to that of sRGB's."""
    corners = [
        [numbers[f"color_primary_{name}_{axis}"] for axis in "xy"]
        for name in ("red", "green", "blue", "white")
    ]
    return np.asarray(np.linalg.solve(_to_xyz(_SRGB_CORNERS), _to_xyz(corners)), np.float32)


def _to_xyz(corners: Sequence[Sequence[float]]) -> npt.NDArray[np.float64]:
    """Return the matrix from light of primaries to XYZ, from x and y of red, green, blue and white."""
    x, y = np.transpose(corners)
    red_green_blue_white = np.stack([x / y, np.ones(4), (1 - x - y) / y])
    primaries, white = red_green_blue_white[:, :3], red_green_blue_white[:, 3]
    return np.asarray(primaries * np.linalg.solve(primaries, white))


@functools.cache
def _srgb_curve() -> tuple[npt.NDArray[np.float32], Pixels]:
    """Return the light of each level, and the level of each of `_STEPS` + 1 (IEC 61966-2-1)."""
    level, light = np.arange(256) / 255, np.arange(_STEPS + 1) / _STEPS
    decoded = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    encoded = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return decoded.astype(np.float32), (encoded * 255).round().astype(np.uint8)


def _without_profile(strip: Image.Image) -> Image.Image:
    return _in_mode(strip, "RGB")


def _in_mode(strip: Image.Image, mode: str) -> Image.Image:
    return strip if strip.mode == mode else strip.convert(mode)  # `convert` would copy


def _probe(base: str) -> Image.Image:
    """Return a small picture with colours from all over the colour space."""
    steps = np.arange(0, 256, 17).astype(np.uint8)
    if base == "L":
        return Image.fromarray(steps[None])
    grid = np.stack(np.meshgrid(*(steps[::3],) * len(base), indexing="ij"), axis=-1)
    return Image.frombytes(base, (len(grid) ** (len(base) - 1), len(grid)), grid.tobytes())


def _scale_transparent_level(picture: Image.Image, bits: int) -> None:
    """Scale the transparent level of a PNG to 8 bits, as Pillow does with the pixels."""
    level = picture.info.get("transparency")
    if picture.format != "PNG" or picture.mode.startswith("I;16"):
        return
    if picture.mode in ("1", "L") and isinstance(level, int) and bits < 8:
        picture.info["transparency"] = level * 255 // ((1 << bits) - 1)
    elif picture.mode == "RGB" and isinstance(level, tuple) and bits == 16:
        picture.info["transparency"] = tuple(part >> 8 for part in level)


def _orientation(picture: Image.Image) -> int:
    try:
        orientation = picture.getexif().get(_ORIENTATION, 1)
    except (SyntaxError, ValueError, LookupError, TypeError, OSError, struct.error):
        return 1  # damaged EXIF data do not damage the picture
    return orientation if isinstance(orientation, int) and orientation in _AS_IN_FILE else 1
