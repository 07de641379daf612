"""The views of Explore as image files: pictures with what was drawn for them, and the recipe itself."""

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
from augment.engine.plan import Applied, Plan
from augment.engine.recipe import Recipe, Step
from augment.engine.render import Batch
from augment.engine.samples import Samples
from augment.errors import ConfigError, RecipeError
from augment.inspect.views import TileGroup, ViewTile
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
Places = tuple[tuple[int, int], ...]

_TEXT_PX = 13
_LINE_PX = 17
_GAP_PX = 12
_TITLE_GAP_PX = 4
_NARROWEST_PX = 150  # wide enough for a caption under a tile of 32 px
_NARROWEST_SHEET_PX = 480  # and for the lines above a single tile
_INK, _FAINT, _PAPER = (28, 32, 36), (96, 104, 112), (255, 255, 255)
_FONTS = ("DejaVuSans.ttf", "Arial.ttf", "LiberationSans-Regular.ttf")
_SPELT_OUT = {"λ": "lambda", "\u2212": "-", "·": "-", "→": "->"}
SMALLEST_SHARE = 0.005
"""The share of a class from which on it is named; smaller ones would be written as 0.00 or 0%."""


@dataclass(frozen=True, kw_only=True)
class SheetFile:
    """A sheet as a file.

    Attributes:
        content: The bytes of the file.
        places: Where the top left corner of each picture is on it, in pixels: across, down. Of a grid
            these are the pictures after.
    """

    content: bytes
    places: Places


def grid_png(samples: Samples, recipe: Recipe, plan: Plan, batch: Batch) -> bytes:
    """Return a PNG file with the pictures before and after; see `grid_file`."""
    return grid_file(samples, recipe, plan, batch, "PNG").content


def grid_file(samples: Samples, recipe: Recipe, plan: Plan, batch: Batch, format: str) -> SheetFile:
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
    sheet, places = _with_places(tiles, heading)
    return SheetFile(content=_packed(sheet, heading, recipe, format), places=places)


def view_file(
    groups: Sequence[TileGroup],
    heading: Sequence[str],
    class_names: Sequence[str],
    format: str,
    *,
    recipe: Recipe | None = None,
) -> SheetFile:
    """Return a file with the tiles of a view; see `grid_file` for what else it holds.

    Args:
        groups: The tiles, as `augment.inspect.views` makes them.
        heading: Lines of text above them.
        class_names: The names of all classes, for mixed labels.
        format: A value of `FORMATS`.
        recipe: The recipe, if the view is one of a recipe.

    Raises:
        ConfigError: The sheet has more pixels along a side than the format allows.
    """
    sheet, places = draw_groups(groups, heading, class_names)
    return SheetFile(content=_packed(sheet, heading, recipe, format), places=places)


def _packed(
    sheet: Image.Image, heading: Sequence[str], recipe: Recipe | None, format: str
) -> bytes:
    written = io.BytesIO()
    if max(sheet.size) > _MOST_PX.get(format, max(sheet.size)):
        raise ConfigError(
            f"The sheet would have {sheet.width:,} x {sheet.height:,} pixels, but {format} allows at "
            f"most {_MOST_PX[format]:,} along a side; write a PNG, or fewer or smaller pictures."
        )
    if format == "PNG":
        chunks = PngImagePlugin.PngInfo()
        if recipe is not None:
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
    drawn = plan.rows[row]
    return (*_drawn(drawn.ops), *drawn.notes, *_shares(label, class_names))


def captions_of(tile: ViewTile, class_names: Sequence[str]) -> tuple[str, ...]:
    """Return the lines under a tile of a view, as `captions` has them."""
    shares = () if tile.label is None else _shares(tile.label, class_names)
    return (*(tile.texts or _drawn(tile.ops)), *tile.notes, *shares)


def _drawn(ops: Sequence[Applied]) -> tuple[str, ...]:
    return tuple(applied.caption for applied in ops) or ("nothing drawn",)


def _shares(label: npt.NDArray[np.float32], class_names: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{share:.2f} {name}" for name, share in mixed_shares(label, class_names))


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
    return _with_places(tiles, heading)[0]


def _with_places(tiles: Sequence[Tile], heading: Sequence[str]) -> tuple[Image.Image, Places]:
    """Return `draw_sheet`, and where the pictures after are on it."""
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
    places: list[tuple[int, int]] = []
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
                _paste(sheet, pixels, (x, top), lines, font)
            places.append((x, top))
        top += height
    return sheet, tuple(places)


def draw_groups(
    groups: Sequence[TileGroup], heading: Sequence[str], class_names: Sequence[str]
) -> tuple[Image.Image, Places]:
    """Return a picture with all tiles of some groups, the groups one below the other.

    Args:
        groups: At least one; the tiles keep their size, pixel for pixel.
        heading: Lines of text above them; long ones are wrapped.
        class_names: The names of all classes, for mixed labels.

    Returns:
        The picture, and where the top left corner of each tile is on it, in their order.
    """
    font = sheet_font()
    side = groups[0].tiles[0].image.shape[0]
    cell = max(side, _NARROWEST_PX)
    step = cell + _GAP_PX
    width = max(max(group.columns for group in groups) * step + _GAP_PX, _NARROWEST_SHEET_PX)
    headings = _wrap(heading, font, width - 2 * _GAP_PX)
    top = 2 * _GAP_PX + _LINE_PX * len(headings)
    placed: list[tuple[int, int, ViewTile, list[str]]] = []
    titles: list[tuple[int, str]] = []
    for group in groups:
        for line in _wrap(_directions(group), font, width - 2 * _GAP_PX):
            titles.append((top, line))
            top += _LINE_PX
        top += _TITLE_GAP_PX if group.headings else 0
        for start in range(0, len(group.tiles), group.columns):
            row = group.tiles[start : start + group.columns]
            texts = [_wrap(_lines(tile, class_names), font, cell) for tile in row]
            for column, (tile, lines) in enumerate(zip(row, texts, strict=True)):
                placed.append((_GAP_PX + column * step, top, tile, lines))
            top += side + _GAP_PX + _LINE_PX * max(map(len, texts))
    sheet = Image.new("RGB", (width, top), _PAPER)
    pen = ImageDraw.Draw(sheet)
    for number, text in enumerate(headings):
        pen.text((_GAP_PX, _GAP_PX + number * _LINE_PX), text, _INK, font)
    for y, text in titles:
        pen.text((_GAP_PX, y), text, _FAINT, font)
    for x, y, tile, lines in placed:
        _paste(sheet, tile.image, (x, y), lines, font)
    return sheet, tuple((x, y) for x, y, *_ in placed)


def _directions(group: TileGroup) -> list[str]:
    """Return what changes from left to right, and from top to bottom."""
    ways = ("from left to right", "from top to bottom")
    return [f"{heading.title}, {way}" for heading, way in zip(group.headings, ways, strict=False)]


def _lines(tile: ViewTile, class_names: Sequence[str]) -> tuple[str, ...]:
    name = f"{tile.name} ({tile.mark})" if tile.mark else tile.name
    return (name, *captions_of(tile, class_names))


def _paste(
    sheet: Image.Image,
    pixels: npt.NDArray[np.uint8],
    place: tuple[int, int],
    lines: Sequence[str],
    font: Font,
) -> None:
    """Put a picture on a sheet, with lines of text below it."""
    pen, (x, top) = ImageDraw.Draw(sheet), place
    sheet.paste(Image.fromarray(pixels), place)
    for number, text in enumerate(lines):
        pen.text((x, top + len(pixels) + 2 + number * _LINE_PX), text, _FAINT, font)


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
