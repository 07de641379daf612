"""WebP files: size, first picture, and whether a decoder uses all of their data.

Source: RFC 9649 (the container) and RFC 6386 (VP8).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import cv2
import numpy as np

from augment.data.images.headers import Unusual

MOST_CHUNKS = 10_000
"""After which no orientation is looked for, and before which a picture must come."""

_HEAD, _FRAME_HEAD = 12, 16
_LEAST = 32
"""Bytes of a file; OpenCV prints an error of smaller ones."""
_STILL, _FRAME = (b"VP8 ", b"VP8L"), b"ANMF"
_KEPT = (b"VP8X", b"ICCP", b"ANIM", _FRAME, b"ALPH", *_STILL, b"EXIF", b"XMP ")
_UNUSED = 4
"""Decoders need some of the last so many bytes of pixels; encoders write up to three that none needs."""


def size(data: bytes) -> tuple[int, int] | None:
    """Return width and height of a file; opening one takes memory for all of its pixels."""
    chunk = data[12:16]
    if chunk == b"VP8X" and len(data) >= 30:
        return _little(data[24:27]) + 1, _little(data[27:30]) + 1
    if chunk == b"VP8L" and len(data) >= 25:
        bits = _little(data[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 " and len(data) >= 30:
        return _little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF
    return None


def first(data: bytes) -> bytes:
    """Return a file of the first picture alone, with its colour profile and orientation.

    Raises:
        ValueError: The file is damaged or incomplete.
        Unusual: It has more chunks before the picture than any program writes.
    """
    end = 8 + _little(data[4:8])
    if end > len(data):
        raise ValueError("the file is shorter than it says")
    kept: dict[bytes, bytes] = {}
    for number, (name, start, after) in enumerate(_chunks(data, _HEAD, end)):
        if number == MOST_CHUNKS:
            if not kept.keys() & {*_STILL, _FRAME}:
                raise Unusual(f"of more than {MOST_CHUNKS:,} parts")
            break
        if name in _KEPT and name not in kept:
            kept[name] = _chunk(name, data[start:after])
    return _file(b"".join(kept.values()))


def is_used_up(data: bytes) -> bool:
    """Return whether a decoder needs the end of the pixels of a file of one picture.

    They have no checksum, and a decoder makes a picture of any bytes. But after a damage in a lossy file
    it hardly ever arrives at the end of the data just when the picture is complete: it needs more, which
    is an error, or less, which only decoding a shortened file shows. OpenCV takes a sixth of Pillow's
    time for that.
    """
    position, end = _HEAD, len(data)
    for name, start, after in _chunks(data, _HEAD, end):
        if name == _FRAME:
            position, end = start + _FRAME_HEAD, after
    for name, start, after in _chunks(data, position, end):
        if name in _STILL:
            # To an even length: libwebp takes a byte after an odd one for a part of the pixels.
            end = max(start, after - _UNUSED - (after - start) % 2)
            shortened = _file(_chunk(name, data[start:end]))
            if len(shortened) < _LEAST:
                return True
            try:
                return cv2.imdecode(np.frombuffer(shortened, np.uint8), cv2.IMREAD_COLOR) is None
            except cv2.error:
                return True
    raise ValueError("there is no picture")


def _chunks(data: bytes, position: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield for each chunk its name, and start and end of its data."""
    while position + 8 <= end:
        name, start = data[position : position + 4], position + 8
        after = start + _little(data[position + 4 : start])
        if after > end:
            raise ValueError("a chunk is longer than the file")
        yield name, start, after
        position = after + (after - start) % 2


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def _file(chunks: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")
