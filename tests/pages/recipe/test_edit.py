from __future__ import annotations

import pytest

from augment import Recipe, RecipeError
from augment.engine.recipe import MAX_STEPS
from pages.components.recipe.edit import (
    place_of,
    with_step_added,
    with_step_duplicated,
    with_step_inside,
    with_step_moved,
    with_step_outside,
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


def test_steps_move_among_their_siblings_and_stop_at_the_ends() -> None:
    assert ids(with_step_moved(RECIPE, "d", -1)) == ["a", "d", "b", "c"]
    assert ids(with_step_moved(RECIPE, "a", -1)) == ids(RECIPE)
    assert ids(with_step_moved(RECIPE, "a", 9)) == ["b", "c", "d", "a"]


def test_a_copy_comes_after_its_step_with_ids_of_its_own() -> None:
    copied = with_step_duplicated(RECIPE, "b")
    assert ids(copied) == ["a", "b", "c", "one_of", "cut_mix", "d"]
    assert copied.steps[1].steps[0].params == copied.steps[2].steps[0].params
    assert with_step_duplicated(RECIPE, "d").steps[3].classes == (1, 2)
    assert with_step_duplicated(RECIPE, "gone") == RECIPE


def test_steps_move_into_a_policy_on_the_side_they_come_from_and_out_behind_it() -> None:
    first = with_step_inside(RECIPE, "a", 1)
    assert [step.id for step in first.steps] == ["b", "d"]
    assert [step.id for step in first.steps[0].steps] == ["a", "c"]
    last = with_step_inside(RECIPE, "d", -1)
    assert [step.id for step in last.steps[1].steps] == ["c", "d"]
    assert last.steps[1].steps[1] == RECIPE.steps[2]
    assert ids(with_step_outside(RECIPE, "c")) == ["a", "b", "c", "d"]
    assert [step.id for step in with_step_outside(RECIPE, "c").steps] == ["a", "b", "c", "d"]
    assert with_step_outside(RECIPE, "a") == RECIPE == with_step_outside(RECIPE, "gone")


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
