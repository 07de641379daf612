"""AVIF and HEIC files: whether all data of their pictures are there.

Neither decoder minds zeros instead of pixels, and libheif paints a tile black whose data are missing.

Source: ISO/IEC 14496-12, sections 4.2 and 8.11 (boxes, items and their places), and 23008-12.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from augment.data.images.headers import Unusual

MOST_PARTS = 10_000
"""Boxes at one level, items, and extents; a photograph of 50 megapixels has 200 tiles, an item each."""

_CODED = (b"hvc1", b"hev1", b"av01")
_ZEROS = bytes(16)
"""Neither codec ends with so many: HEVC has three in a row nowhere, and the last bit of AV1 is set."""


def check(data: bytes) -> None:
    """Check that the file has all data of its items, and that those of no picture end with zeros.

    Raises:
        ValueError, LookupError, struct.error: The file is damaged or incomplete.
        Unusual: It has more parts than any program writes.
    """
    for name, start, end in _boxes(data, 0, len(data)):
        if name == b"meta":
            inside = {name: (start, end) for name, start, end in _boxes(data, start + 4, end)}
            if b"iloc" in inside and b"iinf" in inside:
                _check_items(data, inside)
            return


def _check_items(data: bytes, boxes: dict[bytes, tuple[int, int]]) -> None:
    types = dict(_types(data, *boxes[b"iinf"]))
    inner = boxes.get(b"idat", (0, 0))
    for item, method, extents in _places(data, *boxes[b"iloc"]):
        start, end = {0: (0, len(data)), 1: inner}.get(method, (0, 0))
        if method > 1:
            continue  # made of other items
        for offset, length in extents:
            if start + offset + length > end:
                raise ValueError("data of an item are missing")
        if types.get(item) in _CODED and extents:
            offset, length = extents[-1]
            last = start + offset + length if length else end
            if data[last - len(_ZEROS) : last] == _ZEROS:
                raise ValueError("a picture ends with zeros")


def _boxes(data: bytes, position: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield for each box its name, and start and end of its content."""
    for _ in range(MOST_PARTS):
        if position + 8 > end:
            return
        size, name = struct.unpack_from(">I4s", data, position)
        start = position + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start)
            start += 8
        after = position + size if size else end
        if not start <= after <= end:
            raise ValueError("a box is longer than the file")
        yield name, start, after
        position = after
    raise Unusual(f"of more than {MOST_PARTS:,} parts")


def _types(data: bytes, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Yield number and type of each item."""
    start += 8 if data[start] else 6
    for _, begin, _ in _boxes(data, start, end):
        yield struct.unpack_from(">I2x4s" if data[begin] > 2 else ">H2x4s", data, begin + 4)


def _places(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """Yield for each item its number, the method of its place, and its extents as offset and length."""
    version, position = data[start], start + 4

    def number(size: int) -> int:
        nonlocal position
        if position + size > end:
            raise ValueError("the places of items are damaged")
        position += size
        return int.from_bytes(data[position - size : position], "big")

    sizes = number(2)
    of_offset, of_length, of_base = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    of_index = sizes & 15 if version else 0
    parts = 0
    for _ in range(number(4 if version > 1 else 2)):
        item = number(4 if version > 1 else 2)
        method = number(2) & 15 if version else 0
        number(2)
        base, extents = number(of_base), []
        for _ in range(number(2)):
            number(of_index)
            extents.append((base + number(of_offset), number(of_length)))
        parts += 1 + len(extents)
        if parts > MOST_PARTS:
            raise Unusual(f"of more than {MOST_PARTS:,} parts")
        yield item, method, extents
