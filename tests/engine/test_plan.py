"""A plan as data: what its JSON is, what it is refused for, and what may be cut from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import augment
from augment import Plan, Recipe, RecipeError
from augment.engine.plan import Snapshot
from tests import contract

GOLDEN = Path(__file__).with_name("golden_plan.json")
"""Written once by version 1 of the plan; a change of these bytes is a change of the contract."""


def golden_plan() -> Plan:
    """Draw all that a plan can hold: nested policies, branches, a mix, and classes passed by."""
    recipe = Recipe.from_dict(
        {
            "version": 1,
            "steps": [
                {"op": "cut_mix", "probability": 0.7},
                {
                    "op": "random_pipeline",
                    "steps": [
                        {"op": "rotate"},
                        {"op": "one_of", "steps": [{"op": "gaussian_noise"}]},
                    ],
                },
                {"op": "rand_augment", "classes": [0, 2]},
                {"op": "aug_mix", "probability": 0.5},
                {"op": "flip"},
            ],
        }
    )
    return augment.draw(recipe, contract.IDS, seed=7, epoch=[3, 4] * 6, labels=contract.one_hot())


def test_the_json_stays_the_same_to_the_byte() -> None:
    text = GOLDEN.read_text(encoding="utf-8")
    assert golden_plan().to_json(indent=1) + "\n" == text
    assert Plan.from_json(text).to_json(indent=1) + "\n" == text


def unmixed_plan() -> Plan:
    recipe = Recipe.from_dict({"version": 1, "steps": [{"op": "shear_x"}, {"op": "solarize"}]})
    return augment.draw(recipe, contract.IDS, seed=7)


def test_rows_taken_render_what_they_do_in_the_whole() -> None:
    plan, images = unmixed_plan(), contract.pictures()
    rows = [7, 2, 2]
    taken = plan.take(rows)
    assert len(taken) == 3
    np.testing.assert_array_equal(
        augment.render(taken, images[rows]).images, augment.render(plan, images).images[rows]
    )


def test_rows_of_a_mix_are_not_taken_apart() -> None:
    plan = golden_plan()
    assert plan.mixes
    with pytest.raises(ValueError, match="mixes"):
        plan.take([0])
    assert not plan.filter(lambda op: op.kind != "mix").mixes


def test_filtered_by_the_op() -> None:
    plan = unmixed_plan().filter(lambda op: op.kind == "tone")
    assert [[one.op for one in row.ops] for row in plan.rows] == [["solarize"]] * contract.BATCH


def test_an_excerpt_renders_what_the_whole_does() -> None:
    plan, images, labels = golden_plan(), contract.pictures(), contract.one_hot()
    whole = augment.render(plan, images, labels)
    for row in range(contract.BATCH):
        small, sources, [place] = plan.excerpt([Snapshot(row)])
        assert len(small) == len(sources) <= 3
        batch = augment.render(small, images[sources], labels[sources])
        np.testing.assert_array_equal(batch.images[place], whole.images[row])
        np.testing.assert_array_equal(batch.labels[place], whole.labels[row])


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
def test_refuses_what_is_not_a_plan(spoil: Callable[[dict[str, Any]], None], words: str) -> None:
    plan = written()
    spoil(plan)
    with pytest.raises(RecipeError, match=words):
        Plan.from_json(json.dumps(plan))


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", "[" * 100_000])
def test_rubbish(text: str) -> None:
    with pytest.raises(RecipeError, match="not a plan"):
        Plan.from_json(text)
