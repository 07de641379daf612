"""Which recipes can make views, and what is left of one that cannot."""

from __future__ import annotations

from typing import Any

import pytest

from augment import Recipe
from augment.predict import views
from augment.presets import PRESETS
from augment.runs.config import RunConfig
from pages.components.runs.tta_recipes import OF_EXPLORE, OF_RUN, view_recipes, without_refused

MIX = {"op": "cut_mix"}
FLIP, TURN = {"op": "flip"}, {"op": "rotate", "id": "turn"}


def recipe(*steps: dict[str, Any]) -> Recipe:
    return Recipe.from_dict({"version": 1, "steps": list(steps)})


@pytest.mark.parametrize(
    ("steps", "left", "dropped"),
    [
        ([FLIP, MIX, TURN], ["flip", "rotate"], ("CutMix",)),
        ([MIX, {"op": "mix_up"}, MIX], [], ("CutMix", "MixUp")),
        ([{"op": "one_of", "steps": [MIX, {"op": "mix_up"}]}, FLIP], ["flip"], ("CutMix", "MixUp")),
        ([{"op": "one_of", "steps": [MIX, TURN]}], ["one_of", "rotate"], ("CutMix",)),
        ([FLIP | {"classes": [1]}, TURN], ["rotate"], ("Flip",)),
        # One that is off happens to no view.
        ([MIX | {"enabled": False}, FLIP], ["cut_mix", "flip"], ()),
    ],
)
def test_what_mixes_or_is_for_classes_is_left_out(
    steps: list[dict[str, Any]], left: list[str], dropped: tuple[str, ...]
) -> None:
    allowed, titles = without_refused(recipe(*steps))
    assert ([step.op for step in allowed.walk()], titles) == (left, dropped)
    views.check(allowed)


def test_the_draws_of_what_is_left_are_those_of_the_training() -> None:
    allowed, _ = without_refused(recipe(MIX, TURN))
    assert [step.id for step in allowed.steps] == ["turn"]


def test_each_recipe_is_offered_or_refused_in_a_sentence() -> None:
    config = RunConfig(recipe=PRESETS["mixing"].recipe)
    known = {one.title: one for one in view_recipes(config, recipe(MIX))}
    assert set(known) == {OF_RUN, OF_EXPLORE, *(preset.title for preset in PRESETS.values())}
    assert known[OF_RUN].problem.startswith("Nothing is left of it")
    assert "(CutMix) mixes pictures" in known[OF_EXPLORE].problem
    assert known[PRESETS["nothing"].title].problem.startswith("It does nothing")
    offered = [one for one in known.values() if not one.problem]
    assert offered
    for one in offered:
        views.check(one.recipe)
