from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import augment
from augment import Plan, RecipeError
from tests import contract


def written() -> dict[str, Any]:
    recipe = contract.recipe_of("cut_mix")
    plan: dict[str, Any] = json.loads(augment.draw(recipe, contract.IDS, seed=7).to_json())
    return plan


def test_captions_come_from_what_was_drawn() -> None:
    plan = augment.draw(contract.recipe_of("shear_x", x_factor=0.5), contract.IDS, seed=7)
    for index, row in enumerate(plan.rows):
        assert plan.captions(index) == [f"shear x {row.ops[0].values['shear']:+.2f}"]


def test_numbers_survive_json_to_the_bit() -> None:
    plan = augment.draw(contract.recipe_of("cut_mix", alpha=0.01), contract.IDS, seed=7)
    assert Plan.from_json(plan.to_json()) == plan
    assert json.loads(plan.to_json(indent=1)) == plan.to_dict()


def change(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def apply(plan: dict[str, Any]) -> None:
        target: Any = plan
        *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        for part in parents:
            target = target[part]
        target[last] = value

    return apply


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (change("version", 9), "version 9"),
        (change("op_versions.cut_mix", 2), "version 2 of cut_mix; this program has version 1"),
        (change("op_versions.melt", 1), "version 1 of melt; this program has no such op"),
        (change("rows.0.ops.0.partner", 99), "not a plan"),
        (change("rows.0.ops.0.partner", None), "not a plan"),
        (change("rows.0.ops.0.values", {}), "not a plan"),
        (change("rows.0.ops.0.op", "melt"), "not a plan"),
        (change("rows.0.id", "x"), "not a plan"),
        (change("rows", 5), "not a plan"),
    ],
)
def test_what_is_no_plan(spoil: Callable[[dict[str, Any]], None], words: str) -> None:
    plan = written()
    spoil(plan)
    with pytest.raises(RecipeError, match=words):
        Plan.from_json(json.dumps(plan))


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", "[" * 100_000])
def test_rubbish(text: str) -> None:
    with pytest.raises(RecipeError, match="not a plan"):
        Plan.from_json(text)
