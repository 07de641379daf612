from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

import augment
from augment import Recipe
from augment.engine import draw
from augment.engine.recipe import Step

IDS = np.arange(3000)
LABELS = np.eye(3, dtype=np.float32)[IDS % 3]


def plan_of(*steps: dict[str, Any], **options: Any) -> augment.Plan:
    recipe = Recipe.from_dict({"version": 1, "steps": list(steps)})
    return augment.draw(recipe, IDS, **{"seed": 7, "labels": LABELS, **options})


def names(row: augment.Row) -> list[str]:
    return [applied.op for applied in row.ops]


def test_ops_come_in_the_order_of_the_recipe() -> None:
    plan = plan_of({"op": "shear_y"}, {"op": "grayscale"}, {"op": "flip"})
    assert {tuple(names(row)) for row in plan.rows} == {("shear_y", "grayscale", "flip")}


def test_a_step_switched_off_leaves_the_other_draws_alone() -> None:
    on = plan_of({"op": "shear_x"}, {"op": "solarize"}, {"op": "cut_mix"})
    off = plan_of({"op": "shear_x"}, {"op": "solarize", "enabled": False}, {"op": "cut_mix"})
    for with_it, without in zip(on.rows, off.rows, strict=True):
        others = [(one.op, one.values, one.partner) for one in with_it.ops if one.op != "solarize"]
        assert [(one.op, one.values, one.partner) for one in without.ops] == others


def test_moving_a_step_leaves_its_draws_alone() -> None:
    first = plan_of({"op": "shear_x", "id": "s"}, {"op": "flip", "id": "f"})
    second = plan_of({"op": "flip", "id": "f"}, {"op": "shear_x", "id": "s"})
    for here, there in zip(first.rows, second.rows, strict=True):
        assert [one.values for one in here.ops] == [one.values for one in reversed(there.ops)]


def test_two_steps_of_one_op_draw_apart() -> None:
    for row in plan_of({"op": "shear_x"}, {"op": "shear_x"}).rows[:50]:
        assert row.ops[0].values["shear"] != row.ops[1].values["shear"]


def test_two_steps_of_one_op_happen_apart() -> None:
    step = {"op": "grayscale", "probability": 0.5}
    happened = [len(row.ops) for row in plan_of(step, step).rows]
    assert stats.chisquare(np.bincount(happened), [750, 1500, 750]).pvalue > 1e-3


def test_a_step_comes_after_all_slots_of_the_policy_before_it() -> None:
    policy = {"op": "random_pipeline", "augmentations_per_image": 3, "steps": [{"op": "shear_x"}]}
    nested = {"op": "random_pipeline", "augmentations_per_image": 2, "steps": [policy]}
    for before, count in ((policy, 3), (nested, 6)):
        plan = plan_of(before, {"op": "grayscale"})
        assert {tuple(names(row)) for row in plan.rows} == {(*["shear_x"] * count, "grayscale")}


def test_seed_and_epoch_change_the_draws() -> None:
    step = {"op": "shear_x"}
    drawn = {
        plan_of(step, seed=seed, epoch=epoch).rows[0].ops[0].values["shear"]
        for seed in (0, 1, 2**31, 2**32 - 1)
        for epoch in (0, 1)
    }
    assert len(drawn) == 8


def test_an_epoch_per_row() -> None:
    epochs = IDS % 4
    mixed = plan_of({"op": "shear_x"}, epoch=epochs)
    for epoch in range(4):
        alone = plan_of({"op": "shear_x"}, epoch=epoch)
        assert [mixed.rows[i] for i in range(epoch, 40, 4)] == [
            alone.rows[i] for i in range(epoch, 40, 4)
        ]


def test_a_childs_own_probability_counts_after_the_choice() -> None:
    plan = plan_of(
        {"op": "one_of", "steps": [{"op": "flip"}, {"op": "grayscale", "probability": 0.5}]}
    )
    counts = [
        sum(names(row) == expected for row in plan.rows) for expected in (["flip"], ["grayscale"])
    ]
    assert stats.binomtest(counts[0], 3000, 0.5).pvalue > 1e-3
    assert stats.binomtest(counts[1], 3000, 0.25).pvalue > 1e-3


def test_policies_nest() -> None:
    inner = {"op": "random_pipeline", "augmentations_per_image": 2, "steps": [{"op": "shear_x"}]}
    outer = {"op": "random_pipeline", "augmentations_per_image": 2, "steps": [inner]}
    for row in plan_of(outer).rows[:100]:
        assert names(row) == ["shear_x"] * 4
        assert len({one.values["shear"] for one in row.ops}) == 4
        assert [one.stage for one in row.ops] == [0, 1, 2, 3]


def test_a_policy_without_steps_does_nothing() -> None:
    assert not any(row.ops for row in plan_of({"op": "one_of", "steps": []}).rows)


def test_partners_are_others_and_each_sample_is_a_partner_once() -> None:
    for epoch in range(3):
        plan = plan_of({"op": "cut_mix"}, epoch=epoch)
        partners = [row.ops[0].partner for row in plan.rows]
        assert sorted(partners) == IDS.tolist()  # type: ignore[type-var]
        assert all(partner != index for index, partner in enumerate(partners))


def test_two_mixes_choose_partners_apart() -> None:
    plan = plan_of({"op": "cut_mix"}, {"op": "mix_up"})
    same = sum(row.ops[0].partner == row.ops[1].partner for row in plan.rows)
    assert same < 20


def test_every_slot_of_a_policy_has_a_partner_of_its_own() -> None:
    plan = plan_of(
        {"op": "random_pipeline", "augmentations_per_image": 3, "steps": [{"op": "mix_up"}]}
    )
    partners = np.array([[one.partner for one in row.ops] for row in plan.rows])
    for slot in partners.T:
        assert sorted(slot) == IDS.tolist()
        assert (slot != IDS).all()
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert (partners[:, one] == partners[:, other]).sum() < 20


def test_a_mix_alone_in_its_batch_has_a_note() -> None:
    recipe = Recipe.from_dict({"version": 1, "steps": [{"op": "cut_mix"}, {"op": "grayscale"}]})
    (row,) = augment.draw(recipe, [5], seed=1).rows
    assert names(row) == ["grayscale"]
    assert row.notes == ("CutMix needs a second picture; this one is alone in its batch.",)
    image = np.full((1, 8, 8, 3), 9, np.uint8)
    labels = np.array([[0.25, 0.75]], np.float32)
    batch = augment.apply(recipe, image, labels, ids=[5], seed=1)
    np.testing.assert_array_equal(batch.labels, labels)


def test_a_policys_op_is_one_column_over_all_slots() -> None:
    """So the number of array calls does not grow with the slots, nor with the batch."""
    plan = plan_of({"op": "rand_augment", "augmentations_per_image": 8, "rate": 1.0})
    assert plan.columns is not None
    names = [column.op for column in plan.columns]
    assert len(names) == len(set(names)) == 10
    assert "rows" not in vars(plan)


def test_a_recipe_is_prepared_once() -> None:
    recipe = augment.presets.PRESETS["guide"].recipe
    augment.draw(recipe, IDS, seed=7)
    before = draw._prepared.cache_info()
    augment.draw(recipe, IDS[:3], seed=8, epoch=2)
    after = draw._prepared.cache_info()
    assert (after.hits, after.misses) == (before.hits + 1, before.misses)


def test_a_recipe_that_is_equal_but_for_a_type_is_prepared_apart() -> None:
    """To Python 1 is 1.0 and True; to the JSON of a plan it is not."""
    for value in (1, 1.0):
        recipe = Recipe(steps=(Step(op="shear_x", id="s", params={"x_factor": value}),))
        [row] = augment.draw(recipe, [0], seed=7).rows
        assert type(row.ops[0].values["x_factor"]) is type(value)


def test_an_empty_batch() -> None:
    recipe = augment.presets.PRESETS["guide"].recipe
    images = np.zeros((0, 8, 8, 3), np.uint8)
    batch = augment.apply(recipe, images, np.zeros((0, 3), np.float32), ids=[], seed=1)
    assert batch.images.shape == images.shape
