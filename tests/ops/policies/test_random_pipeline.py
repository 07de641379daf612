from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from scipy import stats

import augment
from tests.ops.reference import (
    SIGNIFICANCE,
    assert_binomial,
    assert_distributed,
    assert_equally_often,
    assert_rate,
    photograph,
    transformed,
)

STEPS = [{"op": "equalize"}, {"op": "grid_mask"}, {"op": "shear_x", "x_factor": 0.2}]
NAMES = [step["op"] for step in STEPS]
COUNT = 4000


def drawn_plan(steps: list[dict[str, Any]] = STEPS, **settings: Any) -> augment.Plan:
    recipe = augment.Recipe.from_dict(
        {"version": 1, "steps": [{"op": "random_pipeline", "steps": steps, **settings}]}
    )
    labels = np.eye(2, dtype=np.float32)[np.arange(COUNT) % 2]
    return augment.draw(recipe, np.arange(COUNT), seed=7, labels=labels)


def drawn_rows(*given: Any, **settings: Any) -> tuple[augment.Row, ...]:
    return drawn_plan(*given, **settings).rows


def names(row: augment.Row) -> tuple[str, ...]:
    return tuple(applied.op for applied in row.ops)


def test_draws_with_replacement_and_in_any_order() -> None:
    pairs = [names(row) for row in drawn_rows(augmentations_per_image=2, rate=1.0)]
    assert_equally_often(pairs, list(itertools.product(NAMES, NAMES)))


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_the_number_of_applied_ops_is_binomial(rate: float) -> None:
    rows = drawn_rows(augmentations_per_image=3, rate=rate)
    assert_binomial([len(row.ops) for row in rows], 3, rate)


def test_a_step_that_is_applied_twice_is_drawn_twice() -> None:
    rows = drawn_rows([STEPS[2]], augmentations_per_image=2, rate=1.0)
    first, second = (np.array([row.ops[slot].values["shear"] for row in rows]) for slot in (0, 1))
    assert_distributed(np.abs(first), stats.uniform(0.0, 0.2))
    assert_distributed(np.abs(second), stats.uniform(0.0, 0.2))
    assert stats.pearsonr(first, second).pvalue > SIGNIFICANCE


def test_draws_among_the_steps_for_the_class() -> None:
    rows = drawn_rows([STEPS[0], {**STEPS[1], "classes": [1]}], rate=1.0)
    assert {names(row) for row in rows[0::2]} == {("equalize",)}
    assert_rate(np.array([names(row) == ("grid_mask",) for row in rows[1::2]]), 0.5)


def test_two_slots_render_in_the_order_drawn() -> None:
    """Equalizing and then blanking squares gives another picture than the reverse."""
    picture = photograph("square")
    plan = drawn_plan(augmentations_per_image=2, rate=1.0)
    index = next(
        index for index, row in enumerate(plan.rows) if names(row) == ("grid_mask", "equalize")
    )
    mask, equalize = plan.rows[index].ops
    after_mask = transformed(picture, [mask])
    both = augment.render(plan.take([index]), picture[None]).images[0]
    np.testing.assert_array_equal(both, transformed(after_mask, [equalize]))
    assert np.any(both != transformed(transformed(picture, [equalize]), [mask]))
