"""Views: which recipes can make them, and what each depends on."""

from __future__ import annotations

import numpy as np
import pytest

from augment import Recipe, RecipeError, presets
from augment.predict.views import check, views


def recipe(values: dict[str, object]) -> Recipe:
    return Recipe.from_dict({"version": 1, **values})


IMAGES = np.random.default_rng(1).integers(0, 256, (3, 40, 40, 3), np.uint8)
IDS = np.array([11, 5, 8])
RECIPE = recipe({"steps": [{"op": "flip"}, {"op": "gaussian_noise"}]})


@pytest.mark.parametrize("name", ["guide", "cut_mix", "mix_up"])
def test_a_recipe_that_mixes_is_refused(name: str) -> None:
    with pytest.raises(RecipeError, match="mixes pictures"):
        check(presets.PRESETS[name].recipe)


def test_a_step_for_chosen_classes_is_refused_wherever_it_is() -> None:
    inside = {"op": "one_of", "steps": [{"op": "flip", "classes": [1]}]}
    with pytest.raises(RecipeError, match="is for chosen classes"):
        check(recipe({"steps": [inside]}))
    inside["enabled"] = False
    check(recipe({"steps": [inside, {"op": "mix_up", "enabled": False}]}))


def test_the_first_view_is_the_picture_as_it_is() -> None:
    made = views(RECIPE, IMAGES, IDS, count=3, seed=4)
    assert (made[0] == IMAGES).all()
    assert (made[1] != IMAGES).any()
    assert (made[1] != made[2]).any()
    drawn = views(RECIPE, IMAGES, IDS, count=3, seed=4, plain=False)
    assert (drawn[0] != IMAGES).any()
    assert (drawn[1:] == made[1:]).all()


def test_a_view_depends_on_its_picture_alone() -> None:
    made = views(RECIPE, IMAGES, IDS, count=4, seed=4)
    assert (views(RECIPE, IMAGES[1:2], IDS[1:2], count=2, seed=4) == made[:2, 1:2]).all()
