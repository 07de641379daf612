from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages.components import address
from tests.pages.shown import by_label, digest, errors, parameter

Open = Callable[..., AppTest]


def paste(app: AppTest, text: str) -> AppTest:
    """Paste a recipe as a visitor does: open the box, fill it, press the button."""
    app.session_state["recipe text"] = True
    app.run()
    by_label(app.text_area, "Paste a recipe").set_value(text)
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


def test_the_sentence_goes_when_the_recipe_changes(open_page: Open) -> None:
    app = paste(open_page(), "{")
    assert len(errors(app)) == 1
    by_label(app.slider, "Magnitude").set_value(0.5).run()
    assert errors(app) == []
