"""A grid of pictures before and after as an image file, with what was drawn and the recipe itself."""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from augment.engine.op import registry
from augment.engine.plan import Plan
from augment.engine.recipe import Recipe, Step
from augment.engine.render import Batch
from augment.engine.samples import Samples
from augment.errors import ConfigError, RecipeError
from augment.presets import PRESETS

SIGNATURE = b"\x89PNG\r\n\x1a\n"
"""The first bytes of a PNG file."""
MOST_MEGABYTES = 16
"""The largest file that a recipe is read from; a grid of 25 pictures of 256 px has about half of that."""

FORMATS: Mapping[str, str] = MappingProxyType(
    {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
)
"""The format of a file by its ending, in lower case."""

_MOST_PX = {"JPEG": 65_535, "WEBP": 16_383}  # what the formats allow for a side; PNG has 2**31 - 1
_SAVED_WITH: Mapping[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"lossless": True},
}

_RECIPE, _DESCRIPTION = "Recipe", "Description"

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_TEXT_PX = 13
_LINE_PX = 17
_GAP_PX = 12
_NARROWEST_PX = 150  # wide enough for a caption under a tile of 32 px
_INK, _FAINT, _PAPER = (28, 32, 36), (96, 104, 112), (255, 255, 255)
_FONTS = ("DejaVuSans.ttf", "Arial.ttf", "LiberationSans-Regular.ttf")
_SPELT_OUT = {"λ": "lambda", "\u2212": "-", "·": "-", "→": "->"}
SMALLEST_SHARE = 0.005
"""The share of a class from which on it is named; smaller ones would be written as 0.00 or 0%."""


def grid_png(samples: Samples, recipe: Recipe, plan: Plan, batch: Batch) -> bytes:
    """Return a PNG file with the pictures before and after; see `grid_file`."""
    return grid_file(samples, recipe, plan, batch, "PNG")


def grid_file(samples: Samples, recipe: Recipe, plan: Plan, batch: Batch, format: str) -> bytes:
    """Return a file with the pictures before and after, what was drawn, and the labels.

    A PNG file also holds the recipe: its text chunk "Recipe" is the recipe as JSON, and "Description"
    the heading.

    Args:
        samples: The pictures before.
        recipe: The recipe.
        plan: What it drew for them.
        batch: The pictures after.
        format: A value of `FORMATS`. JPEG changes the pixels a little, the others do not.

    Raises:
        ConfigError: The sheet has more pixels along a side than the format allows.
    """
    labels = samples.labels if batch.labels is None else batch.labels
    tiles = [
        Tile(
            before=before,
            after=after,
            name=name,
            captions=captions(plan, row, labels[row], samples.class_names),
        )
        for row, (before, after, name) in enumerate(
            zip(samples.images, batch.images, samples.names, strict=True)
        )
    ]
    epochs = ", ".join(str(epoch) for epoch in sorted({row.epoch for row in plan.rows}))
    heading = [in_a_line(recipe), f"seed {plan.seed}, epoch {epochs}, {samples.origin}"]
    sheet, written = draw_sheet(tiles, heading), io.BytesIO()
    if max(sheet.size) > _MOST_PX.get(format, max(sheet.size)):
        raise ConfigError(
            f"The sheet would have {sheet.width:,} x {sheet.height:,} pixels, but {format} allows at "
            f"most {_MOST_PX[format]:,} along a side; write a PNG, or fewer or smaller pictures."
        )
    if format == "PNG":
        chunks = PngImagePlugin.PngInfo()
        chunks.add_text(_RECIPE, recipe.to_json())
        chunks.add_itxt(_DESCRIPTION, "\n".join(heading))
        sheet.save(written, format, pnginfo=chunks)
    else:
        sheet.save(written, format, **_SAVED_WITH[format])
    return written.getvalue()


def recipe_text(png: bytes) -> str:
    """Return the recipe that `grid_png` wrote into a file, as JSON that is still to be read.

    No pixel is decoded.

    Raises:
        RecipeError: It is not a PNG file, or has no recipe.
    """
    try:
        with PngImagePlugin.PngImageFile(io.BytesIO(png)) as picture:
            text: str = picture.info.get(_RECIPE, "")
    except (OSError, ValueError, SyntaxError):
        raise RecipeError("The picture cannot be read; it is damaged or not a PNG file.") from None
    if not text:
        raise RecipeError(
            "The picture holds no recipe. Only a grid that was downloaded here does, as long as no "
            "other program has saved it again."
        )
    return text


def in_a_line(recipe: Recipe) -> str:
    """Return the titles of a recipe's ops in their order, and of the preset if it is one."""
    preset = next((preset for preset in PRESETS.values() if preset.recipe == recipe), None)
    steps = [_title(step) for step in recipe.steps if step.enabled]
    line = ", then ".join(steps) or "no augmentation"
    return f"{preset.title}: {line}" if preset else line


def captions(
    plan: Plan, row: int, label: npt.NDArray[np.float32], class_names: Sequence[str]
) -> tuple[str, ...]:
    """Return what was drawn for a picture and, where it is mixed, its soft label."""
    found = [*(plan.captions(row) or ["nothing drawn"]), *plan.rows[row].notes]
    found.extend(f"{share:.2f} {name}" for name, share in mixed_shares(label, class_names))
    return tuple(found)


def mixed_shares(
    label: npt.NDArray[np.float32], class_names: Sequence[str]
) -> tuple[tuple[str, float], ...]:
    """Return each class of a mixed label with its share, largest first; nothing for a pure one.

    Args:
        label: float32 (K,), shares that sum to 1.
        class_names: The names of the K classes.
    """
    order = np.argsort(-label, kind="stable")
    shares = [(class_names[k], float(label[k])) for k in order if label[k] > SMALLEST_SHARE]
    return tuple(shares) if len(shares) > 1 else ()


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One picture before and after.

    Attributes:
        before: uint8 (S, S, 3).
        after: uint8 (S, S, 3).
        name: The text under the picture before.
        captions: The lines of text under the picture after; long ones are wrapped.
    """

    before: npt.NDArray[np.uint8]
    after: npt.NDArray[np.uint8]
    name: str
    captions: tuple[str, ...]


def draw_sheet(tiles: Sequence[Tile], heading: Sequence[str]) -> Image.Image:
    """Return a picture with all tiles before on the left and all tiles after on the right.

    Args:
        tiles: At least one; they keep their size, pixel for pixel.
        heading: Lines of text above them; long ones are wrapped.

    Raises:
        ValueError: There are no tiles.
    """
    if not tiles:
        raise ValueError("a sheet needs a tile")
    font = sheet_font()
    side = tiles[0].before.shape[0]
    cell = max(side, _NARROWEST_PX)
    columns = math.ceil(math.sqrt(len(tiles)))
    panel = columns * (cell + _GAP_PX)
    width = 3 * _GAP_PX + 2 * panel
    rows = [tiles[start : start + columns] for start in range(0, len(tiles), columns)]
    texts = [
        [(_wrap([tile.name], font, cell), _wrap(tile.captions, font, cell)) for tile in row]
        for row in rows
    ]
    heights = [
        side + _GAP_PX + _LINE_PX * max(len(lines) for pair in row for lines in pair)
        for row in texts
    ]
    headings = _wrap(heading, font, 2 * panel)
    top = 2 * _GAP_PX + _LINE_PX * (len(headings) + 1)
    sheet = Image.new("RGB", (width, top + sum(heights)), _PAPER)
    pen = ImageDraw.Draw(sheet)
    lefts = (_GAP_PX, 2 * _GAP_PX + panel)
    for number, text in enumerate(headings):
        pen.text((_GAP_PX, _GAP_PX + number * _LINE_PX), text, _INK, font)
    for left, title in zip(lefts, ("before", "after"), strict=True):
        pen.text((left, top - _GAP_PX - _LINE_PX + 4), title, _FAINT, font)
    for row, row_texts, height in zip(rows, texts, heights, strict=True):
        for column, (tile, both) in enumerate(zip(row, row_texts, strict=True)):
            for left, pixels, lines in zip(lefts, (tile.before, tile.after), both, strict=True):
                x = left + column * (cell + _GAP_PX)
                sheet.paste(Image.fromarray(pixels), (x, top))
                for number, text in enumerate(lines):
                    pen.text((x, top + side + 2 + number * _LINE_PX), text, _FAINT, font)
        top += height
    return sheet


def _title(step: Step) -> str:
    title = registry()[step.op].title
    inside = [_title(child) for child in step.steps if child.enabled]
    return f"{title} ({', '.join(inside)})" if inside else title


def sheet_font() -> Font:
    """Return the first font of the system that is known to hold Greek, else Pillow's own."""
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, _TEXT_PX)
        except OSError:
            continue
    return ImageFont.load_default(_TEXT_PX)


def _writable(text: str, font: Font) -> str:
    """Return the text in letters that the font has: Pillow's own knows little more than ASCII."""
    if isinstance(font, ImageFont.FreeTypeFont) and isinstance(font.path, str):
        return text
    for sign, word in _SPELT_OUT.items():
        text = text.replace(sign, word)
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if letter.isascii() or letter == "°")


def _wrap(lines: Sequence[str], font: Font, width: int) -> list[str]:
    """Break lines between words so that each fits; a word that does not fit is cut."""
    wrapped: list[str] = []
    for line in lines:
        current = ""
        for word in _writable(line, font).split():
            longer = f"{current} {word}".strip()
            if current and font.getlength(longer) > width:
                wrapped.append(_cut(current, font, width))
                longer = word
            current = longer
        wrapped.append(_cut(current, font, width))
    return wrapped


def cut_to_width(text: str, font: Font, width: int) -> str:
    """Return a text in letters that the font has, cut so that it is at most so many pixels wide."""
    return _cut(_writable(text, font), font, width)


def _cut(text: str, font: Font, width: int) -> str:
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "...") > width:
        text = text[:-1]
    return text + "..."
