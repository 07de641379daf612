"""``preview`` and ``strength`` with the link of a page: what the page shows, as a file and in figures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from augment.cli import main
from augment.presets import PRESETS
from pages.components.parts import frame
from pages.components.parts.image_grid.image_grid import contact_sheet
from pages.components.views import state
from tests.pages.shown import errors, grids, plain

Open = Callable[..., AppTest]
Call = Callable[..., Any]
SIZE = 64
RAND_AUGMENT = PRESETS["guide"].recipe.steps[0].id


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Run a command with the link of a page, and return its document."""

    def run(command: str, app: AppTest, *words: str) -> Any:
        capsys.readouterr()
        link = f"http://localhost:8501/?{urlencode(app.query_params, doseq=True)}"
        assert main([command, "--link", link, "--json", *words]) == 0
        return json.loads(capsys.readouterr().out)

    return run


def cut_out(sheet: Path, tiles: list[dict[str, Any]]) -> np.ndarray:
    """Return the pictures of the tiles from where they are on the sheet."""
    pixels = np.asarray(Image.open(sheet).convert("RGB"))
    places = [tile["at"] for tile in tiles]
    return np.stack([pixels[top : top + SIZE, left : left + SIZE] for left, top in places])


@pytest.mark.parametrize(
    ("view", "parameters"),
    [
        (state.GRID, {}),
        (state.STEPS, {"picture": "3"}),
        (state.SWEEP, {"picture": "2"}),
        (state.SWEEP, {"mixing": "on", "down": f"{RAND_AUGMENT}.augmentations_per_image"}),
        (state.RANGE, {"picture": "4"}),
    ],
)
def test_the_sheet_has_the_tiles_of_the_page(
    view: str, parameters: dict[str, str], open_page: Open, call: Call, tmp_path: Path
) -> None:
    small = {"size": str(SIZE), "tiles": "4", "seed": "23", "epoch": "5"}
    app = open_page(view=view, **small, **parameters)
    assert errors(app) == []
    document = call("preview", app, "--out", str(tmp_path / "sheet.png"))
    assert document["view"] == view.lower()
    tiles = document["tiles"]
    pictures = cut_out(tmp_path / "sheet.png", tiles)
    shown = grids(app)
    start = 0
    for grid in shown:
        count = len(grid["tiles"])
        after = contact_sheet(pictures[start : start + count])
        assert frame.digest_of(after) == grid["sides"][1]["digest"]
        for ours, theirs in zip(tiles[start : start + count], grid["tiles"], strict=True):
            assert ours["name"] == theirs["name"]
            assert ours["present"] == bool(theirs["mark"])
            drawn = [text for text in theirs["captions"] if text != "unchanged"]
            assert ours["captions"][: len(drawn) or 1] == (drawn or ["nothing drawn"])
            if theirs["shares"]:
                shares = sorted((each for each in ours["label"] if each > 0.005), reverse=True)
                assert shares == pytest.approx([share for _, share, *_ in theirs["shares"]])
        start += count
    assert start == len(tiles)


def test_what_is_held_off_on_the_page_is_in_the_document(
    open_page: Open, call: Call, tmp_path: Path
) -> None:
    app = open_page(view=state.RANGE, size=str(SIZE), tiles="4")
    document = call("preview", app, "--out", str(tmp_path / "sheet.png"))
    assert document["mixing"] is False
    found = document["range"]
    assert found["epochs"] == list(range(25))
    draws = [tile["change"] for tile in document["tiles"] if tile["shows"] == "after"]
    assert found["mean_change"] == pytest.approx(np.mean(draws))
    assert found["untouched"] == pytest.approx(np.mean(np.equal(draws, 0.0)))
    text = plain("\n".join(each.value for each in app.caption))
    assert f"{found['moved']:.0%} of the pixels vary" in text
    app = open_page(view=state.STEPS, size=str(SIZE), tiles="4")
    skipped = call("preview", app, "--out", str(tmp_path / "sheet.png"))["skipped"]
    text = plain("\n".join(each.value for each in app.markdown))
    assert [each["op"] for each in skipped] == ["grid_mask"]
    assert all(each["reason"] in text for each in skipped)


def test_strength_has_the_figures_of_the_page(open_page: Open, call: Call) -> None:
    app = open_page(view=state.STRENGTH, size=str(SIZE), tiles="4", op="posterize", picture="2")
    assert errors(app) == []
    document = call("strength", app)
    assert document["pictures"] == [2]
    [op] = document["ops"]
    [ours] = op["libraries"]
    table = app.table[0].value
    known = {plain(name): [plain(cell) for cell in table[name]] for name in table.columns}
    both = zip(ours["change"], ours["error"], strict=True)
    assert known["ours: change"] == [f"{mean:.1f} ± {error:.1f}" for mean, error in both]
    assert known["ours: grey levels"] == [f"{levels:.0f}" for levels in ours["levels"]]
    assert known["ours: bits left"] == [f"{share:.0%}" for share in ours["bits"]]
    assert known["Bits"] == [str(value) for value in op["values"]]
    shown = plain("\n".join(each.value for each in app.markdown)).replace("**", "")
    assert f"Ours {ours['grows']}" in shown
