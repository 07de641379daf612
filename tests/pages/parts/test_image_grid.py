from __future__ import annotations

import itertools
from typing import Any

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.components.parts.image_grid.image_grid import (
    Detail,
    Headings,
    Share,
    Tile,
    class_colour,
    columns_of,
    contact_sheet,
    grid_frame,
)
from tests.pages.shown import digest, grid

SCRIPT = """
import numpy as np
from pages.components.parts.image_grid.image_grid import (
    Detail, Headings, Tile, contact_sheet, grid_frame, image_grid
)

def sheet(count, grey=90):
    images = np.empty((count, 8, 8, 3), np.uint8)
    for n in range(count):
        images[n] = (grey + 20 * n) % 256
    return contact_sheet(images) if count else b""

def show(names, befores=None, grey=90, **given):
    before = len(names) if befores is None else befores
    tiles = [Tile(name=name) for name in names]
    sheets = {"before": sheet(before), "after": sheet(len(names), grey)}
    image_grid(grid_frame(tiles, **sheets, size=8, **given), key="grid")

"""


def shown(call: str) -> AppTest:
    """Run a page that shows one grid."""
    return AppTest.from_string(SCRIPT + call).run()


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (4, 2), (5, 3), (9, 3), (60, 8)])
def test_a_sheet_is_as_square_as_it_can_be(count: int, columns: int) -> None:
    assert columns_of(count) == columns
    grey = np.linspace(10, 240, count).astype(np.uint8)
    images = np.tile(grey[:, None, None, None], (1, 16, 16, 3))
    contact_sheet(np.full((columns**2, 16, 16, 3), 255, np.uint8))  # in what memory serves again
    sheet = cv2.imdecode(np.frombuffer(contact_sheet(images), np.uint8), cv2.IMREAD_COLOR)
    assert sheet is not None
    assert sheet.shape[1] == columns * 16
    for n, level in enumerate(grey):
        top, left = n // columns * 16, n % columns * 16
        middle = sheet[top + 4 : top + 12, left + 4 : left + 12].astype(int)
        assert np.abs(middle - int(level)).max() <= 3
    places = range(count, columns * (sheet.shape[0] // 16))
    assert not any(sheet[n // columns * 16 :, n % columns * 16 :][4:12, 4:12].any() for n in places)


def test_a_sheet_keeps_its_colours() -> None:
    image = np.zeros((1, 16, 16, 3), np.uint8)
    image[..., 0] = 200
    sheet = cv2.imdecode(np.frombuffer(contact_sheet(image), np.uint8), cv2.IMREAD_COLOR_RGB)
    assert sheet is not None
    assert sheet[..., 0].min() > 190
    assert sheet[..., 1:].max() < 10


def test_by_default_each_tile_has_its_own_picture_of_both_sheets() -> None:
    frame = grid(shown("show(['a', 'b', 'c'])"))
    assert frame["layout"] == "pairs"
    assert frame["headings"] is None
    assert [tile["at"] for tile in frame["tiles"]] == [[0, 0], [1, 1], [2, 2]]
    assert [side["title"] for side in frame["sides"]] == ["before", "after"]
    assert frame["tiles"][1]["alts"] == ["b before augmentation", "b after: nothing was drawn"]


def test_many_tiles_may_come_from_one_picture() -> None:
    frame = grid(shown("show(['a', 'b'], 1, layout='single', before_of=[0, 0])"))
    assert frame["layout"] == "single"
    assert [tile["at"] for tile in frame["tiles"]] == [[0, 0], [0, 1]]


def test_headings_are_part_of_the_titles_of_tiles() -> None:
    names = "['rose'] * 6"
    headings = (
        "Headings(across_title='M', across=('0', '0.5', '1'), down_title='N', down=('1', '2'))"
    )
    frame = grid(shown(f"show({names}, headings={headings})"))
    assert [tile["title"] for tile in frame["tiles"]] == [
        *("rose, M 0, N 1", "rose, M 0.5, N 1", "rose, M 1, N 1"),
        *("rose, M 0, N 2", "rose, M 0.5, N 2", "rose, M 1, N 2"),
    ]
    assert frame["tiles"][5]["alts"][0] == "rose, M 1, N 2 before augmentation"
    assert frame["headings"]["down"] == ["1", "2"]


def test_a_strip_has_headings_across_only() -> None:
    frame = grid(shown("show(['', ''], headings=Headings(across_title='M', across=('0', '1')))"))
    assert [tile["title"] for tile in frame["tiles"]] == ["M 0", "M 1"]


@pytest.mark.parametrize(
    ("name", "title"), [("0, 2", "M 0, N 2"), ("", "M 0, N 2"), ("rose", "rose, M 0, N 2")]
)
def test_a_name_that_repeats_the_headings_is_left_out(name: str, title: str) -> None:
    assert Tile(name=name).to_dict("M 0, N 2")["title"] == title


@pytest.mark.parametrize(
    "given", [{"before_of": [0]}, {"headings": Headings(across_title="M", across=("0",))}]
)
def test_tiles_without_their_picture_or_heading_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="2 tiles, but "):
        grid_frame([Tile(name="a")] * 2, before=b"", after=b"", size=8, **given)


def test_no_tiles_are_a_frame_without_sheets() -> None:
    frame = grid(shown("show([])"))
    assert frame["tiles"] == frame["sides"] == []


def test_the_digest_depends_on_everything_that_is_shown() -> None:
    calls = ["show(['a'])", "show(['b'])", "show(['a'], layout='single')", "show(['a', 'a'])"]
    assert len({digest(shown(call)) for call in calls}) == len(calls)
    assert digest(shown(calls[0])) == digest(shown(calls[0]))


def test_a_tile_has_all_its_texts() -> None:
    tile = Tile(
        name="rose",
        captions=("posterize 4 bits", "AugMix\n20% invert"),
        notes=("no partner",),
        shares=(
            Share(name="rose", index=0, share=0.7, is_own=True),
            Share(name="tulip", index=9, share=0.3),
        ),
        details=(Detail(title="Posterize", values=(("bits", "4"),), partner=2),),
        mark="as in the grid",
    )
    texts = tile.to_dict()
    assert texts["shares"] == [
        ("70% its own", 0.7, (0.0, 0), True),
        ("30% is tulip", 0.3, (157.57, 1), False),
    ]
    assert texts["details"] == [("Posterize", (("bits", "4"),), 2)]
    assert texts["mark"] == "as in the grid"
    assert texts["alts"] == [
        "rose before augmentation",
        "rose after: posterize 4 bits, AugMix; 20% invert",
    ]


def test_a_matrix_has_as_many_places_as_tiles() -> None:
    matrix = Headings(across_title="M", across=("0", "1"), down_title="N", down=("1", "2", "3"))
    assert len(matrix.places()) == 6
    assert matrix.places()[2] == "M 0, N 2"


def test_under_another_heading_a_class_of_its_own_is_named() -> None:
    own = Share(name="rose", index=3, share=0.72, is_own=True)
    assert own.in_words("Epoch 4") == "72% rose, its own"


@pytest.mark.parametrize("count", [11, 102, 1000])
def test_classes_have_colours_of_their_own(count: int) -> None:
    colours = [class_colour(index) for index in range(count)]
    assert len(set(colours)) == count
    hues = sorted(hue for hue, tone in colours if tone == 0)
    # As far apart as the golden angle puts that many: about half of what even steps would be.
    nearest = min(after - before for before, after in itertools.pairwise(hues))
    assert nearest > 0.2 * 360 / count
