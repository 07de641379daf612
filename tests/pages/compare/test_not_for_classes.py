from __future__ import annotations

import pytest

from augment import Recipe, RecipeError
from pages.components.compare.not_for_classes import step_titles, without_classes

RECIPE = Recipe.from_dict(
    {
        "version": 1,
        "steps": [
            {"op": "invert", "id": "a"},
            {"op": "invert", "id": "b", "classes": [1, 2]},
            {"op": "one_of", "id": "c", "steps": [{"op": "cut_mix", "id": "d"}]},
            {"op": "mix_up", "id": "off", "enabled": False},
        ],
    }
)


def test_steps_that_are_on_have_titles_that_tell_them_apart() -> None:
    assert step_titles(RECIPE) == {
        "a": "Invert (1)",
        "b": "Invert (2)",
        "c": "One of",
        "d": "One of → CutMix",
    }


@pytest.mark.parametrize(("step", "left"), [("a", (0, 2, 3)), ("b", (2,)), ("d", (0, 2, 3))])
def test_a_step_is_kept_from_classes_and_the_others_stay_as_they_are(
    step: str, left: tuple[int, ...]
) -> None:
    edited = without_classes(RECIPE, step, [1], 4)
    before = {one.id: one.classes for one in RECIPE.walk()}
    assert {one.id: one.classes for one in edited.walk()} == before | {step: left}


def test_a_step_for_no_class_is_refused() -> None:
    with pytest.raises(RecipeError, match="switch the step off instead"):
        without_classes(RECIPE, "b", [1, 2], 4)
