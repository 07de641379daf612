"""What would take Pillow long is removed from a file, or the file is refused."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from augment.data.images import decode, headers
from augment.errors import DataError
from tests.data.images import picture_files as files

PICTURE = files.smooth(24, 32)
PNG = files.saved(PICTURE, "PNG")
GIF = files.saved(Image.fromarray(PICTURE).quantize(64), "GIF")
TIFF = files.saved(PICTURE, "TIFF")
GIF_START = 13 + 3 * (2 << (GIF[10] & 7))


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(*, before: bytes = b"", after: bytes = b"") -> bytes:
    return PNG[:33] + before + PNG[33:-12] + after + PNG[-12:]


def gif(before: bytes) -> bytes:
    return GIF[:GIF_START] + before + GIF[GIF_START:]


def tiff(tags: int) -> bytes:
    entries = b"".join(struct.pack("<HHII", 1000 + n, 3, 1, 1) for n in range(tags))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", tags) + entries + bytes(4)


def strips(count: int) -> bytes:
    return b"II*\0\x08\0\0\0" + struct.pack("<HHHII", 1, 273, 4, count, 8) + bytes(4 * count)


PACKED = b"BM" + bytes(12) + struct.pack("<IiiHHI", 40, 99, 99, 1, 8, 1) + bytes(2_100_000)
TOO_MANY = {
    "PNG, chunks": png(before=chunk(b"aaAa", b"") * 100_001),
    "PNG, chunks after the pixels": png(after=chunk(b"tEXt", b"a\0b") * 100_001),
    "PNG, chunks of pixels": png(before=chunk(b"IDAT", b"") * 100_001),
    "GIF, comment": gif(b"!\xfe" + b"\1a" * 100_001 + b"\0"),
    "GIF, extensions": gif(b"!\xf9\4\0\0\0\0\0" * 100_001),
    "GIF, other bytes": gif(bytes(100_001)),
    "TIFF, tags": tiff(1001),
    "TIFF, strips": strips(100_001),
    "BMP, run lengths": PACKED,
}


@pytest.mark.parametrize("kind", TOO_MANY)
def test_a_file_of_very_many_parts_is_refused(kind: str) -> None:
    expected = (
        rf"x is a {kind[:4].strip(',')} file (of|compressed) .* which would take long to decode"
    )
    with pytest.raises(DataError, match=expected):
        decode.decode(TOO_MANY[kind], "x")


def test_many_parts_that_concern_no_pixel_never_reach_pillow() -> None:
    bomb = chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(900_000)))
    data = png(before=bomb * 50 + chunk(b"tEXt", b"a\0b") * 900, after=chunk(b"zTXt", b"b") * 900)
    assert len(headers.whole_png(data)) < len(PNG) + len(bomb) + 100
    comment = b"!\xfe" + b"\1a" * 50_000 + b"\0"
    assert headers.first_of_gif(gif(comment)) == GIF
    for found, plain in ((data, PNG), (gif(comment), GIF)):
        np.testing.assert_array_equal(decode.decode(found, "x"), decode.decode(plain, "x"))


def test_a_png_in_many_parts_is_the_same_picture() -> None:
    start = PNG.index(b"IDAT") + 4
    (length,) = struct.unpack_from(">I", PNG, start - 8)
    pieces = b"".join(chunk(b"IDAT", PNG[n : n + 1]) for n in range(start, start + length))
    np.testing.assert_array_equal(
        decode.decode(PNG[: start - 8] + pieces + PNG[-12:], "x"), PICTURE
    )


@pytest.mark.parametrize("where", ["before", "after"])
def test_the_orientation_of_a_png_is_found_before_and_after_the_pixels(where: str) -> None:
    note = files.exif(6).tobytes().removeprefix(b"Exif\0\0")
    packet = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a tiff:Orientation="6"/></x:xmpmeta>'
    text = b"XML:com.adobe.xmp\0\0\0\0\0" + packet
    for extra in (chunk(b"eXIf", note), chunk(b"iTXt", text)):
        found = decode.decode(png(**{where: extra}), "x")
        np.testing.assert_array_equal(found, np.rot90(PICTURE, -1))


def test_tags_that_are_larger_than_the_file_are_a_damage() -> None:
    entry = TIFF.index(struct.pack("<HHI", 258, 3, 3))
    broken = TIFF[: entry + 4] + struct.pack("<I", 2**31) + TIFF[entry + 8 :]
    with pytest.raises(DataError, match="x is a damaged or incomplete TIFF file"):
        decode.decode(broken, "x")
    headers.check_tiff(TIFF)
    headers.check_tiff(files.saved(PICTURE, "TIFF", big_tiff=True))
