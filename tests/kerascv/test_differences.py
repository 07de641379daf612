"""The listed differences from keras_cv, and that the exported script lists the same."""

from __future__ import annotations

from typing import Any

import pytest

import augment
from augment.export import to_keras_cv
from augment.kerascv import differences
from augment.presets import PRESETS
from tests.given import step_of

ONCE = "keras_cv chooses once for the whole batch"
PIPELINE = {"op": "random_pipeline", "id": "outer"}


def recipe(*steps: dict[str, Any]) -> augment.Recipe:
    return augment.Recipe.from_dict({"version": 1, "steps": list(steps)})


def prose(made: augment.Recipe) -> str:
    lines = [line.strip() for line in to_keras_cv(made).splitlines()]
    return " ".join(line.removeprefix("# ") for line in lines if line.startswith("# "))


CASES = {
    **{name: preset.recipe for name, preset in PRESETS.items()},
    **{f"alone_{name}": recipe(step_of(name)) for name in augment.registry()},
    "mixes": recipe({**PIPELINE, "steps": [{"op": "cut_mix"}, {"op": "flip"}]}),
    "mix_is_off": recipe(
        {**PIPELINE, "steps": [{"op": "mix_up", "enabled": False}, {"op": "flip"}]}
    ),
    "no_such_mix": recipe({**PIPELINE, "steps": [{"op": "puzzle_mix"}, {"op": "flip"}]}),
    "classes": recipe({**PIPELINE, "steps": [{"op": "flip", "classes": [1]}]}),
    "deep": recipe({**PIPELINE, "steps": [{"op": "one_of", "steps": [{"op": "mix_up"}]}]}),
    "empty": recipe({**PIPELINE, "steps": [{"op": "one_of", "steps": [], "classes": [1]}]}),
    "left_out": recipe({**PIPELINE, "steps": [{"op": "one_of", "steps": [{"op": "puzzle_mix"}]}]}),
}


@pytest.mark.parametrize("name", CASES)
def test_the_script_lists_the_same(name: str) -> None:
    script = prose(CASES[name])
    found = differences(CASES[name])
    for _, sentence in found:
        assert sentence in script
    for words in (ONCE, "no such layer", "nothing in it can happen", "picture of another class"):
        assert sum(words in sentence for _, sentence in found) == script.count(words)


def test_the_label_of_cut_mix_is_listed_at_its_step() -> None:
    guide = PRESETS["guide"].recipe
    [step] = [step for step in guide.steps if step.op == "cut_mix"]
    assert "before it is clipped" in dict(differences(guide))[step.id]


def test_what_is_switched_off_differs_in_nothing() -> None:
    assert differences(recipe({"op": "cut_mix", "enabled": False})) == ()


def test_a_step_inside_another_is_listed_by_its_own_id() -> None:
    made = recipe({**PIPELINE, "steps": [{"op": "cut_mix", "id": "inner"}]})
    assert [step_id for step_id, _ in differences(made) if step_id == "inner"] == ["inner"]
