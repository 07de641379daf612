from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import augment
from augment import Recipe
from augment.data import samples
from augment.inspect import sheet
from pages.components.session import address
from tests.data.images.picture_files import photograph, saved
from tests.pages.shown import by_label, digest, errors, parameter

Open = Callable[..., AppTest]


def paste(app: AppTest, text: str) -> AppTest:
    """Paste a recipe as a visitor does: open the box, fill it, press the button."""
    app.session_state["take away"] = True
    app.run()
    by_label(app.text_area, "Paste a recipe").set_value(text)
    return by_label(app.button, "Use this recipe").click().run()


def bring(app: AppTest, name: str, content: bytes) -> AppTest:
    """Bring a recipe as a file."""
    app.session_state["take away"] = True
    app.run()
    by_label(app.file_uploader, "or choose a file").set_value((name, content, ""))
    return by_label(app.button, "Use this recipe").click().run()


def nested(depth: int) -> str:
    text = '{"op": "flip"}'
    for _ in range(depth):
        text = f'{{"op": "one_of", "steps": [{text}]}}'
    return f'{{"version": 1, "steps": [{text}]}}'


def test_a_pasted_recipe_takes_over(open_page: Open) -> None:
    app = open_page()
    before = digest(app)
    paste(app, '{"version": 1, "steps": [{"op": "flip", "classes": ["red rose"]}]}')
    assert errors(app) == []
    assert digest(app) != before
    [step] = json.loads(address.decode(parameter(app, "r")))["steps"]
    assert step["op"] == "flip"
    assert step["classes"] == [10]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("{", "not valid JSON"),
        ("[]", 'list of "steps"'),
        ('{"version": 1, "steps": [{"op": "cutmix"}]}', 'did you mean "cut_mix"'),
        ('{"version": 1, "steps": [{"op": "cut_mix", "alfa": 1}]}', 'did you mean "alpha"'),
        ('{"version": 1, "steps": [{"op": "cut_mix", "alpha": "1"}]}', "Step 1 (cut_mix): alpha"),
        ('{"version": 1, "steps": [{"op": "flip", "classes": ["oak"]}]}', 'unknown class "oak"'),
        (nested(50), "deep"),
        (" " * 300_000, "256 KB"),
    ],
)
def test_a_bad_recipe_is_one_sentence_and_the_last_good_picture_stays(
    open_page: Open, text: str, said: str
) -> None:
    app = open_page()
    before, link = digest(app), app.query_params["r"]
    paste(app, text)
    [sentence] = errors(app)
    assert said in sentence
    assert "stays as it was" in sentence
    assert digest(app) == before
    assert app.query_params["r"] == link


def png(*steps: dict[str, object]) -> bytes:
    """Return a picture that was downloaded with a recipe."""
    recipe = Recipe.from_dict({"version": 1, "steps": list(steps)})
    white = np.full((1, 32, 32, 3), 255, np.uint8)
    given = samples.of_arrays(white, np.ones((1, 1), np.float32), np.arange(1), ["white"])
    plan = augment.draw(recipe, given.ids, seed=1, epoch=0)
    return sheet.grid_png(given, recipe, plan, augment.render(plan, white))


def test_a_picture_that_was_downloaded_brings_its_recipe_back(open_page: Open) -> None:
    app = bring(open_page(), "grid.png", png({"op": "invert", "probability": 0.5}))
    assert errors(app) == []
    [step] = json.loads(address.decode(parameter(app, "r")))["steps"]
    assert (step["op"], step["probability"]) == ("invert", 0.5)
    assert by_label(app.text_area, "Paste a recipe").value == ""


def test_a_file_of_json_brings_its_recipe(open_page: Open) -> None:
    app = bring(open_page(), "a.json", b'{"version": 1, "steps": [{"op": "grayscale"}]}')
    assert errors(app) == []
    assert [step["op"] for step in json.loads(address.decode(parameter(app, "r")))["steps"]] == [
        "grayscale"
    ]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.png", sheet.SIGNATURE + b"cut off", "cannot be read"),
        ("photo.png", saved(photograph(8, 8, 1), "PNG"), "The picture holds no recipe"),
        ("a.json", b"\xff\xfe\x00", "not text in UTF-8"),
        ("a.json", b"", "empty"),
    ],
)
def test_a_file_without_a_recipe_is_one_sentence(
    open_page: Open, name: str, content: bytes, said: str
) -> None:
    app = open_page()
    before = digest(app)
    bring(app, name, content)
    [sentence] = errors(app)
    assert said in sentence
    assert digest(app) == before


def test_the_sentence_goes_when_the_recipe_changes(open_page: Open) -> None:
    app = paste(open_page(), "{")
    assert len(errors(app)) == 1
    by_label(app.slider, "Magnitude").set_value(0.5).run()
    assert errors(app) == []
