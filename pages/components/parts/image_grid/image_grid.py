"""The words of one picture of the grid, and of the headings of many.

The grid of tiles: before and after, with what was drawn and the label after mixing.

Pictures travel as one JPEG sheet a side, in the same message as the words under the tiles, so that a
change is one round trip and no tile can stand over another's caption.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt
import streamlit as st


@dataclass(frozen=True, kw_only=True)
class Detail:
    """One op that was drawn.

    Attributes:
        title: What the op is called.
        values: Each of its arguments with its value, in words.
    """

    title: str
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Tile:
    """The words of one tile.

    Attributes:
        name: The class of the picture, or what else tells it from the others.
        captions: What was drawn for it, a text an op; a line break in one starts a new line.
        notes: What the engine has to say about it besides.
        shares: For a mixed label, each class with its share, largest first; else empty.
        details: All that was drawn, for the large view; where empty, the captions stand there.
        mark: A word or two on the picture, as in "as in the grid".
    """

    name: str
    captions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    shares: tuple[tuple[str, float], ...] = ()
    details: tuple[Detail, ...] = ()
    mark: str = ""

    def to_dict(self, place: str = "") -> dict[str, object]:
        """Return what the browser needs; the place is where the tile stands under its headings."""
        drawn = ", ".join(self.captions).replace("\n", "; ") or "nothing was drawn"
        title = _together(self.name, place)
        return {
            "name": self.name,
            "title": title,
            "mark": self.mark,
            "captions": self.captions or ("unchanged",),
            "notes": self.notes,
            "shares": [(name, share, f"{share:.0%}") for name, share in self.shares],
            "details": [(detail.title, detail.values) for detail in self.details],
            "alts": [f"{title} before augmentation", f"{title} after: {drawn}"],
        }


@dataclass(frozen=True, kw_only=True)
class Headings:
    """What the tiles stand under, row by row.

    Attributes:
        across_title: What changes from left to right.
        across: Its values, one a column.
        down_title: What changes from top to bottom.
        down: Its values, one a row. Where there are none, the tiles are one row that wraps.
    """

    across_title: str
    across: tuple[str, ...]
    down_title: str = ""
    down: tuple[str, ...] = ()

    def places(self) -> list[str]:
        """Return in words where each tile stands, row by row."""
        columns = [f"{self.across_title} {value}" for value in self.across]
        rows = [f"{self.down_title} {value}" for value in self.down]
        return [f"{column}, {row}" for row, column in product(rows, columns)] if rows else columns

    def to_dict(self) -> dict[str, object]:
        """Return what the browser needs."""
        return {
            "across_title": self.across_title,
            "across": self.across,
            "down_title": self.down_title,
            "down": self.down,
        }


def _together(name: str, place: str) -> str:
    """Return the name and the place of a tile; the place alone where the name only repeats it."""
    repeated = set(name.replace(",", " ").split()) <= set(place.replace(",", " ").split())
    return place if repeated else ", ".join(words for words in (name, place) if words)


__all__ = ["Detail", "Headings", "Images", "Tile", "columns_of", "contact_sheet", "image_grid"]

Images = npt.NDArray[np.uint8]

# Full colour resolution: hue is part of what people look for here. Two milliseconds for nine tiles of
# 224 px, where WebP of the same size takes forty.
_JPEG = (
    *(cv2.IMWRITE_JPEG_QUALITY, 90),
    *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
)
_NAME = "image_grid"


def _read(*names: str) -> str:
    here = Path(__file__).parent
    return "\n".join((here / name).read_text(encoding="utf-8") for name in names)


_mount = st.components.v2.component(
    _NAME,
    html=_read(f"{_NAME}.html"),
    css=_read(f"{_NAME}.css", f"{_NAME}_large.css"),
    js=_read(f"{_NAME}.js", f"{_NAME}_tiles.js", f"{_NAME}_large.js"),
)


def contact_sheet(images: Images) -> bytes:
    """Return square pictures (B, S, S, 3) side by side, row by row, as one JPEG."""
    count, size = images.shape[:2]
    columns = columns_of(count)
    rows = math.ceil(count / columns)
    sheet = np.zeros((rows * size, columns * size, 3), np.uint8)
    for n, image in enumerate(images):
        top, left = n // columns * size, n % columns * size
        sheet[top : top + size, left : left + size] = image
    packed, jpeg = cv2.imencode(".jpg", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR), _JPEG)
    if not packed:
        raise RuntimeError("the sheet of pictures could not be compressed")
    return jpeg.tobytes()


def columns_of(count: int) -> int:
    """Return how many pictures stand in a row of a sheet."""
    return math.isqrt(max(count - 1, 0)) + 1


def image_grid(
    tiles: Sequence[Tile],
    *,
    before: bytes,
    after: bytes,
    size: int,
    key: str,
    layout: Literal["pairs", "single"] = "pairs",
    before_of: Sequence[int] | None = None,
    headings: Headings | None = None,
) -> None:
    """Show the tiles; each opens large, with before and after in one place.

    Once they are painted, the grid has an attribute `data-digest`: the name of all that it shows, the
    same for the same pictures and words.

    Args:
        tiles: The words, in the order of the augmented pictures.
        before: `contact_sheet` of the pictures as they are.
        after: `contact_sheet` of the augmented pictures.
        size: The width of one picture in pixels.
        key: The key of the element.
        layout: "pairs" shows before and after in each tile, "single" the augmented picture alone.
        before_of: For each tile the number of its picture in `before`; by default its own.
        headings: What the tiles stand under.

    Raises:
        ValueError: The numbers of tiles, of their pictures and of headings do not agree.
    """
    places = headings.places() if headings else [""] * len(tiles)
    befores = range(len(tiles)) if before_of is None else before_of
    if not len(tiles) == len(places) == len(befores):
        counts = f"{len(places)} headings, {len(befores)} pictures before"
        raise ValueError(f"{len(tiles)} tiles, but {counts}")
    sheets = {"before": before, "after": after} if tiles else {}
    shown = {
        "size": size,
        "layout": layout,
        "headings": headings.to_dict() if headings else None,
        "sides": [
            {"title": side, "type": "image/jpeg", "bytes": len(sheet), "digest": _digest(sheet)}
            for side, sheet in sheets.items()
        ],
        "tiles": [
            {**tile.to_dict(place), "at": [int(befores[n]), n]}
            for n, (tile, place) in enumerate(zip(tiles, places, strict=True))
        ],
    }
    header = json.dumps({**shown, "digest": _digest(json.dumps(shown).encode())}).encode()
    packed = [struct.pack("<I", len(header)), header, *sheets.values()]
    _mount(data=b"".join(packed), key=key)


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
