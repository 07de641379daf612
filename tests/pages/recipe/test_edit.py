from __future__ import annotations

import pytest

from augment import Recipe, RecipeError
from augment.engine.recipe import MAX_DEPTH, MAX_STEPS
from pages.components.recipe.edit import (
    place_of,
    with_step_added,
    with_step_duplicated,
    with_step_placed,
    with_value,
    without_step,
)

RECIPE = Recipe.from_dict(
    {
        "version": 1,
        "steps": [
            {"op": "flip", "id": "a"},
            {"op": "one_of", "id": "b", "steps": [{"op": "cut_mix", "id": "c"}]},
            {"op": "grid_mask", "id": "d", "classes": [1, 2]},
        ],
    }
)


def ids(recipe: Recipe) -> list[str]:
    return [step.id for step in recipe.walk()]


def test_a_value_changes_and_all_else_stays() -> None:
    changed = with_value(RECIPE, "c", "alpha", 0.5)
    described = RECIPE.to_dict()
    described["steps"][1]["steps"][0]["alpha"] = 0.5
    assert changed.to_dict() == described
    assert RECIPE.steps[1].steps[0].params["alpha"] == 1.0


@pytest.mark.parametrize(
    ("name", "value"), [("enabled", False), ("probability", 0.25), ("classes", [0])]
)
def test_what_every_step_has_changes(name: str, value: object) -> None:
    changed = with_value(RECIPE, "a", name, value).to_dict()["steps"][0]
    assert changed[name] == value


def test_a_value_out_of_range_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"alpha is 99; it must be"):
        with_value(RECIPE, "c", "alpha", 99)


def test_an_unknown_step_changes_nothing() -> None:
    assert with_value(RECIPE, "gone", "enabled", False) == RECIPE
    assert without_step(RECIPE, "gone") == RECIPE


def test_steps_come_and_go() -> None:
    assert ids(without_step(RECIPE, "b")) == ["a", "d"]
    assert ids(without_step(RECIPE, "c")) == ["a", "b", "d"]
    assert ids(with_step_added(RECIPE, "solarize")) == ["a", "b", "c", "d", "solarize"]
    assert ids(with_step_added(RECIPE, "mix_up", "b")) == ["a", "b", "c", "mix_up", "d"]


@pytest.mark.parametrize(
    ("step", "parent", "index", "after"),
    [
        ("a", None, 1, "b[c] a d"),
        ("d", None, 0, "d a b[c]"),
        ("a", None, 9, "b[c] d a"),
        ("d", None, -1, "d a b[c]"),
        ("a", "b", 0, "b[a c] d"),
        ("d", "b", 1, "a b[c d]"),
        ("c", None, 0, "c a b[] d"),
        ("b", "c", 0, "a b[c] d"),
        ("b", "b", 0, "a b[c] d"),
        ("a", "gone", 0, "a b[c] d"),
        ("gone", "b", 0, "a b[c] d"),
    ],
)
def test_a_step_is_put_where_it_is_wanted_if_there_is_such_a_place(
    step: str, parent: str | None, index: int, after: str
) -> None:
    moved = with_step_placed(RECIPE, step, parent, index)
    policies = {each.id: f"[{' '.join(child.id for child in each.steps)}]" for each in moved.walk()}
    outline = " ".join(each.id + (policies["b"] if each.id == "b" else "") for each in moved.steps)
    assert outline == after
    values = {each.id: each.params for each in RECIPE.walk()}
    assert all(each.params == values[each.id] for each in moved.walk())


def test_a_step_that_takes_no_steps_and_too_deep_a_place_are_refused() -> None:
    with pytest.raises(RecipeError, match="steps"):
        with_step_placed(RECIPE, "a", "d", 0)
    deep: dict[str, object] = {"op": "one_of", "id": "p1", "steps": [{"op": "flip"}]}
    for level in range(2, MAX_DEPTH):
        deep = {"op": "one_of", "id": f"p{level}", "steps": [deep]}
    beside = {"op": "one_of", "id": "x", "steps": []}
    recipe = Recipe.from_dict({"version": 1, "steps": [deep, beside]})
    with pytest.raises(RecipeError, match="deep"):
        with_step_placed(recipe, f"p{MAX_DEPTH - 1}", "x", 0)


def test_a_copy_comes_after_its_step_with_ids_of_its_own() -> None:
    copied = with_step_duplicated(RECIPE, "b")
    assert ids(copied) == ["a", "b", "c", "one_of", "cut_mix", "d"]
    assert copied.steps[1].steps[0].params == copied.steps[2].steps[0].params
    assert with_step_duplicated(RECIPE, "d").steps[3].classes == (1, 2)
    assert with_step_duplicated(RECIPE, "gone") == RECIPE


def test_the_place_of_a_step() -> None:
    assert place_of(RECIPE, "d") == (None, RECIPE.steps)
    assert place_of(RECIPE, "c") == (RECIPE.steps[1], RECIPE.steps[1].steps)
    assert place_of(RECIPE, "gone") == (None, ())


def test_too_many_steps_are_refused() -> None:
    full = Recipe.from_dict({"version": 1, "steps": [{"op": "flip"}] * MAX_STEPS})
    with pytest.raises(RecipeError, match=str(MAX_STEPS)):
        with_step_added(full, "flip")
    with pytest.raises(RecipeError, match=str(MAX_STEPS)):
        with_step_duplicated(full, "flip")
