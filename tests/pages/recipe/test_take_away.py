from __future__ import annotations

import hashlib
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from augment import Recipe, data
from augment.data import uploads
from augment.export import OfFiles, OfSplit, to_keras_cv
from augment.presets import PRESETS
from pages.components.parts.copy_link import copy_link
from pages.components.parts.image_grid.image_grid import contact_sheet
from tests.data.images.picture_files import photograph, saved
from tests.pages.shown import by_label, digest, errors, grid

Open = Callable[..., AppTest]
GUIDE = PRESETS["guide"].recipe


def opened(open_page: Open, **parameters: str) -> AppTest:
    """Open Explore, and the box in it."""
    app = open_page(**({"size": "64", "tiles": "4"} | parameters))
    app.session_state["take away"] = True
    return app.run()


def text_of(app: AppTest, kind: str) -> str:
    by_label(app.button_group, "As text").set_value(kind).run()
    assert errors(app) == []
    [code] = [block for block in app.code if "\n" in block.value]
    return str(code.value)


def downloads(app: AppTest) -> list[str]:
    return [button.label for button in app.get("download_button")]


def said(app: AppTest) -> list[str]:
    return [caption.value.replace("\\", "") for caption in app.caption]


def run(script: str, folder: Path) -> dict[str, Any]:
    path = folder / "script.py"
    path.write_text(script, encoding="utf-8")
    return runpy.run_path(str(path))


def after(app: AppTest) -> str:
    """Return the name of the augmented pictures in the grid."""
    return str(grid(app)["sides"][1]["digest"])


def name_of(images: np.ndarray) -> str:
    return hashlib.blake2b(contact_sheet(images), digest_size=16).hexdigest()


def test_the_box_is_closed_until_it_is_wanted(open_page: Open) -> None:
    app = open_page(size="64", tiles="4")
    assert "Share and take away" in [block.label for block in app.expander]
    assert downloads(app) == []


def test_all_that_can_be_taken_is_there_and_explained(open_page: Open) -> None:
    app = opened(open_page)
    assert errors(app) == []
    assert downloads(app) == ["Download the grid (PNG)", "Download recipe.json"]
    assert all(button.help for button in app.get("download_button"))
    assert any(
        element.proto.component_name.endswith(copy_link.NAME)
        for element in app.get("bidi_component")
    )
    [link] = [words for words in said(app) if words.startswith("The link holds")]
    assert "own pictures" not in link
    for kind, name in (("Code", "explore.py"), ("keras_cv", "explore_keras_cv.py")):
        text_of(app, kind)
        assert downloads(app)[-1] == f"Download {name}"


def test_the_recipe_is_whole(open_page: Open) -> None:
    app = opened(open_page)
    assert Recipe.from_json(text_of(app, "Recipe")) == GUIDE
    assert text_of(app, "Recipe") == GUIDE.to_json(indent=2)


def test_the_code_gives_the_bytes_that_are_shown(open_page: Open, tmp_path: Path) -> None:
    app = opened(open_page, seed="23", epoch="5", split="train", flowers="red rose")
    script = run(text_of(app, "Code"), tmp_path)
    given = script["shown"]()
    images, _ = script["augment_batch"](given.images, given.labels, given.ids, script["EPOCH"])
    assert name_of(images) == after(app)
    assert given.names == ("red rose",) * 4
    other, _ = script["augment_batch"](given.images, given.labels, given.ids, epoch=6)
    assert name_of(other) != after(app)


def test_the_code_follows_what_is_changed(open_page: Open, tmp_path: Path) -> None:
    app = opened(open_page)
    by_label(app.button_group, "As text").set_value("Code").run()
    app.run()
    app.session_state["take away"] = True
    by_label(app.slider, "Magnitude").set_value(0.9).run()
    [code] = [block for block in app.code if "\n" in block.value]
    assert run(code.value, tmp_path)["RECIPE"].steps[0].params["magnitude"] == 0.9


def test_keras_cv_takes_the_same_pictures(open_page: Open) -> None:
    app = opened(open_page)
    split = data.open_prepared("bundled", 64).split("photographs")
    ids = tuple(split.ids[:4].tolist())
    shown = OfSplit(source="bundled", split="photographs", size=64, ids=ids)
    assert text_of(app, "keras_cv") == to_keras_cv(GUIDE, shown=shown).rstrip()
    assert any("cannot be repeated" in words for words in said(app))


def test_own_pictures_are_not_in_the_link_and_are_given_to_the_script(
    open_page: Open, tmp_path: Path
) -> None:
    files = {f"{n}.png": saved(photograph(40, 48, n), "PNG") for n in range(3)}
    paths = [tmp_path / name for name in files]
    for path in paths:
        path.write_bytes(files[path.name])
    app = open_page(data="own", size="64")
    brought = [(name, content, "image/png") for name, content in files.items()]
    by_label(app.file_uploader, "Your pictures").set_value(brought).run()
    app.session_state["take away"] = True
    app.run()
    assert any("Your own pictures are not in it" in words for words in said(app))
    script = run(text_of(app, "Code"), tmp_path)
    assert any("Give it your picture files" in words for words in said(app))
    given = script["shown"](reversed(paths))
    images, _ = script["augment_batch"](given.images, given.labels, given.ids, script["EPOCH"])
    assert name_of(images) == after(app)
    taken = uploads.take(list(files.items()), 64)
    names = ("0", "1", "2")
    own = OfFiles(size=64, ids=tuple(taken.ids.tolist()), classes=(0, 1, 2), class_names=names)
    assert text_of(app, "keras_cv") == to_keras_cv(GUIDE, shown=own).rstrip()


def test_without_pictures_there_is_still_the_recipe(open_page: Open) -> None:
    app = opened(open_page, data="tfds:oxford_flowers102", size="32")
    assert downloads(app) == ["Download recipe.json"]
    assert "def shown" not in text_of(app, "Code")
    assert "size" not in text_of(app, "Recipe")
    assert "tf.random.uniform((8, 32, 32, 3)" in text_of(app, "keras_cv")


def test_the_grid_does_not_change_with_the_box(open_page: Open) -> None:
    app = open_page(size="64", tiles="4")
    before = digest(app)
    assert digest(opened(open_page)) == before
