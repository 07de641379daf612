"""The words of one picture of the grid, and of the headings of many."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product


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
