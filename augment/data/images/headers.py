"""What the bytes of a picture file tell before it is decoded: its kind, and what would take too long.

Pillow takes minutes, or gigabytes, for padding, comments, and very many small parts. A decoder gets a
file without them, or a file with more of them than any program writes is refused.
"""

from __future__ import annotations

import re
import struct
import zlib

from augment.system.units import megabytes

_SIGNATURES = (
    (rb"\xff\xd8\xff", "JPEG"),
    (rb"\x89PNG\r\n\x1a\n", "PNG"),
    (rb"RIFF....WEBP", "WebP"),
    (rb"GIF8[79]a", "GIF"),
    (rb"II[*+]\0|MM\0[*+]", "TIFF"),
    (rb"BM", "BMP"),
    (rb"....ftyp(avi[fs]|(mif1|msf1|miaf).*avi[fs])", "AVIF"),
    (rb"....ftyp(he[iv][cxms]|(mif1|msf1).*he[iv][cxms])", "HEIC"),
)
_OTHERS = (
    (rb"....ftyp(mif1|msf1|miaf)", "a HEIF picture of a rare kind"),
    (rb"....ftyp", "a film"),
    (rb"....jP  \r\n|\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (rb"\xff\x0a|....JXL ", "a JPEG XL picture"),
    (rb"8BPS", "a Photoshop document"),
    (rb"%PDF", "a PDF document"),
    (rb"PK\x03\x04", "a ZIP archive"),
    (rb"(\xef\xbb\xbf)?\s*<(\?xml|svg|!DOCTYPE|html)", "a drawing or page of text (SVG, HTML)"),
)

_MOST_PNG_CHUNKS = 100_000
"""A picture of 50 megapixels in parts of 8 KB, as libpng writes them, has 50,000."""
_PNG_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"iCCP", b"eXIf", b"IEND")
_PNG_TEXTS = {
    b"tEXt": b"Raw profile type exif",
    b"zTXt": b"Raw profile type exif",
    b"iTXt": b"XML:com.adobe.xmp",
}
"""Those that may have an orientation."""
_LARGEST_TEXT = 1 << 18

_MOST_GIF_PARTS = 100_000
_GRAPHIC_CONTROL = 0xF9

_MOST_TAGS, _MOST_STRIPS = 1_000, 100_000
_TIFF_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_TIFF_SIZES |= {16: 8, 17: 8, 18: 8}

_TIFF_PLACES = (273, 324)
"""The tags of the places of strips and tiles."""

_PACKED_BMP = (b"\1\0\0\0", b"\2\0\0\0")
_LARGEST_PACKED_BMP = 2_000_000


class Unusual(Exception):
    """A file would take long to decode; the text says what it has, after "is a JPEG file"."""


def kind_of(data: bytes) -> str | None:
    """Return which kind of picture file it is by its first bytes, whatever its name says."""
    return _first(_SIGNATURES, data)


def other_kind_of(data: bytes) -> str | None:
    """Return in words what the file is if it is of another known kind."""
    return _first(_OTHERS, data)


def whole_png(data: bytes) -> bytes:
    """Return a PNG file of only the chunks that decoding needs.

    All chunks must be there, and their checksums right: Pillow does not check those of the pixels.

    Raises:
        ValueError: The file is damaged or incomplete.
        Unusual: It has more chunks than any program writes.
    """
    view, start = memoryview(data), 8
    kept: dict[bytes, memoryview] = {}
    pixels: list[memoryview] = []
    for _ in range(_MOST_PNG_CHUNKS):
        if start + 12 > len(data):
            raise ValueError("a chunk is missing")
        length, name = struct.unpack_from(">I4s", data, start)
        end = start + 12 + length
        if end > len(data):
            raise ValueError("a chunk is longer than the file")
        (check,) = struct.unpack_from(">I", data, end - 4)
        if zlib.crc32(view[start + 4 : end - 4]) != check:
            raise ValueError("a checksum is wrong")
        if name == b"IDAT":
            pixels.append(view[start + 8 : end - 4])
        elif name in _PNG_CHUNKS or (
            data.startswith(_PNG_TEXTS.get(name, b"-"), start + 8) and length <= _LARGEST_TEXT
        ):
            kept.setdefault(name, view[start:end])
        if name == b"IEND":
            last = kept.pop(name)
            body = b"".join((b"IDAT", *pixels))
            length, check = len(body) - 4, zlib.crc32(body)
            parts = struct.pack(">I", length), body, struct.pack(">I", check)
            return b"".join((data[:8], *kept.values(), *parts, last))
        start = end
    raise Unusual(f"of more than {_MOST_PNG_CHUNKS:,} parts")


def png_depth(data: bytes) -> int:
    """Return the bits a level of a PNG file has: 1, 2, 4, 8 or 16."""
    return data[24]


def first_of_gif(data: bytes) -> bytes:
    """Return a GIF file without comments and other extensions before its first picture.

    Raises:
        LookupError: The file is incomplete.
        Unusual: There are more parts before the picture than any program writes.
    """
    start = position = 13 + (3 * (2 << (data[10] & 7)) if data[10] & 128 else 0)
    controls: list[bytes] = []
    for _ in range(_MOST_GIF_PARTS):
        if data[position] == ord(","):
            return b"".join((data[:start], *controls, memoryview(data)[position:]))
        if data[position] != ord("!"):
            position += 1  # as Pillow does
            continue
        begin, label = position, data[position + 1]
        position += 2
        for _ in range(_MOST_GIF_PARTS):
            length = data[position]
            position += 1 + length
            if not length:
                break
        else:
            break
        if label == _GRAPHIC_CONTROL:
            controls.append(data[begin:position])
    raise Unusual(f"of more than {_MOST_GIF_PARTS:,} parts")


def check_tiff(data: bytes) -> None:
    """Check that a TIFF file has not very many tags or strips, and no tags that are larger than itself.

    Raises:
        struct.error, ValueError: The file is damaged or incomplete.
        Unusual: It has more of them than any program writes.
    """
    order = "<" if data[:2] == b"II" else ">"
    big = 43 in data[2:4]
    (start,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
    (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, start)
    if count > _MOST_TAGS:
        raise Unusual(f"of more than {_MOST_TAGS:,} tags")
    total = 0
    for number in range(count):
        place = start + 8 + 20 * number if big else start + 2 + 12 * number
        kind, values = struct.unpack_from(order + ("HQ" if big else "HI"), data, place + 2)
        total += values * _TIFF_SIZES.get(kind, 0)
        (tag,) = struct.unpack_from(order + "H", data, place)
        if tag in _TIFF_PLACES and values > _MOST_STRIPS:
            raise Unusual(f"of more than {_MOST_STRIPS:,} strips")
    if total > 2 * len(data):
        raise ValueError("the tags are larger than the file")


def check_bmp(data: bytes) -> None:
    """Check that a BMP file is not both compressed and large.

    Raises:
        Unusual: It is; Pillow would need minutes for it.
    """
    if len(data) > _LARGEST_PACKED_BMP and data[30:34] in _PACKED_BMP:
        raise Unusual(f"compressed by run lengths, with more than {megabytes(_LARGEST_PACKED_BMP)}")


def _first(table: tuple[tuple[bytes, str], ...], data: bytes) -> str | None:
    start = data[:64]
    return next((kind for pattern, kind in table if re.match(pattern, start, re.DOTALL)), None)
