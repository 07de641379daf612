from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from augment import address
from augment.presets import PRESETS
from pages.components.views import state
from tests.pages.shown import digest, errors, slide, steps

Open = Callable[..., AppTest]
SMALL = {"size": "64", "tiles": "4"}


def linked(*steps: dict[str, Any]) -> str:
    return address.encode(json.dumps({"version": 1, "steps": list(steps)}))


def at_steps(app: AppTest) -> list[str]:
    """Return the advice at the steps."""
    assert errors(app) == []
    return [sentence for step in steps(app) for sentence in step["advice"]]


def line(app: AppTest) -> dict[str, Any]:
    """Return what the line above the pictures is given."""
    assert errors(app) == []
    protos = [element.proto for element in app.get("bidi_component")]
    [given] = [json.loads(one.json) for one in protos if one.component_name == "advice_line"]
    return dict(given)


def test_the_recipe_of_the_guide_needs_no_advice(open_page: Open) -> None:
    app = open_page(**SMALL)
    assert at_steps(app) == []
    assert line(app)["lines"] == []


def test_advice_comes_with_the_slider(open_page: Open) -> None:
    app = open_page(**SMALL)
    slide(app, "Magnitude", 1.0)
    [advice] = at_steps(app)
    assert "magnitude 1 is more than the recommended" in advice


def test_advice_goes_with_the_slider(open_page: Open) -> None:
    app = open_page(r=linked({"op": "rand_augment", "magnitude": 1.0}), **SMALL)
    assert len(at_steps(app)) == 1
    slide(app, "Magnitude", 0.3)
    assert at_steps(app) == []


def test_what_the_pictures_lose_is_above_them_and_on_their_tiles(open_page: Open) -> None:
    strong = address.encode(PRESETS["too_strong"].recipe.to_json())
    app = open_page(r=strong, **SMALL)
    given = line(app)
    assert any(text.startswith("GridMask: ") for text, _ in given["lines"])
    first, measure = given["lines"][0]
    assert re.search(r"\d of 4 pictures (kept|lost)", first)
    assert re.search(r"\d+%", measure)
    assert given["digest"] == digest(app)
    assert len(given["badges"]) == 4
    assert any(given["badges"])
    elsewhere = line(open_page(r=strong, view="Steps", **SMALL))
    assert elsewhere["lines"] == elsewhere["badges"] == []
    assert elsewhere["sentence"] == state.SENTENCES[state.STEPS]


def test_a_step_within_a_policy_has_its_own_advice(open_page: Open) -> None:
    app = open_page(
        r=linked({"op": "one_of", "steps": [{"op": "shear_x", "x_factor": 1.0}]}), **SMALL
    )
    [advice] = at_steps(app)
    assert "Shear x" in advice
