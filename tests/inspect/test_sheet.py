"""The sheet: every tile is there, and no text runs out of its column."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageFont

from augment.inspect import sheet
from augment.inspect.sheet import Tile, draw_sheet

WORDS = [
    "shear x +0.31",
    "solarize from 140, add 20",
    "CutMix, box for λ 0.41",
    "turned by more than that",
]


def tile(level: int, *captions: str) -> Tile:
    picture = np.full((40, 40, 3), level, np.uint8)
    return Tile(before=picture, after=255 - picture, name=f"level {level}", captions=captions)


@pytest.mark.parametrize("count", [1, 2, 5, 9])
def test_each_tile_is_shown_before_and_after(count: int) -> None:
    tiles = [tile(10 * number, "nothing drawn") for number in range(count)]
    pixels = np.asarray(draw_sheet(tiles, ["a heading"]))
    for item in tiles:
        for picture in (item.before, item.after):
            assert (pixels == picture[0, 0]).all(axis=2).sum() >= picture.shape[0] * picture.shape[
                1
            ]


def test_nothing_to_show() -> None:
    with pytest.raises(ValueError, match="needs a tile"):
        draw_sheet([], ["a heading"])


@pytest.mark.parametrize("text", [" ".join(WORDS), "W" * 80, ""])
def test_text_stays_within_its_column(text: str) -> None:
    font = sheet._font()
    lines = sheet._wrap([text], font, 150)
    assert lines
    assert all(font.getlength(line) <= 150 for line in lines)
    if " " in text:
        assert " ".join(lines) == sheet._writable(text, font)


def test_long_captions_make_room() -> None:
    short, long = (draw_sheet([tile(9, *lines)], [""]) for lines in (["one"], WORDS))
    assert long.height > short.height
    assert long.width == short.width


def test_a_font_without_greek_spells_it_out() -> None:
    assert sheet._writable("λ 0.5, Rosé, 14°", ImageFont.load_default(13)) == (
        "lambda 0.5, Rose, 14°"
    )
