"""The box that shares and downloads what Explore shows, and loads a recipe."""

from __future__ import annotations

import hashlib
import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import augment
from augment import Recipe, address, data
from augment.advice import advice_on_values
from augment.cli import main
from augment.data import samples, uploads
from augment.export import LIBRARIES, OfFiles, OfSplit, from_albumentations, to_keras_cv
from augment.inspect import sheet
from augment.presets import PRESETS
from pages.components.parts.image_grid.image_grid import contact_sheet
from pages.components.pictures import picture_choice
from pages.components.pictures.picture_choice import PictureChoice
from pages.components.recipe import advice_notes, share
from tests.conftest import ROOT
from tests.data.images.picture_files import photograph, saved
from tests.pages.shown import by_label, digest, errors, grid, parameter, plain, slide

Open = Callable[..., AppTest]
GUIDE = PRESETS["guide"].recipe


def opened(open_page: Open, **parameters: str) -> AppTest:
    """Open Explore, and the box in it."""
    app = open_page(**({"size": "64", "tiles": "4"} | parameters))
    app.session_state["share"] = True
    return app.run()


def text_of(app: AppTest, kind: str) -> str:
    by_label(app.button_group, "As text").set_value(kind).run()
    assert errors(app) == []
    [code] = [block for block in app.code if "\n" in block.value]
    return str(code.value)


def downloads(app: AppTest) -> list[str]:
    return [button.label for button in app.get("download_button")]


def captions(app: AppTest) -> list[str]:
    return [plain(caption.value) for caption in app.caption]


def run(script: str, folder: Path) -> dict[str, Any]:
    path = folder / "script.py"
    path.write_text(script, encoding="utf-8")
    return runpy.run_path(str(path))


def after(app: AppTest) -> str:
    """Return the digest of the augmented pictures in the grid."""
    return str(grid(app)["sides"][1]["digest"])


def digest_of(images: np.ndarray) -> str:
    return hashlib.blake2b(contact_sheet(images), digest_size=16).hexdigest()


def test_the_box_is_closed_at_first_and_does_not_change_the_grid(open_page: Open) -> None:
    app = open_page(size="64", tiles="4")
    assert "Share" in [block.label for block in app.expander]
    assert downloads(app) == []
    before = digest(app)
    app.session_state["share"] = True
    assert digest(app.run()) == before


def test_everything_that_can_be_shared_is_there_and_explained(open_page: Open) -> None:
    app = opened(open_page)
    assert errors(app) == []
    assert downloads(app) == ["Download the grid (PNG)", "Download recipe.json"]
    assert all(button.help for button in app.get("download_button"))
    assert any(
        element.proto.component_name.endswith("copy_link") for element in app.get("bidi_component")
    )
    [link] = [text for text in captions(app) if text.startswith("The link contains")]
    assert "own pictures" not in link
    assert Recipe.from_json(text_of(app, "Recipe")) == GUIDE
    assert text_of(app, "Recipe") == GUIDE.to_json(indent=2)
    scripts = {"Code": "explore.py"} | {kind: f"explore_{kind}.py" for kind in LIBRARIES}
    for kind, name in scripts.items():
        text_of(app, kind)
        assert downloads(app)[-1] == f"Download {name}"


def test_the_code_gives_the_bytes_that_are_shown(open_page: Open, tmp_path: Path) -> None:
    app = opened(open_page, seed="23", epoch="5", split="train", flowers="red rose")
    script = run(text_of(app, "Code"), tmp_path)
    given = script["shown"]()
    images, _ = script["augment_batch"](given.images, given.labels, given.ids, script["EPOCH"])
    assert digest_of(images) == after(app)
    assert given.names == ("red rose",) * 4
    other, _ = script["augment_batch"](given.images, given.labels, given.ids, epoch=6)
    assert digest_of(other) != after(app)


@pytest.mark.parametrize(("preset", "flowers"), [("mixing", ()), ("guide", ("red rose",))])
def test_the_grid_is_the_file_that_preview_writes(
    preset: str, flowers: tuple[str, ...], shared_home: Path, tmp_path: Path
) -> None:
    prepared = data.open_prepared("bundled", 64)
    choice = PictureChoice(
        source=data.source("bundled"),
        size=64,
        prepared=prepared,
        split="train",
        classes=tuple(prepared.class_names.index(name) for name in flowers),
        count=9,
    )
    pictures, recipe = picture_choice.load(choice), PRESETS[preset].recipe
    plan = augment.draw(recipe, pictures.ids, seed=23, epoch=5, labels=pictures.labels)
    out = tmp_path / "sheet.png"
    words = f"--recipe {preset} --size 64 --split train --seed 23 --epoch 5 --count 9".split()
    chosen = [word for name in flowers for word in ("--class", name)]
    assert main(["preview", "--out", str(out), *words, *chosen]) == 0
    assert out.read_bytes() == share._png(pictures, recipe, plan)


def test_preview_takes_the_link_of_the_page(
    open_page: Open, shared_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = opened(
        open_page,
        seed="23",
        epoch="5",
        split="train",
        flowers="red rose",
        splits="re-split",
        split_seed="4",
        fit="stretch",
    )
    query = urlencode(app.query_params, doseq=True)
    out = tmp_path / "sheet.png"
    link = f"http://localhost:8501/?{query}"
    assert main(["preview", "--link", link, "--out", str(out), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    known = (document["split"], document["splits"], document["fit"], document["size"])
    assert known == ("train", "re-split", "stretch", 64)
    prepared = data.open_prepared("bundled", 64, "stretch", scheme="re-split", seed=4)
    split, rose = prepared.split("train"), prepared.class_names.index("red rose")
    rows = samples.rows_by_class(split.labels, classes=[rose], count=4)
    plan = augment.Plan.from_json(json.dumps(document["plan"]))
    images = np.asarray(split.images[rows])
    assert digest_of(augment.render(plan, images, split.one_hot(rows)).images) == after(app)
    # A query string is enough, an option wins, and any command takes the recipe alone.
    assert (
        main(["preview", "--link", f"?{query}", "--out", str(out), "--seed", "24", "--json"]) == 0
    )
    assert json.loads(capsys.readouterr().out)["plan"]["seed"] == 24
    for recipe in (link, str(out)):
        assert main(["export", recipe, "--to", "augment", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["recipe"] == document["recipe"]


def test_the_advice_of_the_page_is_in_the_document_of_preview(
    shared_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    erased = {"op": "random_erasing", "area_min_factor": 0.7, "area_factor": 0.7}
    steps = [erased, {"op": "grayscale"}, {"op": "brightness", "factor": 1}]
    text = json.dumps({"version": 1, "steps": steps})
    (tmp_path / "recipe.json").write_text(text)
    recipe = Recipe.from_json(text)
    prepared = data.open_prepared("bundled", 64)
    choice = PictureChoice(
        source=data.source("bundled"), size=64, prepared=prepared, split="train", count=9
    )
    given = advice_notes.for_pictures(picture_choice.load(choice), recipe, seed=7, epoch=0).given
    words = f"--recipe {tmp_path}/recipe.json --size 64 --split train --json".split()
    assert main(["preview", "--out", str(tmp_path / "sheet.png"), *words]) == 0
    found = json.loads(capsys.readouterr().out)["advice"]
    assert {advice.about for advice in given} >= {"gone", "colour"}
    told = {(each["about"], each["step"], each["measure"]) for each in found}
    assert {(advice.about, advice.step, advice.measure) for advice in given} <= told
    of_values = {(each.about, each.step, each.measure) for each in advice_on_values(recipe)}
    assert {about for about, _, _ in of_values} == {"range"}
    assert of_values <= told


def test_the_code_follows_a_change(open_page: Open, tmp_path: Path) -> None:
    app = opened(open_page)
    by_label(app.button_group, "As text").set_value("Code").run()
    app.run()
    app.session_state["share"] = True
    slide(app, "Magnitude", 0.9)
    [code] = [block for block in app.code if "\n" in block.value]
    assert run(code.value, tmp_path)["RECIPE"].steps[0].params["magnitude"] == 0.9


def test_the_scripts_with_other_libraries_take_the_same_pictures(open_page: Open) -> None:
    app = opened(open_page)
    split = data.open_prepared("bundled", 64).split("photographs")
    ids = tuple(split.ids[:4].tolist())
    shown = OfSplit(source="bundled", split="photographs", size=64, ids=ids)
    for kind, exported in LIBRARIES.items():
        assert text_of(app, kind) == exported(GUIDE, shown=shown).rstrip()
        assert any(f"{kind} draws for itself" in text for text in captions(app))


def test_own_pictures_are_not_in_the_link_and_are_given_to_the_script(
    open_page: Open, tmp_path: Path
) -> None:
    files = {f"{n}.png": saved(photograph(40, 48, n), "PNG") for n in range(3)}
    paths = [tmp_path / name for name in files]
    for path in paths:
        path.write_bytes(files[path.name])
    app = open_page(data="own", size="64")
    uploaded = [(name, content, "image/png") for name, content in files.items()]
    by_label(app.file_uploader, "Your pictures").set_value(uploaded).run()
    app.session_state["share"] = True
    app.run()
    assert any("It does not contain your own pictures" in text for text in captions(app))
    script = run(text_of(app, "Code"), tmp_path)
    assert any("Pass your picture files as arguments." in text for text in captions(app))
    given = script["shown"](reversed(paths))
    images, _ = script["augment_batch"](given.images, given.labels, given.ids, script["EPOCH"])
    assert digest_of(images) == after(app)
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


def paste(app: AppTest, text: str) -> AppTest:
    """Paste a recipe and load it; the box is open."""
    by_label(app.text_area, "Paste a recipe").set_value(text)
    return by_label(app.button, "Load this recipe").click().run()


def upload(app: AppTest, name: str, content: bytes) -> AppTest:
    """Upload a recipe and load it; the box is open."""
    by_label(app.file_uploader, "or upload a file").set_value((name, content, ""))
    return by_label(app.button, "Load this recipe").click().run()


def steps(app: AppTest) -> list[dict[str, Any]]:
    """Return the steps of the recipe in the address."""
    found: list[dict[str, Any]] = json.loads(address.decode(parameter(app, "r")))["steps"]
    return found


def nested(depth: int) -> str:
    text = '{"op": "flip"}'
    for _ in range(depth):
        text = f'{{"op": "one_of", "steps": [{text}]}}'
    return f'{{"version": 1, "steps": [{text}]}}'


def png(*steps: dict[str, object]) -> bytes:
    """Return a grid that was downloaded with a recipe."""
    recipe = Recipe.from_dict({"version": 1, "steps": list(steps)})
    white = np.full((1, 32, 32, 3), 255, np.uint8)
    given = augment.Samples.of_arrays(white, np.ones((1, 1)), class_names=["white"])
    plan = augment.draw(recipe, given.ids, seed=1, epoch=0)
    return sheet.grid_png(given, recipe, plan, augment.render(plan, white))


def test_a_recipe_is_loaded_as_text_as_a_file_and_as_a_downloaded_grid(open_page: Open) -> None:
    app = opened(open_page)
    before = digest(app)
    paste(app, '{"version": 1, "steps": [{"op": "flip", "classes": ["red rose"]}]}')
    assert errors(app) == []
    assert digest(app) != before
    [step] = steps(app)
    assert (step["op"], step["classes"]) == ("flip", [10])
    assert by_label(app.text_area, "Paste a recipe").value == ""

    upload(app, "a.json", b'{"version": 1, "steps": [{"op": "grayscale"}]}')
    assert errors(app) == []
    assert [step["op"] for step in steps(app)] == ["grayscale"]

    upload(app, "grid.png", png({"op": "invert", "probability": 0.5}))
    assert errors(app) == []
    [step] = steps(app)
    assert (step["op"], step["probability"]) == ("invert", 0.5)


def test_a_pipeline_of_albumentations_is_loaded_with_its_remarks(open_page: Open) -> None:
    saved_by_it = (ROOT / "tests/export/albumentations_2_0_8_detection.json").read_text()
    remarks = from_albumentations(saved_by_it).remarks
    app = paste(opened(open_page), saved_by_it)
    assert errors(app) == []
    assert [step["op"] for step in steps(app)][:3] == ["random_resized_crop", "flip", "one_of"]
    shown = " ".join(plain(block.value) for block in app.markdown)
    assert all(remark in shown for remark in remarks)
    app.session_state["share"] = True
    slide(app, "Crop area factor", 0.5)
    app.session_state["share"] = True
    app.run()
    assert remarks[1] in " ".join(plain(block.value) for block in app.markdown)
    upload(app, "other.json", b'{"version": 1, "steps": []}')
    assert remarks[1] not in " ".join(plain(block.value) for block in app.markdown)
    upload(app, "pipeline.json", saved_by_it.encode())
    assert len(steps(app)) == 10


PASTED = [
    ('{"transform": {"__class_fullname__": "Compose"}}', "transforms is null"),
    ("", "empty"),
    ("{", "not valid JSON"),
    ("[]", 'list of "steps"'),
    ('{"version": 1, "steps": [{"op": "cutmix"}]}', 'did you mean "cut_mix"'),
    ('{"version": 1, "steps": [{"op": "cut_mix", "alfa": 1}]}', 'did you mean "alpha"'),
    ('{"version": 1, "steps": [{"op": "cut_mix", "alpha": "1"}]}', "Step 1 (cut_mix): alpha"),
    ('{"version": 1, "steps": [{"op": "flip", "classes": ["oak"]}]}', 'unknown class "oak"'),
    (nested(50), "deep"),
    (" " * 300_000, "256 KB"),
]
UPLOADED = [
    ("a.png", sheet.SIGNATURE + b"cut off", "cannot be read"),
    ("photo.png", saved(photograph(8, 8, 1), "PNG"), "The picture holds no recipe"),
    ("a.json", b"\xff\xfe\x00", "not text in UTF-8"),
    ("a.json", b"", "empty"),
]


def test_a_bad_recipe_is_one_sentence_and_changes_nothing(open_page: Open) -> None:
    app = opened(open_page)
    before, link = digest(app), app.query_params["r"]

    def refused(message: str) -> None:
        [sentence] = errors(app)
        assert message in sentence
        assert "is unchanged" in sentence
        assert digest(app) == before
        assert app.query_params["r"] == link

    for text, message in PASTED:
        paste(app, text)
        refused(message)
    by_label(app.text_area, "Paste a recipe").set_value("")
    for name, content, message in UPLOADED:
        upload(app, name, content)
        refused(message)


@pytest.mark.parametrize("is_open", [True, False])
def test_the_sentence_goes_when_the_recipe_changes(open_page: Open, is_open: bool) -> None:
    app = paste(opened(open_page), "{")
    app.session_state["share"] = is_open
    app.run()
    assert len(errors(app)) == 1
    app.session_state["share"] = is_open
    slide(app, "Magnitude", 0.5)
    assert errors(app) == []
