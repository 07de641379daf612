"""AVIF and HEIC files: right pixels, all data there, and what to do where HEIC cannot be read."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image

from augment.data.images import decode, heif
from augment.errors import DataError
from tests.data.images import picture_files as files

SMOOTH = files.smooth(96, 128)
AVIF = files.saved(SMOOTH, "AVIF", quality=95, subsampling="4:4:4", speed=9)
HEIC = files.heic(SMOOTH, quality=95, chroma=444)
TILED = files.heic(files.smooth(192, 256), quality=90, tile_size=64)
KINDS = {"AVIF": AVIF, "HEIC": HEIC}


def saved(kind: str, picture: np.ndarray, **options: object) -> bytes:
    if kind == "HEIC":
        return files.heic(picture, quality=95, chroma=444, **options)
    return files.saved(picture, "AVIF", quality=95, subsampling="4:4:4", speed=9, **options)


def off(found: np.ndarray, expected: np.ndarray) -> float:
    assert found.shape == expected.shape
    return float(np.abs(found.astype(int) - expected).mean())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_camera_held_in_any_way_gives_the_upright_picture(kind: str, orientation: int) -> None:
    """The file itself says how it is turned; EXIF data, which say so too, turn it no second time."""
    data = saved(kind, files.lying(SMOOTH, orientation), exif=files.exif(orientation).tobytes())
    assert off(decode.decode(data, "x"), SMOOTH) < 3


@pytest.mark.parametrize("kind", KINDS)
def test_transparent_pixels_lie_on_white(kind: str) -> None:
    alpha = np.zeros((96, 128), np.uint8)
    alpha[:, 64:] = 255
    found = decode.decode(saved(kind, np.dstack([SMOOTH, alpha])), "x")
    assert off(found[:, :60], np.full((96, 60, 3), 255)) < 3
    assert off(found[:, 68:], SMOOTH[:, 68:]) < 3


@pytest.mark.parametrize("kind", KINDS)
def test_grey_pictures_and_reduced_ones(kind: str) -> None:
    grey = np.repeat(SMOOTH[..., :1], 3, -1)
    assert off(decode.decode(saved(kind, SMOOTH[..., 0]), "x"), grey) < 3
    assert decode.decode(KINDS[kind], "x", least_side=24).shape == (24, 32, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_wide_colour_space_is_converted(kind: str) -> None:
    wide = files.profile(files.DISPLAY_P3, files.linear(np.linspace(0, 1, 1024)))
    matrix = np.linalg.inv(files.SRGB) @ files.DISPLAY_P3
    expected = files.encoded(files.linear(SMOOTH / 255) @ matrix.T) * 255
    assert off(decode.decode(saved(kind, SMOOTH, icc_profile=wide), "x"), expected) < 4


@pytest.mark.parametrize(
    ("primaries", "curve", "matrix"),
    [
        (12, 13, np.linalg.inv(files.SRGB) @ files.DISPLAY_P3),
        (12, 1, np.linalg.inv(files.SRGB) @ files.DISPLAY_P3),
        # BT.2087, annex 2
        (
            9,
            14,
            np.array(
                [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]
            ),
        ),
        (1, 13, np.eye(3)),
        (9, 16, np.eye(3)),  # HDR, of which no mapping is the right one
    ],
)
def test_a_wide_colour_space_by_number_is_converted(
    primaries: int, curve: int, matrix: np.ndarray
) -> None:
    numbers = {"color_primaries": primaries, "transfer_characteristics": curve}
    data = files.heic(SMOOTH, quality=95, chroma=444, matrix_coefficients=6, **numbers)
    expected = files.encoded(files.linear(SMOOTH / 255) @ matrix.T) * 255
    assert off(decode.decode(data, "x"), expected) < 2
    grey = decode.decode(files.heic(Image.fromarray(SMOOTH[..., 0]), **numbers), "x")
    assert off(grey, np.repeat(SMOOTH[..., :1], 3, -1)) < 3


def test_the_first_picture_of_an_animation_is_decoded() -> None:
    others = [Image.fromarray(SMOOTH[::-1].copy())] * 2
    data = files.saved(
        SMOOTH, "AVIF", quality=95, subsampling="4:4:4", save_all=True, append_images=others
    )
    assert off(decode.decode(data, "x"), SMOOTH) < 3


def test_the_tiles_of_a_telephone_make_one_picture() -> None:
    assert off(decode.decode(TILED, "x"), files.smooth(192, 256)) < 3


@pytest.mark.parametrize("data", [AVIF, HEIC, TILED], ids=["AVIF", "HEIC", "tiles"])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.97])
def test_missing_data_are_noticed(data: bytes, share: float) -> None:
    """libheif paints a tile that is missing black, and both decoders make a picture of zeros."""
    end = int(len(data) * share)
    for damaged in (data[:end], data[:end] + bytes(len(data) - end)):
        with pytest.raises(DataError, match=r"x is a damaged or incomplete (AVIF|HEIC) file"):
            decode.decode(damaged, "x")


@pytest.mark.parametrize("kind", KINDS)
def test_very_many_boxes_take_no_time(kind: str) -> None:
    data, free = KINDS[kind], struct.pack(">I", 8) + b"free"
    (first,) = struct.unpack_from(">I", data)
    with pytest.raises(DataError, match=rf"x is an? {kind} file of more than 10,000 parts, which"):
        decode.decode(data[:first] + free * 20_000 + data[first:], "x")
    assert decode.decode(data + free * 20_000, "x").shape == (96, 128, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_the_size_is_checked_before_pixels_are_made(kind: str) -> None:
    data = KINDS[kind]
    place = data.index(b"ispe") + 8
    with pytest.raises(DataError, match=r"at most 52 million pixels|damaged or incomplete"):
        decode.decode(data[:place] + struct.pack(">II", 16_000, 16_000) + data[place + 8 :], "x")


def test_a_file_of_other_boxes_is_left_to_the_decoder() -> None:
    heif.check(struct.pack(">I", 16) + b"ftypavif" + bytes(4))


def test_without_its_reader_a_heic_picture_is_named_with_a_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(decode._READERS, "HEIC")
    with pytest.raises(DataError, match="only the package pillow-heif reads; install it, or save"):
        decode.decode(HEIC, "IMG_0001.HEIC")


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"msf1"])
def test_the_brands_of_telephones_are_known(brand: bytes) -> None:
    data = HEIC[:8] + brand + HEIC[12:]
    assert decode.decode(data, "x").shape == (96, 128, 3)
