"""What the bytes of a picture file tell before it is decoded: kind, size, completeness."""

from __future__ import annotations

import re
import struct
import zlib

KINDS = ("JPEG", "PNG", "WebP", "BMP", "GIF", "TIFF")
"""The kinds of files that are decoded."""

MOST_SCANS = 100
"""The most passes of a progressive JPEG; ten are common, and each costs the whole picture."""

_SIGNATURES = (
    (rb"\xff\xd8\xff", "JPEG"),
    (rb"\x89PNG\r\n\x1a\n", "PNG"),
    (rb"RIFF....WEBP", "WebP"),
    (rb"GIF8[79]a", "GIF"),
    (rb"II[*+]\0|MM\0[*+]", "TIFF"),
    (rb"BM", "BMP"),
)
_OTHERS = (
    (rb"....ftyp(heic|heix|hevc|mif1|msf1|heim|heis)", "a HEIC picture"),
    (rb"....ftyp(avif|avis)", "an AVIF picture"),
    (rb"....ftyp", "a film"),
    (rb"....jP  \r\n|\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (rb"\xff\x0a|....JXL ", "a JPEG XL picture"),
    (rb"8BPS", "a Photoshop document"),
    (rb"%PDF", "a PDF document"),
    (rb"PK\x03\x04", "a ZIP archive"),
    (rb"(\xef\xbb\xbf)?\s*<(\?xml|svg|!DOCTYPE|html)", "a drawing or page of text (SVG, HTML)"),
)
_JPEG_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
_SCAN, _END = 0xDA, 0xD9


def kind_of(data: bytes) -> str | None:
    """Return which of `KINDS` the file is by its first bytes, whatever its name says."""
    return _first(_SIGNATURES, data)


def other_kind_of(data: bytes) -> str | None:
    """Return in words what the file is if it is of a known kind that is not decoded."""
    return _first(_OTHERS, data)


def webp_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height of a WebP file; opening one takes memory for all of its pixels.

    Source: RFC 9649, sections 2.5 to 2.7.
    """
    chunk = data[12:16]
    if chunk == b"VP8X" and len(data) >= 30:
        return _little(data[24:27]) + 1, _little(data[27:30]) + 1
    if chunk == b"VP8L" and len(data) >= 25:
        bits = _little(data[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 " and len(data) >= 30:
        return _little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF
    return None


def png_is_complete(data: bytes) -> bool:
    """Return whether a PNG file has all its chunks, and their checksums match.

    Pillow does not check those of the pixels.
    """
    view, start = memoryview(data), 8
    while start + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, start)
        end = start + 12 + length
        if end > len(data):
            return False
        (check,) = struct.unpack_from(">I", data, end - 4)
        if zlib.crc32(view[start + 4 : end - 4]) != check:
            return False
        if name == b"IEND":
            return True
        start = end
    return False


def png_depth(data: bytes) -> int:
    """Return the bits a level of a PNG file has: 1, 2, 4, 8 or 16."""
    return data[24]


def jpeg_scans(data: bytes) -> int:
    """Return how many passes over the picture a JPEG file makes; thumbnails in it do not count."""
    scans, position = 0, 2
    while (found := _JPEG_MARKER.search(data, position)) is not None:
        marker = data[found.end() - 1]
        if marker == _END:
            break
        scans += marker == _SCAN
        position = found.end() + int.from_bytes(data[found.end() : found.end() + 2], "big")
    return scans


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _first(table: tuple[tuple[bytes, str], ...], data: bytes) -> str | None:
    start = data[:64]
    return next((kind for pattern, kind in table if re.match(pattern, start, re.DOTALL)), None)
