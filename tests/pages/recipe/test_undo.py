from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from augment import Recipe, address
from augment.presets import PRESETS
from tests.pages.shown import (
    add_step,
    by_label,
    choose,
    digest,
    errors,
    parameter,
    send_edit,
    setting,
    slide,
    switch,
)

Open = Callable[..., AppTest]


def recipe_of(app: AppTest) -> Recipe:
    """Return the recipe that the address holds."""
    return Recipe.from_json(address.decode(parameter(app, "r")))


def press(app: AppTest, label: str) -> AppTest:
    button = by_label(app.button, label)
    assert not button.disabled
    return button.click().run()


def ways(app: AppTest) -> tuple[bool, bool]:
    """Return whether there is a way back and one on."""
    undo, redo = (not by_label(app.button, label).disabled for label in ("Undo", "Redo"))
    return undo, redo


def choose_preset(app: AppTest, title: str) -> None:
    by_label(app.button, "Start from a preset").click().run()
    choose(app, title)


def test_a_visitor_has_nothing_to_undo_yet(open_page: Open) -> None:
    assert ways(open_page()) == (False, False)
    link = address.encode(PRESETS["mixing"].recipe.to_json())
    assert ways(open_page(r=link)) == (False, False)
    assert ways(open_page(r="garbage")) == (False, False)


def test_a_value_comes_back_with_its_slider(open_page: Open) -> None:
    app = open_page()
    before = digest(app)
    slide(app, "Magnitude", 0.9)
    after = digest(app)
    assert ways(app) == (True, False)
    press(app, "Undo")
    assert errors(app) == []
    assert digest(app) == before
    assert setting(app, "Magnitude")["value"] == 0.3
    assert recipe_of(app) == PRESETS["guide"].recipe
    assert ways(app) == (False, True)
    press(app, "Redo")
    assert digest(app) == after
    assert setting(app, "Magnitude")["value"] == 0.9
    assert ways(app) == (True, False)


def pasted(app: AppTest) -> None:
    app.session_state["share"] = True
    app.run()
    text = '{"version": 1, "steps": [{"op": "hue"}]}'
    by_label(app.text_area, "Paste a recipe").set_value(text)
    by_label(app.button, "Load this recipe").click().run()


CHANGES: dict[str, Callable[[AppTest], object]] = {
    "switch": lambda app: switch(app, "CutMix", on=False),
    "choice": lambda app: slide(app, "Policy", "paper"),
    "step": lambda app: add_step(app, "Solarize"),
    "preset": lambda app: choose_preset(app, "AugMix"),
    "removed": lambda app: send_edit(app, kind="remove", step="cut_mix"),
    "text": pasted,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_every_change_is_undone(open_page: Open, change: Callable[[AppTest], object]) -> None:
    app = open_page()
    first = recipe_of(app)
    change(app)
    second = recipe_of(app)
    assert second != first
    assert recipe_of(press(app, "Undo")) == first
    assert errors(app) == []
    assert recipe_of(press(app, "Redo")) == second
    assert ways(app) == (True, False)


def test_something_new_takes_the_place_of_what_was_undone(open_page: Open) -> None:
    app = open_page()
    slide(app, "Magnitude", 0.9)
    slide(app, "Rate", 0.1)
    press(app, "Undo")
    slide(app, "Rate", 0.8)
    assert ways(app) == (True, False)
    press(app, "Undo")
    assert ways(press(app, "Undo")) == (False, True)
    press(app, "Redo")
    press(app, "Redo")
    params = recipe_of(app).steps[0].params
    assert (params["magnitude"], params["rate"]) == (0.9, 0.8)


def test_a_change_that_comes_in_one_message_with_the_click_is_the_one_that_is_undone(
    open_page: Open,
) -> None:
    app = open_page()
    slide(app, "Magnitude", 0.9)
    by_label(app.button, "Undo").click()
    slide(app, "Rate", 0.1)
    params = recipe_of(app).steps[0].params
    assert (params["magnitude"], params["rate"]) == (
        0.9,
        PRESETS["guide"].recipe.steps[0].params["rate"],
    )
    by_label(app.button, "Redo").click()
    slide(app, "Magnitude", 0.8)
    params = recipe_of(app).steps[0].params
    assert (params["magnitude"], ways(app)) == (0.8, (True, False))


def test_what_is_refused_is_no_change(open_page: Open) -> None:
    app = open_page()
    app.session_state["share"] = True
    app.run()
    by_label(app.text_area, "Paste a recipe").set_value("{")
    by_label(app.button, "Load this recipe").click().run()
    assert len(errors(app)) == 1
    assert ways(app) == (False, False)


def test_undoing_takes_the_sentence_about_a_recipe_away(open_page: Open) -> None:
    app = open_page()
    slide(app, "Magnitude", 0.9)
    app.session_state["share"] = True
    app.run()
    by_label(app.text_area, "Paste a recipe").set_value("{")
    by_label(app.button, "Load this recipe").click().run()
    assert len(errors(app)) == 1
    assert errors(press(app, "Undo")) == []
