from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy import stats

import augment
from tests.ops.reference import (
    assert_binomial,
    assert_distributed,
    assert_equally_often,
    assert_near,
    assert_rate,
    batch_of,
)

COUNT = 4000
OPS = (
    *("auto_contrast", "equalize", "solarize", "color_degeneration", "contrast", "brightness"),
    *("shear_x", "shear_y", "translate_x", "translate_y"),
)


def drawn_plan(count: int = COUNT, **settings: Any) -> augment.Plan:
    recipe = augment.Recipe.from_dict({"version": 1, "steps": [{"op": "rand_augment", **settings}]})
    return augment.draw(recipe, np.arange(count), seed=7)


def values_of(op: str, name: str, plan: augment.Plan) -> np.ndarray:
    applied = (applied for row in plan.rows for applied in row.ops if applied.op == op)
    return np.array([each.values[name] for each in applied])


def test_each_slot_draws_one_of_the_ten() -> None:
    plan = drawn_plan(augmentations_per_image=2, rate=1.0, magnitude=0.5, magnitude_stddev=0.0)
    slots = [[row.ops[slot].op for row in plan.rows] for slot in (0, 1)]
    for slot in slots:
        assert_equally_often(slot, OPS)
    again = np.array([first == second for first, second in zip(*slots, strict=True)])
    assert_rate(again, 0.1)


@pytest.mark.parametrize("rate", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("magnitude", "stddev"), [(0.3, 0.2), (0.5, 0.0), (0.0, 0.3)])
def test_how_many_happen_is_binomial(rate: float, magnitude: float, stddev: float) -> None:
    """At strength 0 nothing happens, so a drawn op counts only where the normal is above 0."""
    plan = drawn_plan(
        augmentations_per_image=3, rate=rate, magnitude=magnitude, magnitude_stddev=stddev
    )
    above_0 = stats.norm.sf(0.0, magnitude, stddev) if stddev else 1.0
    assert_binomial([len(row.ops) for row in plan.rows], 3, rate * above_0)


def test_nothing_happens_at_magnitude_0() -> None:
    plan = drawn_plan(magnitude=0.0, magnitude_stddev=0.0, rate=1.0)
    assert not any(row.ops for row in plan.rows)


@pytest.mark.parametrize("magnitude", [0.1, 0.6, 1.0])
def test_a_fixed_strength_gives_each_op_its_range(magnitude: float) -> None:
    plan = drawn_plan(magnitude=magnitude, magnitude_stddev=0.0, rate=1.0)
    np.testing.assert_allclose(values_of("solarize", "threshold", plan), 256.0 * (1 - magnitude))
    np.testing.assert_allclose(values_of("solarize", "addition", plan), 110.0 * magnitude)
    np.testing.assert_allclose(values_of("color_degeneration", "amount", plan), magnitude)
    for op in ("shear_x", "shear_y"):
        shears = values_of(op, "shear", plan)
        np.testing.assert_allclose(np.abs(shears), magnitude)
        assert_rate(shears < 0, 0.5)
    for op, name, centre in (
        ("contrast", "multiplier", 1.0),
        ("brightness", "shift", 0.0),
        ("translate_x", "shift", 0.0),
        ("translate_y", "shift", 0.0),
    ):
        width = stats.uniform(centre - magnitude, 2 * magnitude)
        assert_distributed(values_of(op, name, plan), width)


def test_the_strength_is_a_clipped_normal() -> None:
    plan = drawn_plan(magnitude=0.7, magnitude_stddev=0.3, rate=1.0)
    strengths = values_of("color_degeneration", "amount", plan)
    clipped = strengths == 1.0
    at_1 = stats.norm.sf(1.0, 0.7, 0.3) / stats.norm.sf(0.0, 0.7, 0.3)
    assert_rate(clipped, at_1)
    low, high = (0.0 - 0.7) / 0.3, (1.0 - 0.7) / 0.3
    assert_distributed(strengths[~clipped], stats.truncnorm(low, high, 0.7, 0.3))


@pytest.mark.slow
@pytest.mark.parametrize("magnitude", [0.1, 0.6, 1.0])
def test_the_policy_is_keras_cvs(keras: ModuleType, magnitude: float) -> None:
    """But for the threshold: keras_cv's starts at 255 and ours at 256, where nothing is inverted."""
    plan = drawn_plan(magnitude=magnitude, magnitude_stddev=0.0, rate=1.0)
    theirs = keras.rand_augment_policy(magnitude)
    assert tuple(theirs) == OPS
    for op, extremes in theirs.items():
        for name, (low, high) in extremes.items():
            values = values_of(op, name, plan)
            tolerance = 1.0 if name == "threshold" else 0.02 * (high - low) + 1e-5
            seen = (values.min(), values.max())
            np.testing.assert_allclose(seen, (low, high), rtol=0, atol=tolerance, err_msg=name)


@pytest.mark.slow
def test_each_op_is_keras_cvs_with_the_values_drawn(keras: ModuleType) -> None:
    """All but equalize, whose step is Pillow's; see its own test."""
    pictures = batch_of(120, 120, 160)
    plan = drawn_plan(120, augmentations_per_image=1, magnitude=0.5, magnitude_stddev=0.3, rate=1.0)
    ours = augment.render(plan, pictures).images
    seen = set()
    for row, before, after in zip(plan.rows, pictures, ours, strict=True):
        for applied in row.ops:
            if applied.op != "equalize":
                theirs = keras.picture_after(applied.op, before, **applied.values)
                assert_near(after, theirs, share=0.99)
            seen.add(applied.op)
    assert seen == set(OPS)
