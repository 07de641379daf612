from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from augment import Recipe
from augment.engine.recipe import MAX_DEPTH
from pages.components.pictures.picture_choice import CROP_AND_SPLITS
from pages.components.recipe.step_menu import actions, when
from pages.components.session import address
from tests.pages.shown import by_label, digest, errors, parameter

Open = Callable[..., AppTest]

STEPS: list[dict[str, Any]] = [
    {"op": "flip", "id": "a"},
    {"op": "one_of", "id": "b", "steps": [{"op": "cut_mix", "id": "c"}, {"op": "hue", "id": "d"}]},
    {"op": "grid_mask", "id": "e"},
]


def opened(open_page: Open, *steps: dict[str, Any]) -> AppTest:
    text = json.dumps({"version": 1, "steps": list(steps or STEPS)})
    return open_page(r=address.encode(text), size="64", tiles="4")


def recipe_of(app: AppTest) -> Recipe:
    return Recipe.from_json(address.decode(parameter(app, "r")))


def outline(recipe: Recipe) -> str:
    """Return the ids of the steps, children in brackets."""

    def of(steps: Any) -> str:
        return " ".join(s.id + (f"[{of(s.steps)}]" if s.op == "one_of" else "") for s in steps)

    return of(recipe.steps)


def menu(app: AppTest, step: str) -> Any:
    return next(each for each in app.menu_button if each.key.endswith(f" {step}"))


@pytest.mark.parametrize(
    ("step", "action", "after"),
    [
        ("a", "Move down", "b[c d] a e"),
        ("e", "Move up", "a e b[c d]"),
        ("d", "Move up", "a b[d c] e"),
        ("a", "Move into One of below", "b[a c d] e"),
        ("e", "Move into One of above", "a b[c d e]"),
        ("c", "Move out of One of", "a b[d] c e"),
        ("b", "Remove", "a e"),
        ("a", "Duplicate", "a flip b[c d] e"),
        ("b", "Duplicate", "a b[c d] one_of[cut_mix hue] e"),
    ],
)
def test_a_step_is_moved_copied_and_removed(
    open_page: Open, step: str, action: str, after: str
) -> None:
    app = opened(open_page)
    menu(app, step).click(action).run()
    assert errors(app) == []
    assert outline(recipe_of(app)) == after


def test_only_what_can_be_done_is_offered() -> None:
    recipe = Recipe.from_dict({"version": 1, "steps": STEPS})
    offered = {step.id: list(actions(recipe, step)) for step in recipe.walk()}
    always = ["Duplicate", "Remove"]
    assert offered == {
        "a": ["Move down", "Move into One of below", *always],
        "b": ["Move up", "Move down", *always],
        "c": ["Move down", "Move out of One of", *always],
        "d": ["Move up", "Move out of One of", *always],
        "e": ["Move up", "Move into One of above", *always],
    }


def test_a_move_that_nests_too_deep_is_refused_and_changes_nothing(open_page: Open) -> None:
    deep: dict[str, Any] = {"op": "one_of", "id": "p1", "steps": [{"op": "flip"}]}
    for level in range(2, MAX_DEPTH):
        deep = {"op": "one_of", "id": f"p{level}", "steps": [deep]}
    app = opened(open_page, deep, {"op": "one_of", "id": "x", "steps": [{"op": "hue"}]})
    before = outline(recipe_of(app))
    menu(app, f"p{MAX_DEPTH - 1}").click("Move into One of below").run()
    [sentence] = errors(app)
    assert "deep" in sentence
    assert outline(recipe_of(app)) == before


def test_a_copy_has_draws_of_its_own(open_page: Open) -> None:
    app = opened(open_page, {"op": "rotate", "id": "a"})
    before = digest(app)
    menu(app, "a").click("Duplicate").run()
    assert digest(app) != before
    values = [step.params for step in recipe_of(app).steps]
    assert values[0] == values[1]


def test_when_has_the_probability_and_the_number_of_classes() -> None:
    steps = [
        {"op": "flip"},
        {"op": "flip", "probability": 0.25},
        {"op": "flip", "classes": [3]},
        {"op": "flip", "probability": 0.5, "classes": [3, 4]},
    ]
    recipe = Recipe.from_dict({"version": 1, "steps": steps})
    assert [when(step) for step in recipe.steps] == [
        "Always", "25%", "Always, 1 class", "50%, 2 classes",
    ]  # fmt: skip


def open_when(app: AppTest, step: str) -> None:
    """Open the popover with the probability and the classes of a step."""
    app.session_state[f"when {app.session_state['recipe_version']} {step}"] = True
    app.run()


def boxes(app: AppTest) -> list[str]:
    labels = [block.proto.popover.label for block in app.get("popover")]
    return [label for label in labels if label != CROP_AND_SPLITS]


def test_probability_and_classes_change_the_pictures(open_page: Open) -> None:
    app = opened(open_page, {"op": "invert", "id": "a"})
    before = digest(app)
    assert "Probability" not in [slider.label for slider in app.slider]
    open_when(app, "a")
    by_label(app.slider, "Probability").set_value(0.5).run()
    assert errors(app) == []
    halved = digest(app)
    assert halved != before
    open_when(app, "a")
    by_label(app.multiselect, "Only for these classes").set_value([0, 2]).run()
    assert digest(app) != halved
    [step] = recipe_of(app).steps
    assert (step.probability, step.classes) == (0.5, (0, 2))
    open_when(app, "a")
    by_label(app.multiselect, "Only for these classes").set_value([]).run()
    assert recipe_of(app).steps[0].classes is None


def test_a_class_that_the_data_do_not_have_is_shown_by_its_number(open_page: Open) -> None:
    """However high the number in a link is, there are not that many to choose from."""
    app = opened(open_page, {"op": "invert", "id": "a", "classes": [1, 10**12]})
    open_when(app, "a")
    classes = by_label(app.multiselect, "Only for these classes")
    assert len(classes.options) == 12
    assert classes.options[-1] == "class 1000000000000"
    assert classes.value == [1, 10**12]


def test_the_label_of_the_popover_changes_once_it_is_closed(open_page: Open) -> None:
    """Another label would make another popover, which would close while its slider is moved."""
    app = opened(open_page, {"op": "invert", "id": "a"})
    open_when(app, "a")
    by_label(app.slider, "Probability").set_value(0.5).run()
    open_when(app, "a")
    assert boxes(app) == ["Always"]
    app.session_state[f"when {app.session_state['recipe_version']} a"] = False
    app.run()
    assert boxes(app) == ["50%"]
