"""A plan as data: what its JSON is, what it is refused for, and what may be cut from it."""

from __future__ import annotations

import copy
import json
import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import augment
from augment import Plan, Recipe, RecipeError
from augment.engine.plan import Column, Snapshot
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


def test_the_columns_say_what_the_rows_do() -> None:
    plan = golden_plan()
    assert plan.columns is not None
    told = []
    for column in plan.columns:
        assert column.rows.dtype == column.stages.dtype == np.int64
        assert len(column.rows) == len(column.stages) > 0
        for place, (row, stage) in enumerate(zip(column.rows, column.stages, strict=True)):
            drawn = {name: values[place] for name, values in column.drawn.items()}
            partner = None if column.partners is None else column.partners[place]
            branches = () if column.branches is None else column.branches[place]
            told.append((row, stage, column.step, column.op, partner, branches))
            [applied] = [one for one in plan.rows[row].ops if one.stage == stage]
            assert applied.values == {**column.given, **drawn}
            assert list(applied.values) == [*column.given, *column.drawn]
    assert sorted(told, key=lambda one: one[:2]) == [
        (row, one.stage, one.step, one.op, one.partner, one.branches)
        for row, all_of_it in enumerate(plan.rows)
        for one in all_of_it.ops
    ]


def test_rows_are_made_when_asked_for_and_once() -> None:
    plan = golden_plan()
    assert len(plan) == contract.BATCH
    assert plan.mixes
    assert "rows" not in vars(plan)
    assert plan.rows is plan.rows


def test_within_a_stage_the_order_is_that_of_the_columns() -> None:
    def column(op: str, rows: list[int], stages: list[int]) -> Column:
        at = {"rows": np.array(rows), "stages": np.array(stages)}
        return Column(step=op, op=op, given={}, drawn={}, **at)

    plan = Plan.drawn(
        seed=7,
        ids=np.array([5, 6]),
        epochs=np.array([0, 1]),
        notes={1: ["A note."]},
        columns=(
            column("invert", [0, 1], [1, 0]),
            column("grayscale", [1], [0]),
            column("equalize", [0], [0]),
        ),
    )
    assert [[one.op for one in row.ops] for row in plan.rows] == [
        ["equalize", "invert"],
        ["invert", "grayscale"],
    ]
    assert [(row.id, row.epoch, row.notes) for row in plan.rows] == [
        (5, 0, ()),
        (6, 1, ("A note.",)),
    ]


def test_numbers_are_those_of_python() -> None:
    plan = golden_plan()
    for row in plan.rows:
        assert type(row.id) is type(row.epoch) is int
        for applied in row.ops:
            assert type(applied.stage) is int
            assert {type(value) for value in applied.values.values()} <= {float, int, bool, str}


def test_what_becomes_of_the_given_arrays_changes_no_plan() -> None:
    ids, epochs = np.arange(12), np.arange(12)
    plan = augment.draw(contract.recipe_of("shear_x"), ids, seed=7, epoch=epochs)
    ids[:], epochs[:] = 99, 99
    assert [(row.id, row.epoch) for row in plan.rows] == [(n, n) for n in range(12)]


@pytest.mark.parametrize("make", [pickle.dumps, copy.deepcopy])
def test_a_copy_is_equal_and_drawn_as_well(make: Callable[[Plan], Any]) -> None:
    plan = golden_plan()
    made = make(plan)
    copied = pickle.loads(made) if isinstance(made, bytes) else made
    assert len(copied.columns) == len(plan.columns or ())
    assert copied == plan
    assert repr(copied) == repr(plan)


def test_plans_are_equal_by_seed_and_rows() -> None:
    plan = unmixed_plan()
    assert plan == Plan(seed=7, rows=plan.rows)
    assert plan != Plan(seed=8, rows=plan.rows)
    assert plan != Plan(seed=7, rows=plan.rows[:-1])
    assert plan != plan.to_json()


def test_a_plan_made_of_rows_has_no_columns() -> None:
    plan = unmixed_plan()
    assert plan.columns
    excerpt = plan.excerpt([Snapshot(0)]).plan
    of_json = Plan.from_json(plan.to_json())
    for made in (of_json, plan.take([0]), plan.filter(lambda op: True), excerpt):
        assert made.columns is None


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
    assert not plan.filter(lambda op: not op.mixes).mixes


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
        (change("op_versions.cut_mix", 2), 'version 2 of "cut_mix"; this program has version 1'),
        (change("op_versions.melt", 1), 'version 1 of "melt"; this program has no such op'),
        (change("op_versions.a\nb", 1), r'version 1 of "a\\nb"; this'),
        (change("rows.0.ops.0.partner", 99), "not a plan"),
        (change("rows.0.ops.0.partner", None), "not a plan"),
        (change("rows.0.ops.0.values", {}), "not a plan"),
        (change("rows.0.ops.0.op", "melt"), "not a plan"),
        (change("rows.0.id", "x"), "not a plan"),
        (change("rows", 5), "not a plan"),
        (change("version", True), "version true; this program reads version 1"),
        (change("version", [1]), "version"),
        (change("op_versions.cut_mix", True), 'version true of "cut_mix"'),
        (change("op_versions", []), r"the plan: op_versions is \[\]; it must be an object"),
        (change("seed", 1.5), "the plan: seed is 1.5; it must be a whole number"),
        (change("seed", True), "seed is true"),
        (change("more", 1), "not a plan"),
        (change("rows.3", None), "row 3 holds null where an object with id, epoch"),
        (change("rows.0.id", 2**63), "row 0: id is 9223372036854775808; .* of 64 bits"),
        (change("rows.0.id", 10**400), "row 0: id is 1000"),
        (change("rows.0.id", math.nan), "row 0: id is NaN"),
        (change("rows.0.epoch", 1.0), "row 0: epoch is 1.0; it must be a whole number"),
        (change("rows.0.epoch", "0"), 'row 0: epoch is "0"'),
        (change("rows.0.notes", "ab"), 'row 0: notes is "ab"; it must be a list of sentences'),
        (change("rows.0.notes", [1]), "row 0: notes is"),
        (change("rows.0.ops", {}), "row 0: ops is {}; it must be a list"),
        (change("rows.0.ops.0.step", 5), "row 0, cut_mix: step is 5"),
        (change("rows.0.ops.0.op", ["cut_mix"]), "row 0: op is"),
        (change("rows.0.ops.0.stage", 0.5), "row 0, cut_mix: stage is 0.5"),
        (change("rows.0.ops.0.stage", 2**40), "row 0, cut_mix: stage is"),
        (change("rows.0.ops.0.partner", 1.0), "cut_mix: partner is 1.0; .* a whole number"),
        (change("rows.0.ops.0.partner", True), "cut_mix: partner is true"),
        (change("rows.0.ops.0.partner", -1), "partner is -1; it must be one of the 12 rows"),
        (change("rows.0.ops.0.values", []), r"cut_mix: values is \[\]; it must be an object"),
        (change("rows.0.ops.0.values.share", math.nan), "share is wrong: .* number from 0 to 1"),
        (change("rows.0.ops.0.values.share", 1.5), "share is wrong: .* a number from 0 to 1"),
        (change("rows.0.ops.0.values.centre_x", 1.01), "centre_x is wrong: .* from 0 to 1"),
        (change("rows.0.ops.0.values.alpha", 1e999), "alpha is wrong: .* from 0.01 to 10"),
        (change("rows.0.ops.0.values.alpha", 10**400), "alpha is wrong: .* from 0.01 to 10"),
        (change("rows.0.ops.0.values.more", 1), "the values are not the arguments alpha, share"),
        (change("rows.0.ops.0.branches", [{"weight": 1.0, "ops": []}]), "branches is"),
        (change("rows.0.ops.0.branches", None), "branches is null"),
    ],
)
def test_refuses_what_is_not_a_plan(spoil: Callable[[dict[str, Any]], None], words: str) -> None:
    plan = written()
    spoil(plan)
    with pytest.raises(RecipeError, match=words):
        Plan.from_json(json.dumps(plan))


def test_what_is_weighed_is_checked_as_well() -> None:
    plan: dict[str, Any] = json.loads(
        augment.draw(contract.recipe_of("aug_mix"), contract.IDS, seed=7).to_json()
    )
    for path, value, words in (
        ("weight", math.nan, "weight is NaN; it must be a number from 0 to 1"),
        ("weight", 1.5, "weight is 1.5"),
        ("weight", 1, "the sum of the weights is"),
        ("ops", None, "ops is null"),
        ("ops", [plan["rows"][0]["ops"][0]], "op is .aug_mix.; .* happens on a branch"),
        ("ops", [written()["rows"][0]["ops"][0]], "partner is .*; it must be one of the 0 rows"),
    ):
        spoilt = json.loads(json.dumps(plan))
        spoilt["rows"][0]["ops"][0]["branches"][0][path] = value
        with pytest.raises(RecipeError, match=words):
            Plan.from_json(json.dumps(spoilt))


def test_nothing_else_is_in_the_stage_of_a_mix() -> None:
    """Only the mix would be rendered."""
    recipe = Recipe.from_dict({"version": 1, "steps": [{"op": "cut_mix"}, {"op": "invert"}]})
    plan = json.loads(augment.draw(recipe, contract.IDS, seed=7).to_json())
    assert [one["stage"] for one in plan["rows"][0]["ops"]] == [0, 1]
    for stage in (0, -1):
        plan["rows"][0]["ops"][1]["stage"] = stage
        with pytest.raises(RecipeError, match=f"row 0: stage is {stage}; it must be later"):
            Plan.from_json(json.dumps(plan))


DEEP = '{"version": 1, "seed": ' + "[" * 950 + "]" * 950 + "}"


@pytest.mark.parametrize("given", [None, 5, {}, [], bytearray(b"{}"), object()])
def test_what_is_no_text(given: Any) -> None:
    with pytest.raises(RecipeError, match=f"not a plan .* it is of type {type(given).__name__}"):
        Plan.from_json(given)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "{}", "[" * 100_000, DEEP, "9" * 5000, b"\xff", '{"seed": 1, "seed": 2}'],
)
def test_rubbish(text: str | bytes) -> None:
    with pytest.raises(RecipeError, match="not a plan") as caught:
        Plan.from_json(text)
    assert len(str(caught.value)) < 300
