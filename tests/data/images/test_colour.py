from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image

from augment.data.images import decode
from tests.data.images import picture_files as files
from tests.data.images.given_pictures import PALETTE, SMOOTH, off

DEPTHS = [(1, 1), (2, 1), (4, 1), (8, 1), (16, 1), (8, 3), (16, 3)]  # bits and channels of PNG


def test_grey_has_three_equal_channels() -> None:
    grey = SMOOTH[..., 0]
    for kind in ("PNG", "BMP", "TIFF", "GIF"):
        found = decode.decode(files.saved(grey, kind), "x")
        np.testing.assert_array_equal(found, np.repeat(grey[..., None], 3, -1))
    found = decode.decode(files.saved(grey, "JPEG", quality=95), "x")
    assert off(found, np.repeat(grey[..., None], 3, -1)) <= 3


@pytest.mark.parametrize(("bits", "channels"), DEPTHS)
def test_every_depth_is_scaled_to_eight_bits(bits: int, channels: int) -> None:
    top = 2**bits - 1
    shape = (24, 40) if channels == 1 else (24, 40, 3)
    levels = np.random.default_rng(bits).integers(0, top + 1, shape)
    levels[0, :2] = [0, top] if channels == 1 else [[0] * 3, [top] * 3]
    found = decode.decode(files.png_of_levels(levels, bits), "x")
    expected = np.broadcast_to((levels / top * 255).reshape(24, 40, -1), (24, 40, 3))
    # Pillow leaves the lower half of a 16-bit colour off instead of rounding.
    assert off(found, expected) <= (1 if (bits, channels) == (16, 3) else 0.51)
    assert found[0, :2].tolist() == [[0] * 3, [255] * 3]


@pytest.mark.parametrize(("mode", "negative"), [("I;16", False), ("I;16", True), ("I;16B", False)])
def test_sixteen_bit_greys_in_tiff(mode: str, negative: bool) -> None:
    levels = np.linspace(0, 65535, 40 * 30).astype(np.uint16).reshape(30, 40)
    order = ">u2" if mode == "I;16B" else "<u2"
    picture = Image.frombytes(mode, (40, 30), levels.astype(order).tobytes())
    data = files.saved(picture, "TIFF", tiffinfo={262: 0} if negative else {})
    found = decode.decode(data, "x")
    expected = np.repeat((levels / 257.0)[..., None], 3, -1)
    assert off(found, 255 - expected if negative else expected) <= 0.51


@pytest.mark.parametrize(("bits", "channels"), DEPTHS)
def test_a_transparent_level_becomes_white(bits: int, channels: int) -> None:
    shape = (16, 16) if channels == 1 else (16, 16, 3)
    levels = np.zeros(shape, int)
    marked = {1: 1, 2: 1, 4: 5, 8: 77, 16: 20_000}[bits]
    levels[4:8] = marked
    # Of one bit, black is the one: white that shows the white ground would prove nothing.
    transparent = 0 if bits == 1 else marked
    note = struct.pack(f">{channels}H", *(transparent,) * channels)
    found = decode.decode(files.png_of_levels(levels, bits, (b"tRNS", note)), "x")
    assert (found[4:8] == 255).all()
    assert (found[8:] == (255 if bits == 1 else 0)).all()


def test_transparent_pixels_lie_on_white() -> None:
    alpha = np.linspace(0, 255, 64).round().astype(np.uint8) * np.ones((48, 1), np.uint8)
    share = alpha[..., None] / 255
    expected = SMOOTH * share + 255 * (1 - share)
    layers = np.dstack([SMOOTH, alpha])
    for kind, options in (("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True, "exact": True})):
        assert off(decode.decode(files.saved(layers, kind, **options), "x"), expected) <= 0.51
    grey = Image.merge("LA", [Image.fromarray(SMOOTH[..., 0]), Image.fromarray(alpha)])
    found = decode.decode(files.saved(grey, "PNG"), "x")
    assert off(found, np.repeat(expected[..., :1], 3, -1)) <= 0.51


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_a_transparent_colour_of_a_palette_is_white(kind: str) -> None:
    indices = np.asarray(PALETTE)
    found = decode.decode(files.saved(PALETTE, kind, transparency=7), "x")
    expected = np.where((indices == 7)[..., None], 255, np.asarray(PALETTE.convert("RGB")))
    assert (indices == 7).any()
    np.testing.assert_array_equal(found, expected)


def test_a_palette_may_have_an_alpha_for_each_colour() -> None:
    alphas = bytes(range(0, 256, 4))
    found = decode.decode(files.saved(PALETTE, "PNG", transparency=alphas), "x")
    share = np.frombuffer(alphas, np.uint8)[np.asarray(PALETTE)][..., None] / 255
    assert off(found, np.asarray(PALETTE.convert("RGB")) * share + 255 * (1 - share)) <= 0.51


def inks() -> np.ndarray:
    """Return a CMYK picture with black in it, (H, W, 4), 255 being all of the ink."""
    black = np.linspace(0, 120, SMOOTH.shape[1]).astype(np.uint8) * np.ones((48, 1), np.uint8)
    return np.dstack([255 - SMOOTH, black])


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_inks_become_colours(kind: str) -> None:
    picture = Image.frombytes("CMYK", (64, 48), inks().tobytes())
    data = files.saved(picture, kind, **({"quality": 95} if kind == "JPEG" else {}))
    expected = SMOOTH * (1 - inks()[..., 3:] / 255)
    assert off(decode.decode(data, "x"), expected) <= (6 if kind == "JPEG" else 1)


def test_inks_as_luminance_and_chroma_become_colours() -> None:
    """YCCK as Photoshop writes it: inverted inks, the first three turned as RGB is in other JPEGs."""
    ycc = np.asarray(Image.fromarray(255 - SMOOTH).convert("YCbCr"))
    layers = np.dstack([255 - ycc, inks()[..., 3]])
    data = bytearray(
        files.saved(Image.frombytes("CMYK", (64, 48), layers.tobytes()), "JPEG", quality=95)
    )
    transform = data.index(b"Adobe") + 11
    assert data[transform] == 0
    data[transform] = 2
    expected = SMOOTH * (1 - inks()[..., 3:] / 255)
    assert off(decode.decode(bytes(data), "x"), expected) <= 8


def test_wide_colours_are_converted_to_srgb() -> None:
    """Compared with the matrices of the standards; colours that sRGB lacks are cut off on both sides."""
    for colours, curve, light in (
        (files.DISPLAY_P3, files.linear(np.linspace(0, 1, 1024)), files.linear(SMOOTH / 255)),
        (files.ADOBE_RGB, 563 / 256, (SMOOTH / 255) ** (563 / 256)),
    ):
        data = files.saved(SMOOTH, "PNG", icc_profile=files.profile(colours, curve))
        found = decode.decode(data, "x")
        matrix = np.linalg.inv(files.SRGB) @ colours
        assert off(found, files.encoded(light @ matrix.T) * 255) <= 2
        assert off(found, SMOOTH) > 20


def test_the_alpha_of_wide_colours_is_kept() -> None:
    layers = np.dstack([SMOOTH, np.full((48, 64), 51, np.uint8)])
    profile = files.profile(files.DISPLAY_P3, files.linear(np.linspace(0, 1, 1024)))
    opaque = decode.decode(files.saved(SMOOTH, "PNG", icc_profile=profile), "x")
    found = decode.decode(files.saved(layers, "PNG", icc_profile=profile), "x")
    assert off(found, opaque * 0.2 + 255 * 0.8) <= 0.51


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_pixels_of_srgb_by_name_and_of_broken_profiles_are_left_alone(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    plain = decode.decode(files.saved(SMOOTH, kind, **options), "x")
    srgb = files.profile(files.SRGB, files.linear(np.linspace(0, 1, 1024)))
    for profile in (srgb, srgb[:300], b"nonsense"):
        data = files.saved(SMOOTH, kind, icc_profile=profile, **options)
        np.testing.assert_array_equal(decode.decode(data, "x"), plain)


def test_a_profile_for_colours_on_a_grey_picture_is_left_out() -> None:
    profile = files.profile(files.ADOBE_RGB, 2.2)
    data = files.saved(SMOOTH[..., 0], "PNG", icc_profile=profile)
    np.testing.assert_array_equal(decode.decode(data, "x")[..., 1], SMOOTH[..., 0])
