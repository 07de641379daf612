"""The sheet: its tiles and text, and the recipe that the file of a grid carries."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFont

import augment
from augment import Recipe, RecipeError, Samples
from augment.inspect import sheet
from augment.inspect.sheet import Tile, draw_sheet
from augment.presets import PRESETS

WORDS = [
    "shear x +0.31",
    "solarize from 140, add 20",
    "CutMix, box for λ 0.41",
    "turned by more than that",
]
SIZE, COUNT = 40, 6
SAMPLES = Samples(
    ids=np.arange(COUNT),
    labels=np.eye(3, dtype=np.float32)[np.arange(COUNT) % 3],
    images=np.random.default_rng(1).integers(0, 256, (COUNT, SIZE, SIZE, 3), np.uint8),
    class_names=("rose", "açaí", "*tulip*"),
    origin="a garden, 40 px",
)


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
    font = sheet.sheet_font()
    lines = sheet._wrap([text], font, 150)
    assert lines
    assert all(font.getlength(line) <= 150 for line in lines)
    if " " in text:
        assert " ".join(lines) == sheet._writable(text, font)


def test_long_captions_make_the_sheet_higher() -> None:
    short, long = (draw_sheet([tile(9, *lines)], [""]) for lines in (["one"], WORDS))
    assert long.height > short.height
    assert long.width == short.width


def test_a_font_without_greek_spells_it_out() -> None:
    assert sheet._writable("λ 0.5, Rosé, 14°", ImageFont.load_default(13)) == (
        "lambda 0.5, Rose, 14°"
    )


def made(recipe: Recipe) -> tuple[bytes, augment.Plan, augment.Batch]:
    plan = augment.draw(recipe, SAMPLES.ids, seed=4, epoch=9, labels=SAMPLES.labels)
    batch = augment.render(plan, SAMPLES.images, SAMPLES.labels)
    return sheet.grid_png(SAMPLES, recipe, plan, batch), plan, batch


def is_on(pixels: np.ndarray, picture: np.ndarray) -> bool:
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (1, SIZE, 3))[:, :, 0, 0]
    return any(
        np.array_equal(pixels[top : top + SIZE, left : left + SIZE], picture)
        for top, left in np.argwhere((windows == picture[0]).all(axis=(2, 3)))
    )


@pytest.mark.parametrize("name", ["guide", "aug_mix", "nothing"])
def test_the_file_holds_the_pictures_and_the_recipe(name: str) -> None:
    recipe = PRESETS[name].recipe
    png, _, batch = made(recipe)
    with Image.open(io.BytesIO(png)) as opened:
        assert opened.format == "PNG"
        description = opened.info["Description"]
        pixels = np.asarray(opened.convert("RGB"))
    assert all(is_on(pixels, picture) for picture in (*SAMPLES.images, *batch.images))
    assert description.startswith(PRESETS[name].title)
    assert description.endswith("\nseed 4, epoch 9, a garden, 40 px")
    assert Recipe.from_json(sheet.recipe_text(png)) == recipe


def test_a_recipe_with_any_letters_is_read_back() -> None:
    recipe = Recipe.from_dict(
        {"version": 1, "steps": [{"op": "flip", "id": "é 花 \U0001f600\x00"}]}
    )
    assert Recipe.from_json(sheet.recipe_text(made(recipe)[0])) == recipe


def test_captions_have_what_was_drawn_and_a_mixed_label() -> None:
    _, plan, batch = made(PRESETS["mix_up"].recipe)
    assert batch.labels is not None
    mixed = 0
    for row, label in enumerate(batch.labels):
        own, *shares = sheet.captions(plan, row, label, SAMPLES.class_names)
        assert own.startswith("MixUp λ ")
        values = [float(share.split()[0]) for share in shares]
        assert values == sorted(values, reverse=True)
        mixed += len(values) > 1
        assert {share.split(maxsplit=1)[1] for share in shares} <= set(SAMPLES.class_names)
    assert mixed
    _, plan, batch = made(PRESETS["nothing"].recipe)
    assert sheet.captions(plan, 0, SAMPLES.labels[0], SAMPLES.class_names) == ("nothing drawn",)


@pytest.mark.parametrize("share", [0.01, 0.02, 0.03, 0.05])
def test_a_small_share_of_a_mixed_label_is_named(share: float) -> None:
    label = np.array([share, 0.9 - share, 0.1, 0.0], np.float32)
    shares = sheet.mixed_shares(label, ("rose", "daisy", "tulip", "lily"))
    assert [name for name, _ in shares] == ["daisy", "tulip", "rose"]
    assert dict(shares)["rose"] == pytest.approx(share)


def test_a_share_that_would_read_0_percent_is_not_named() -> None:
    label = np.array([0.004, 0.996], np.float32)
    assert sheet.mixed_shares(label, ("rose", "daisy")) == ()
    label = np.array([0.004, 0.5, 0.496], np.float32)
    shares = sheet.mixed_shares(label, ("rose", "daisy", "tulip"))
    assert [name for name, _ in shares] == ["daisy", "tulip"]


def test_the_recipe_in_a_line() -> None:
    steps = [
        {"op": "flip", "enabled": False},
        {"op": "rotate"},
        {"op": "one_of", "steps": [{"op": "cut_mix"}, {"op": "mix_up", "enabled": False}]},
    ]
    assert sheet.in_a_line(Recipe.from_dict({"version": 1, "steps": steps})) == (
        "Rotate, then One of (CutMix)"
    )
    assert sheet.in_a_line(PRESETS["nothing"].recipe) == "Nothing: no augmentation"
    assert sheet.in_a_line(PRESETS["mixing"].recipe).startswith("CutMix or MixUp: One of (")


def png_of(*chunks: tuple[bytes, bytes]) -> bytes:
    """Return a file with a header that claims 60,000 x 60,000 pixels, and these chunks."""
    header = (b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    ends = ((b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    return sheet.SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in (header, *chunks, *ends)
    )


def test_only_the_chunk_is_read() -> None:
    assert sheet.recipe_text(png_of((b"tEXt", b"Recipe\0{}"))) == "{}"


@pytest.mark.parametrize(
    "png",
    [
        b"",
        b"not a picture",
        sheet.SIGNATURE,
        png_of(),
        png_of((b"tEXt", b"Comment\0{}")),
        png_of((b"zTXt", b"Recipe\0\0" + zlib.compress(b" " * 100_000_000, 9))),
        png_of((b"zTXt", b"Recipe\0\0garbage")),
        made(PRESETS["nothing"].recipe)[0][:60],
    ],
    ids=["empty", "text", "signature", "bare", "other", "bomb", "garbage", "cut off"],
)
def test_a_file_without_a_recipe_gives_an_error_message(png: bytes) -> None:
    with pytest.raises(RecipeError, match=r"^The picture .*\.$"):
        sheet.recipe_text(png)
