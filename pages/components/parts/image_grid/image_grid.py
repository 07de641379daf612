"""The grid of tiles: before and after, with what was drawn and the label after mixing.

The pictures of each side are sent as one JPEG sheet, in the same message as the texts of the tiles, so
that a change is one round trip and a tile never has the caption of another.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from augment.engine import memory
from pages.components.parts import frame, jpeg
from pages.components.parts.component import component

Images = npt.NDArray[np.uint8]

_GOLDEN_ANGLE = 180.0 * (3.0 - math.sqrt(5.0))


_mount = component(__file__, "_tiles", "_large", "_live", shared=("frame", "running"))


@dataclass(frozen=True, kw_only=True)
class Detail:
    """One op that was drawn.

    Attributes:
        title: The title of the op.
        values: Each of its arguments with its value, as text.
        partner: The picture that it mixed in, as its number on the sheet before; None for none.
    """

    title: str
    values: tuple[tuple[str, str], ...] = ()
    partner: int | None = None


@dataclass(frozen=True, kw_only=True)
class Share:
    """The share that a class has in a mixed label.

    Attributes:
        name: The name of the class.
        index: Its index among the classes of the data, which gives its colour.
        share: The share, above 0.
        is_own: Whether it is the class that the picture had before.
    """

    name: str
    index: int
    share: float
    is_own: bool = False

    def in_words(self, heading: str) -> str:
        """Return what happened to a picture with this heading, such as "28% is acanthus"."""
        if not self.is_own:
            return f"{self.share:.0%} is {self.name}"
        return f"{self.share:.0%} {'' if heading == self.name else f'{self.name}, '}its own"


def class_colour(index: int) -> tuple[float, int]:
    """Return the colour of a class, the same wherever it is shown: a hue in degrees, and a tone, 0 or 1.

    Multiples of the golden angle are apart for any number of classes; those eight classes further on,
    which come closest, have the other tone. What the tones are in each colour scheme is in the style.
    """
    return round(index * _GOLDEN_ANGLE % 360.0, 2), index // 8 % 2


@dataclass(frozen=True, kw_only=True)
class Tile:
    """The texts of one tile.

    Attributes:
        name: The class of the picture, or another name that identifies it.
        captions: What was drawn for it, a text for each op; it may contain line breaks.
        notes: Further notes of the engine.
        shares: For a mixed label, each of its classes, largest share first; otherwise empty.
        details: All values that were drawn, for the large view; if empty, it shows the captions.
        mark: A short text on the picture, such as "as in the grid".
    """

    name: str
    captions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    shares: tuple[Share, ...] = ()
    details: tuple[Detail, ...] = ()
    mark: str = ""

    def to_dict(self, place: str = "") -> dict[str, object]:
        """Return what the browser needs; `place` is the place of the tile under the headings."""
        drawn = ", ".join(self.captions).replace("\n", "; ") or "nothing was drawn"
        title = _title(self.name, place)
        return {
            "name": self.name,
            "title": title,
            "mark": self.mark,
            "captions": self.captions or ("unchanged",),
            "notes": self.notes,
            "shares": [
                (each.in_words(self.name), each.share, class_colour(each.index), each.is_own)
                for each in self.shares
            ],
            "details": [
                (detail.title, detail.values, -1 if detail.partner is None else detail.partner)
                for detail in self.details
            ],
            "alts": [f"{title} before augmentation", f"{title} after: {drawn}"],
        }


@dataclass(frozen=True, kw_only=True)
class Headings:
    """The headings of the tiles.

    Attributes:
        across_title: What changes from left to right.
        across: Its values, one for each column.
        down_title: What changes from top to bottom.
        down: Its values, one for each row. If empty, the tiles are one row that wraps.
    """

    across_title: str
    across: tuple[str, ...]
    down_title: str = ""
    down: tuple[str, ...] = ()

    def places(self) -> list[str]:
        """Return the place of each tile as text, row by row."""
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


def contact_sheet(images: Images) -> bytes:
    """Return square pictures (B, S, S, 3) side by side, row by row, as one JPEG."""
    count, size = images.shape[:2]
    columns = columns_of(count)
    rows = math.ceil(count / columns)
    sheet = memory.array((rows * size, columns * size, 3))
    sheet[(rows - 1) * size :] = 0  # which may have fewer pictures
    for n, image in enumerate(images):
        top, left = n // columns * size, n % columns * size
        cv2.cvtColor(image, cv2.COLOR_RGB2BGR, dst=sheet[top : top + size, left : left + size])
    return jpeg.encoded(sheet)


def columns_of(count: int) -> int:
    """Return the number of pictures in a row of a sheet."""
    return math.isqrt(max(count - 1, 0)) + 1


def grid_frame(
    tiles: Sequence[Tile],
    *,
    before: bytes,
    after: bytes,
    size: int,
    layout: Literal["pairs", "single", "strip"] = "pairs",
    before_of: Sequence[int] | None = None,
    headings: Headings | None = None,
) -> bytes:
    """Return a grid as the bytes that the browser shows: its texts and both sheets of pictures.

    Equal arguments give equal bytes; see `frame`.

    Args:
        tiles: The texts, in the order of the augmented pictures.
        before: `contact_sheet` of the original pictures.
        after: `contact_sheet` of the augmented pictures.
        size: The width of one picture in pixels.
        layout: "pairs" shows before and after in each tile, "single" the augmented picture alone,
            "strip" the same in one row, which scrolls where it is too long.
        before_of: For each tile the number of its picture in `before`; by default its own.
        headings: The headings of the tiles.

    Raises:
        ValueError: The numbers of tiles, of their pictures and of headings differ.
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
            {
                "title": side,
                "type": "image/jpeg",
                "bytes": len(sheet),
                "digest": frame.digest_of(sheet),
            }
            for side, sheet in sheets.items()
        ],
        "tiles": [
            {**tile.to_dict(place), "at": [int(befores[n]), n]}
            for n, (tile, place) in enumerate(zip(tiles, places, strict=True))
        ],
    }
    return frame.packed({**shown, "digest": frame.digest(shown)}, *sheets.values())


def image_grid(shown: bytes, *, key: str) -> None:
    """Show a grid; each tile opens a large view with before and after in the same place.

    The tiles are one stop of the Tab key. Once it is painted, the grid has an attribute `data-digest`
    with the digest of its pictures and texts; an event `augment:badges` on the document whose details
    have this digest and a text for each tile puts these on the pictures.

    Args:
        shown: What to show, from `grid_frame`.
        key: The key of the element.
    """
    _mount(data=shown, key=key)


def _title(name: str, place: str) -> str:
    """Return the name and the place of a tile; the place alone where the name only repeats it."""
    repeated = set(name.replace(",", " ").split()) <= set(place.replace(",", " ").split())
    return place if repeated else ", ".join(part for part in (name, place) if part)
