"""JPEG files, decoded strictly: one that is damaged inside is refused, not shown with wrong pixels.

After any damage libjpeg goes on, with a warning that Pillow drops and OpenCV prints. simplejpeg raises
it; it binds the same libjpeg-turbo as Pillow and gives the same pixels. libjpeg also warns of habits of
cameras and programs: those are mended first, so that every warning means a damage.

The decoders get only the parts of a file that they need: no thumbnails, comments, padding, or other data
after the picture, so none of these takes their time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import simplejpeg

from augment.data.images.headers import Unusual
from augment.data.source import Pixels
from augment.system.units import megabytes

MOST_SEGMENTS = 10_000
MOST_SCANS, MOST_SCANNED = 100, 12 * 50 * 1024 * 1024
"""Passes of a progressive file, and pixels in all of them; ten passes are common."""

_START = b"\xff\xd8"
_LONGEST_SCAN_HEAD = 16
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
_END, _SCAN = 0xD9, 0xDA
_TABLES = (0xC4, 0xCC, 0xDB, 0xDD)
_SEQUENTIAL, _PROGRESSIVE = (0xC0, 0xC1, 0xC9), (0xC2, 0xCA)
_FRAMES = (*_SEQUENTIAL, *_PROGRESSIVE, 0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF)
_JFIF, _EXIF, _PROFILE, _ADOBE = 0xE0, 0xE1, 0xE2, 0xEE
_COLOURS = ((_JFIF, b"JFIF\0", 18), (_ADOBE, b"Adobe", 16))
"""Segments that tell the colour space, with their names and least lengths."""
_MOST_PADDING = 1 << 20
"""Bytes that are not in segments before the picture."""
_MOST_EXIF, _MOST_PROFILE = 16, 255
"""Segments of EXIF data and XMP, of which one of the first has the orientation; those of a profile."""
_COEFFICIENTS = 64
_LARGEST_PIXEL = 32
"""Bytes; four components of at most 26 bits a coefficient, each byte perhaps escaped, have 26."""
_EXTRANEOUS = re.compile(r"(\d+) extraneous bytes before marker 0xd9")
_FEW = 2
"""Some webcams end a picture with so many bytes too many; 99 of 100 damages that leave any leave more."""


class Jpeg:
    """The parts of a JPEG file that decoders need.

    Attributes:
        bits: Of a level.
        size: Width and height in pixels.
        scans: How many passes over the picture there are; thumbnails do not count.
    """

    def __init__(self, data: bytes) -> None:
        """Find the parts of a file.

        Raises:
            ValueError, LookupError: The file is damaged or incomplete.
            Unusual: It has more segments than any camera or program writes.
        """
        self.bits, self.size, self.scans = 0, (0, 0), 0
        self._frame, self._components = 0, b""
        self._tables: list[bytes] = []
        self._exif: list[bytes] = []
        self._profile: list[bytes] = []
        # For each component, and each of its coefficients, the number of the lowest bit so far.
        self._lowest: list[list[int | None]] = []
        pieces: list[bytes] = []
        copied = 0
        for marker, start, end in self._segments(data):
            if marker == _SCAN:
                pieces += (data[copied:start] if copied else b"", self._scan(data[start + 4 : end]))
                copied = end
            elif marker == _END:
                pieces.append(data[copied:end])
            elif not copied:
                self._note(marker, data[start:end])
        if any(bit != 0 for component in self._lowest for bit in component):
            raise ValueError("scans are missing")
        self._picture = b"".join(pieces)

    @property
    def head(self) -> bytes:
        """The file up to the first scan, with orientation and colour profile."""
        kept = (*self._exif, *self._profile, *self._without_warnings())
        return b"".join((_START, *kept, self._picture[:_LONGEST_SCAN_HEAD]))

    @property
    def file(self) -> bytes:
        """The file without what no decoder needs."""
        return self.head + self._picture[_LONGEST_SCAN_HEAD:]

    def decoded(self, size: tuple[int, int], colours: str) -> Pixels | None:
        """Return the picture, uint8, (H, W) or (H, W, channels); None if its sampling is a rare one.

        Args:
            size: Width and height, which must be those of the picture or of its reduction by libjpeg.
            colours: "RGB", "GRAY" or "CMYK".

        Raises:
            ValueError: The file is damaged or incomplete.
        """
        tables = b"".join((_START, *self._without_warnings()))
        try:
            return _strictly(tables + self._picture, size, colours)
        except ValueError as error:
            if "subsampling" in str(error):
                return None
            extraneous = _EXTRANEOUS.search(str(error))
            if extraneous is None:
                raise
            if int(extraneous[1]) <= _FEW:
                return _strictly(tables + self._picture, size, colours, strict=False)
            return _strictly(tables + self._without_padding(), size, colours)

    def _without_padding(self) -> bytes:
        """Return the scans without bytes of one value at their end.

        A picture whose end was overwritten by zeros is then too short, of which libjpeg took some as
        pixels.
        """
        scans = self._picture[:-2]
        scans = scans.rstrip(scans[-1:])
        return scans + (b"\0" if scans.endswith(b"\xff") else b"") + self._picture[-2:]

    def _without_warnings(self) -> Iterator[bytes]:
        """Yield the segments before the picture so that libjpeg warns of none."""
        for segment in self._tables:
            if segment[1] == _JFIF:  # of versions other than 1
                yield segment[:9] + b"\1" + segment[10:]
            elif segment[1] == _ADOBE and segment[15]:  # of unknown transforms
                yield segment[:15] + (b"\2" if len(self._lowest) == 4 else b"\1") + segment[16:]
            else:
                yield segment

    def _segments(self, data: bytes) -> Iterator[tuple[int, int, int]]:
        """Yield for each segment its marker, start and end, up to the end of the picture."""
        position, padding = len(_START), 0
        limit = position + _MOST_PADDING
        for _ in range(MOST_SEGMENTS):
            found = _MARKER.search(data, position, limit)
            if found is None:
                if limit < len(data):
                    raise Unusual(f"with more than {megabytes(_MOST_PADDING)} of padding")
                raise ValueError("a marker is missing")
            marker, start, end = data[found.end() - 1], found.start(), found.end()
            padding += 0 if self.scans else start - position
            if marker == _END:
                if not self.scans:
                    raise ValueError("there is no picture")
                yield marker, start, end
                return
            length = int.from_bytes(data[end : end + 2], "big")
            position = end + length
            if length < 2 or position > len(data):
                raise ValueError("a segment is damaged")
            yield marker, start, position
            if self.scans:
                width, height = self.size
                limit = position + _MOST_PADDING + width * height * _LARGEST_PIXEL
            else:
                limit = position + _MOST_PADDING - padding
        raise Unusual(f"of more than {MOST_SEGMENTS:,} parts")

    def _note(self, marker: int, segment: bytes) -> None:
        """Note a segment before the picture if decoders need it."""
        if marker in _FRAMES:
            if self._frame:
                raise ValueError("there are two frames")
            self._frame, self.bits = marker, segment[4]
            self.size = int.from_bytes(segment[7:9], "big"), int.from_bytes(segment[5:7], "big")
            self._components = segment[10 : 10 + 3 * segment[9] : 3]
            self._lowest = [[None] * _COEFFICIENTS for _ in self._components]
            self._tables.append(segment)
        elif marker in _TABLES or any(
            marker == other and segment.startswith(name, 4) and len(segment) >= length
            for other, name, length in _COLOURS
        ):
            self._tables.append(segment)
        elif marker == _EXIF and len(self._exif) < _MOST_EXIF:
            self._exif.append(segment)
        elif marker == _PROFILE and len(self._profile) < _MOST_PROFILE:
            self._profile.append(segment)

    def _scan(self, body: bytes) -> bytes:
        """Note the start of a scan, and return it so that libjpeg does not warn of it."""
        self.scans += 1
        end = 1 + 2 * body[0]
        first, last, bits = body[end], body[end + 1], body[end + 2]
        if self._frame not in _PROGRESSIVE:
            first, last, bits = 0, _COEFFICIENTS - 1, 0
        if self._frame in _SEQUENTIAL:  # some programs write others, which have no meaning there
            body = body[:end] + bytes((first, last, bits))
        before, now = bits >> 4 or None, bits & 15
        left: list[int | None] = list(self._components)  # some cameras give all of them one number
        for component in body[1:end:2]:
            place = left.index(component)
            left[place], lowest = None, self._lowest[place]
            if any(bit != before for bit in lowest[first : last + 1]):
                raise ValueError("scans are missing or come twice")
            lowest[first : last + 1] = [now] * (last + 1 - first)
        return b"\xff\xda" + (len(body) + 2).to_bytes(2, "big") + body


def _strictly(file: bytes, size: tuple[int, int], colours: str, strict: bool = True) -> Pixels:
    width, height = size
    decoded: Pixels = simplejpeg.decode_jpeg(
        file, colours, min_width=width, min_height=height, strict=strict
    )
    if decoded.shape[:2] != (height, width):
        raise ValueError(f"{decoded.shape} pixels instead of {size}")
    return decoded.reshape(height, width) if colours == "GRAY" else decoded
