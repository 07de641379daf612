"""WebP files: a damage inside is noticed, and only the first picture reaches the decoder."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest
from PIL import Image

from augment.data.images import decode, webp
from augment.errors import DataError
from tests.data.images import picture_files as files

PHOTOGRAPH = files.photograph(150, 200)
LOSSY = files.saved(PHOTOGRAPH, "WEBP", quality=80)
LOSSLESS = files.saved(PHOTOGRAPH, "WEBP", lossless=True)
ALPHA = files.saved(np.dstack([PHOTOGRAPH, PHOTOGRAPH[..., 0]]), "WEBP", quality=80)
ANIMATED = files.saved(
    Image.fromarray(PHOTOGRAPH),
    "WEBP",
    save_all=True,
    append_images=[Image.fromarray(PHOTOGRAPH[::-1].copy())] * 3,
    exif=files.exif(6),
)


def riff(chunks: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


@pytest.mark.parametrize("data", [LOSSY, LOSSLESS, ALPHA], ids=["lossy", "lossless", "alpha"])
@pytest.mark.parametrize("share", [0.4, 0.6, 0.8, 0.95])
def test_a_picture_whose_end_is_zeros_is_refused(data: bytes, share: float) -> None:
    start = int(len(data) * share)
    with pytest.raises(DataError, match="x is a damaged or incomplete WebP file"):
        decode.decode(data[:start] + bytes(len(data) - start), "x")


def test_nearly_all_lossy_pictures_with_other_bytes_inside_are_refused() -> None:
    random, refused = np.random.default_rng(3), 0
    for _ in range(100):
        place = int(random.integers(60, len(LOSSY) - 60))
        try:
            decode.decode(LOSSY[:place] + random.bytes(40) + LOSSY[place + 40 :], "x")
        except DataError:
            refused += 1
    assert refused >= 95


@pytest.mark.parametrize("quality", [1, 30, 75, 100])
@pytest.mark.parametrize("size", [(8, 8), (16, 17), (50, 31), (150, 200)])
def test_no_intact_picture_is_refused(size: tuple[int, int], quality: int) -> None:
    height, width = size
    for picture in (PHOTOGRAPH[:height, :width].copy(), np.full((*size, 3), 77, np.uint8)):
        made = [
            files.saved(picture, "WEBP", quality=quality, method=method, lossless=lossless)
            for method in (0, 4)
            for lossless in (False, True)
        ]
        made.append(
            cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, quality])[1].tobytes()
        )
        for data in made:
            assert webp.is_used_up(webp.first(data))
            assert decode.decode(data, "x").shape == (height, width, 3)


def test_of_an_animation_only_the_first_picture_reaches_the_decoder() -> None:
    first = webp.first(ANIMATED)
    assert ANIMATED.count(b"ANMF") == 2
    assert first.count(b"ANMF") == 1
    assert b"EXIF" in first
    found, upright = decode.decode(ANIMATED, "x").astype(int), np.rot90(PHOTOGRAPH, -1)
    assert found.shape == upright.shape
    assert np.abs(found - upright).mean() < 5


def test_very_many_chunks_take_no_time() -> None:
    extended = files.saved(PHOTOGRAPH, "WEBP", quality=80, exif=files.exif(1))
    many = b"abcd" + bytes(4)
    head, rest = extended[12:30], extended[30:]
    whole = decode.decode(LOSSY, "x")
    after = riff(head + rest + many * 20_000)
    np.testing.assert_array_equal(decode.decode(after, "x"), whole)
    np.testing.assert_array_equal(decode.decode(LOSSY + bytes(1000), "x"), whole)
    with pytest.raises(DataError, match=r"x is a WebP file of more than 10,000 parts, which would"):
        decode.decode(riff(head + many * 20_000 + rest), "x")
