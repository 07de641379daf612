"""The photographs that come with the project: one class each, cropped into a small set."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from augment.data.images import decode, squares
from augment.data.source import Listing, Original, Pixels, Progress, Source
from augment.errors import DataError

FOLDER = Path(__file__).resolve().parents[3] / "assets" / "flowers"
CROPS = {"train": 16, "validation": 8}
SMALLEST_CROP = 0.6
"""The least edge of a crop, as a share of the largest square on its side."""

NOTE = (
    "Eleven photographs, one class each: the training pictures are crops from the left half of each "
    "flower, the validation pictures are crops from its right half. This is enough to try every "
    "function, but nothing can be learned from the figures: the accuracy is no estimate for other "
    "pictures of flowers."
)

# One over the powers of the real root of x**4 = x + 1: adding them up, modulo 1, covers a cube evenly
# from the first few points on (M. Roberts, "The Unreasonable Effectiveness of Quasirandom Sequences").
_STEPS = tuple(1.2207440846057596**-power for power in (1, 2, 3))


@dataclass(frozen=True, kw_only=True)
class Photograph:
    """A bundled photograph with its author and licence.

    Attributes:
        file: The name of the file.
        flower: The name of its class.
        author: Who took it.
        licence: A short SPDX-like name.
        licence_url: The text of the licence.
        path: The file.
        focus: The point of the flower, in fractions of width and height.
        subject: The rectangle of the flower (left, top, right, bottom), in such fractions.
    """

    file: str
    flower: str
    author: str
    licence: str
    licence_url: str
    path: Path
    focus: tuple[float, float]
    subject: tuple[float, float, float, float]


@functools.cache
def photographs() -> tuple[Photograph, ...]:
    """Return the bundled photographs in the order of their labels.

    Raises:
        DataError: The manifest beside the photographs is missing or not valid.
    """
    manifest = FOLDER / "manifest.json"
    try:
        rows = json.loads(manifest.read_text(encoding="utf-8"))
        return tuple(_photograph(row) for row in rows)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"The list of bundled photographs, {manifest}, cannot be read ({error!r}); "
            "install the project again."
        ) from error


@functools.cache
def source() -> Source:
    """Return the source `bundled`."""
    rows = photographs()
    return Source(
        name="bundled",
        title="Eleven bundled photographs",
        note=NOTE,
        licence="A licence of its own for each photograph; the credits name them.",
        citation="Photographs by " + ", ".join(dict.fromkeys(row.author for row in rows)) + ".",
        version=2,
        prepares_itself=True,
        open=_open,
        class_names=tuple(row.flower for row in rows),
    )


def sides(width: int, height: int, photograph: Photograph) -> dict[str, squares.Box]:
    """Return the two rectangles, side by side without a shared pixel, that crops are taken from."""
    left, top, right, bottom = (
        round(fraction * length)
        for fraction, length in zip(photograph.subject, (width, height) * 2, strict=True)
    )
    middle = (left + right) // 2
    return {"train": (left, top, middle, bottom), "validation": (middle, top, right, bottom)}


def crop_boxes(side: squares.Box, count: int) -> list[squares.Box]:
    """Return `count` squares, spread evenly over places and sizes inside the rectangle `side`."""
    left, top, right, bottom = side
    largest = min(right - left, bottom - top)
    boxes = []
    for number in range(1, count + 1):
        u, v, w = ((0.5 + number * step) % 1.0 for step in _STEPS)
        edge = round(largest * (SMALLEST_CROP + (1 - SMALLEST_CROP) * u))
        x = left + int(v * (right - left - edge + 1))
        y = top + int(w * (bottom - top - edge + 1))
        boxes.append((x, y, x + edge, y + edge))
    return boxes


def _photograph(row: dict[str, Any]) -> Photograph:
    text = {key: str(row[key]) for key in ("file", "flower", "author", "licence", "licence_url")}
    x, y = row.get("focus", (0.5, 0.5))
    left, top, right, bottom = row.get("subject", (0.0, 0.0, 1.0, 1.0))
    return Photograph(
        **text, path=FOLDER / text["file"], focus=(x, y), subject=(left, top, right, bottom)
    )


def _open(progress: Progress) -> Listing:
    progress(0, 0, "reading the photographs")
    rows = photographs()
    # Decoded once for all three splits: 25 MB.
    decoded = [_decode(row) for row in rows]
    named = {
        split: [
            (name, label, box)
            for label, (row, image) in enumerate(zip(rows, decoded, strict=True))
            for name, box in _boxes(row, image, split)
        ]
        for split in ("photographs", *CROPS)
    }

    def originals(split: str, start: int) -> Iterator[Original]:
        for name, label, (left, top, right, bottom) in named[split][start:]:
            part = decoded[label][top:bottom, left:right]
            yield Original(name=name, label=label, load=functools.partial(_unchanged, part))

    return Listing(
        class_names=tuple(row.flower for row in rows),
        counts={split: len(entries) for split, entries in named.items()},
        originals=originals,
        fingerprint=hashlib.sha256(repr(named).encode()).hexdigest(),
    )


def _unchanged(part: Pixels, least_side: int) -> Pixels:
    return part


def _decode(row: Photograph) -> Pixels:
    try:
        return decode.decode(row.path.read_bytes(), row.file)
    except OSError as error:
        raise DataError(
            f"The bundled photograph {row.path} cannot be read ({error.strerror}); "
            "install the project again."
        ) from error


def _boxes(row: Photograph, image: Pixels, split: str) -> list[tuple[str, squares.Box]]:
    height, width = image.shape[:2]
    if split == "photographs":
        return [(row.file, squares.square_box(width, height, row.focus))]
    boxes = crop_boxes(sides(width, height, row)[split], CROPS[split])
    return [(f"{row.file}/{split}/{number}", box) for number, box in enumerate(boxes)]
