"""The grid of tiles: before and after, with what was drawn and the label after mixing.

Pictures travel as one JPEG sheet a side, in the same message as the words under the tiles, so that a
change is one round trip and no tile can stand over another's caption.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import streamlit as st

Images = npt.NDArray[np.uint8]

# Full colour resolution: hue is part of what people look for here. Two milliseconds for nine tiles of
# 224 px, where WebP of the same size takes forty.
_JPEG = (
    *(cv2.IMWRITE_JPEG_QUALITY, 90),
    *(cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
)
_HERE = Path(__file__)
_mount = st.components.v2.component(
    "image_grid",
    html="<div class='grid'>\n</div>",
    css=_HERE.with_suffix(".css").read_text(encoding="utf-8"),
    js=_HERE.with_suffix(".js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, kw_only=True)
class Tile:
    """The words of one tile.

    Attributes:
        name: The class of the picture.
        captions: What was drawn for it, a text an op; a line break in one starts a new line.
        notes: What the engine has to say about it besides.
        shares: For a mixed label, each class with its share, largest first; else empty.
    """

    name: str
    captions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    shares: tuple[tuple[str, float], ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return what the browser needs."""
        drawn = ", ".join(self.captions).replace("\n", "; ") or "nothing was drawn"
        return {
            "name": self.name,
            "captions": self.captions or ("unchanged",),
            "notes": self.notes,
            "shares": [(name, share, f"{share:.0%}") for name, share in self.shares],
            "alts": [f"{self.name} before augmentation", f"{self.name} after: {drawn}"],
        }


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


def image_grid(tiles: list[Tile], *, before: bytes, after: bytes, size: int, key: str) -> None:
    """Show the tiles.

    Once they are painted, the grid has an attribute `data-digest`: the name of all that it shows, the
    same for the same pictures and words.

    Args:
        tiles: The words, in the order of the pictures.
        before: `contact_sheet` of the pictures as they are.
        after: `contact_sheet` of the augmented pictures.
        size: The width of one picture in pixels.
        key: The key of the element.
    """
    sheets = {"before": before, "after": after}
    shown = {
        "size": size,
        "columns": columns_of(len(tiles)),
        "sides": [
            {"title": side, "type": "image/jpeg", "bytes": len(sheet), "digest": _digest(sheet)}
            for side, sheet in sheets.items()
        ],
        "tiles": [tile.to_dict() for tile in tiles],
    }
    header = json.dumps({**shown, "digest": _digest(json.dumps(shown).encode())}).encode()
    _mount(data=b"".join([struct.pack("<I", len(header)), header, before, after]), key=key)


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
