"""RandAugment: what each policy draws, and each of its ops against keras_cv or Pillow."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy import stats

import augment
from augment.engine.plan import Applied
from augment.inspect.strength import scale_of
from augment.keraslayers import COUNTERPARTS, keras_arguments
from tests.ops import paper_reference
from tests.ops.reference import (
    Picture,
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
# Each op of the policy "paper" -> the argument that its strength sets, its value at strength 0, and how
# far from it strength 1 is; the coin of those with a side is drawn apart.
PAPER = {
    "auto_contrast": None,
    "equalize": None,
    "rotate": ("turn", 0.0, 30 / 360, "either side"),
    "solarize": ("threshold", 256.0, 256.0, "one side"),
    "saturation": ("multiplier", 1.0, 0.9, "either side"),
    "posterize": ("kept", 8.0, 4.0, "one side"),
    "contrast": ("multiplier", 1.0, 0.9, "either side"),
    "brightness": ("shift", 0.0, 0.9, "either side"),
    "sharpness": ("multiplier", 1.0, 0.9, "either side"),
    "shear_x": ("shear", 0.0, 0.3, "either side"),
    "shear_y": ("shear", 0.0, 0.3, "either side"),
    "translate_x": ("shift", 0.0, 150 / 331, "either side"),
    "translate_y": ("shift", 0.0, 150 / 331, "either side"),
}
EXACTLY = {"magnitude_stddev": 0.0, "rate": 1.0}


def drawn_plan(count: int = COUNT, **settings: Any) -> augment.Plan:
    recipe = augment.Recipe.from_dict({"version": 1, "steps": [{"op": "rand_augment", **settings}]})
    return augment.draw(recipe, np.arange(count), seed=7)


def values_of(op: str, name: str, plan: augment.Plan) -> np.ndarray:
    applied = (applied for row in plan.rows for applied in row.ops if applied.op == op)
    return np.array([each.values[name] for each in applied])


def happened(
    plan: augment.Plan, before: Picture, after: Picture
) -> list[tuple[Applied, Picture, Picture]]:
    """Return the one op applied to each picture, with the picture before and after it."""
    rows = zip(plan.rows, before, after, strict=True)
    return [(row.ops[0], old, new) for row, old, new in rows if row.ops]


def test_each_slot_draws_one_of_the_ten() -> None:
    plan = drawn_plan(augmentations_per_image=2, rate=1.0, magnitude=0.5, magnitude_stddev=0.0)
    slots = [[row.ops[slot].op for row in plan.rows] for slot in (0, 1)]
    for slot in slots:
        assert_equally_often(slot, OPS)
    again = np.array([first == second for first, second in zip(*slots, strict=True)])
    assert_rate(again, 0.1)


@pytest.mark.parametrize("rate", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("magnitude", "stddev"), [(0.3, 0.2), (0.5, 0.0), (0.0, 0.3)])
def test_the_number_of_applied_ops_is_binomial(
    rate: float, magnitude: float, stddev: float
) -> None:
    """At strength 0 no op is applied, so a drawn op counts only where the normal variate is above 0."""
    plan = drawn_plan(
        augmentations_per_image=3, rate=rate, magnitude=magnitude, magnitude_stddev=stddev
    )
    above_0 = stats.norm.sf(0.0, magnitude, stddev) if stddev else 1.0
    assert_binomial([len(row.ops) for row in plan.rows], 3, rate * above_0)


def test_magnitude_0_applies_nothing() -> None:
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
def test_the_policy_equals_keras_cv(keras: ModuleType, magnitude: float) -> None:
    """Except for the threshold: that of keras_cv starts at 255, ours at 256, which inverts nothing."""
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
def test_each_op_equals_keras_cv_with_the_drawn_values(keras: ModuleType) -> None:
    """Equalize is compared with Pillow: keras_cv leaves out the rarest level; see its own test."""
    pictures = batch_of(120, 120, 160)
    plan = drawn_plan(120, augmentations_per_image=1, magnitude=0.5, magnitude_stddev=0.3, rate=1.0)
    ours = augment.render(plan, pictures).images
    seen = set()
    for applied, before, after in happened(plan, pictures, ours):
        theirs = paper_reference if applied.op == "equalize" else keras
        assert_near(after, theirs.picture_after(applied.op, before, **applied.values), share=0.99)
        seen.add(applied.op)
    assert seen == set(OPS)


def test_the_fourteen_of_the_paper_are_drawn_equally_often() -> None:
    """One of them is the identity: a slot without an op."""
    plan = drawn_plan(policy="paper", augmentations_per_image=1, magnitude=0.5, **EXACTLY)
    names = [row.ops[0].op if row.ops else "identity" for row in plan.rows]
    assert_equally_often(names, ("identity", *PAPER))


@pytest.mark.parametrize("rate", [0.4, 1.0])
def test_the_identity_of_the_paper_and_the_rate_are_independent(rate: float) -> None:
    plan = drawn_plan(
        policy="paper", augmentations_per_image=3, magnitude=0.5, **{**EXACTLY, "rate": rate}
    )
    assert_binomial([len(row.ops) for row in plan.rows], 3, rate * 13 / 14)


@pytest.mark.parametrize("magnitude", [0.1, 0.6, 1.0])
def test_a_strength_gives_each_op_of_the_paper_its_value(magnitude: float) -> None:
    """Exactly this value, with a random sign; posterize keeps whole bits."""
    plan = drawn_plan(policy="paper", magnitude=magnitude, **EXACTLY)
    for op, expected in PAPER.items():
        if expected is None:
            continue
        name, weakest, reach, sides = expected
        far = values_of(op, name, plan) - weakest
        reached = magnitude * reach
        np.testing.assert_allclose(np.abs(far), round(reached) if name == "kept" else reached)
        if sides == "either side":
            assert_rate(far < 0, 0.5)
        else:
            assert (far <= 0).all()
    assert not values_of("solarize", "addition", plan).any()
    assert set(values_of("contrast", "mean_of", plan)) == {"picture"}
    assert set(values_of("brightness", "method", plan)) == {"multiplicative"}


def test_magnitude_0_applies_no_op_of_the_paper() -> None:
    """The enhancers of the public code nearly erase the picture at level 0."""
    plan = drawn_plan(policy="paper", magnitude=0.0, **EXACTLY)
    assert not any(row.ops for row in plan.rows)


def test_each_op_of_the_paper_equals_pillow_with_the_drawn_values() -> None:
    pictures = batch_of(150, 120, 160)
    settings = {"augmentations_per_image": 1, "magnitude": 0.5, "magnitude_stddev": 0.3}
    plan = drawn_plan(150, policy="paper", rate=1.0, **settings)
    ours = augment.render(plan, pictures).images
    seen = set()
    for applied, before, after in happened(plan, pictures, ours):
        theirs = paper_reference.picture_after(applied.op, before, **applied.values)
        share = paper_reference.WARP_SHARE if applied.op in paper_reference.WARPS else 1.0
        assert_near(after, theirs, levels=paper_reference.LEVELS[applied.op], share=share)
        seen.add(applied.op)
    assert seen == set(PAPER)


def test_the_border_is_passed_to_the_ops_of_the_paper() -> None:
    plan = drawn_plan(400, policy="paper", fill_mode="constant", fill_value=128, **EXACTLY)
    borders = {
        (applied.op, applied.values["fill_mode"], applied.values["fill_value"])
        for row in plan.rows
        for applied in row.ops
        if "fill_mode" in applied.values
    }
    warps = paper_reference.WARPS & {applied.op for row in plan.rows for applied in row.ops}
    assert borders == {(op, "constant", 128) for op in warps}


@pytest.mark.slow
def test_keras_cv_runs_with_any_settings(keras: ModuleType) -> None:
    op = augment.registry()["rand_augment"]
    pictures = batch_of(2, 40, 60).astype(np.float32)
    for magnitude in (0.0, 1.0):
        arguments = op.twin.arguments({**op.defaults, "magnitude": magnitude})
        layer = getattr(keras.layers, op.twin.layer)(**arguments)
        assert np.asarray(layer(pictures)).shape == pictures.shape


@pytest.mark.slow
def test_the_layer_of_keras_3_gets_weaker_where_the_view_says_so(keras: ModuleType) -> None:
    """Its posterization keeps 8 times the factor as bits, rounded down, and at least one."""
    from keras import layers

    pictures = np.random.default_rng(7).integers(0, 256, (4, 40, 60, 3)).astype(np.float32)
    levels, changes = {}, {}
    for factor in (0.05, 0.1, 0.3, 1.0):
        policy = layers.RandAugment(factor=factor)
        posterized = np.asarray(policy.random_posterization(pictures, training=True))
        levels[factor] = max(len(np.unique(one)) for one in posterized)
        changes[factor] = np.abs(posterized - pictures).mean()
        drawn = policy.get_random_transformation(pictures, training=True)
        assert drawn["layer_idxes"].shape == (policy.num_ops,), "one choice for the whole batch"
    assert [levels[factor] for factor in (0.05, 0.1, 0.3)] == [2, 2, 2]
    assert levels[1.0] > 2
    assert changes[1.0] < changes[0.3]


@pytest.mark.slow
def test_each_counterpart_in_keras_3_takes_what_it_is_given(keras: ModuleType) -> None:
    from keras import layers

    for op, counterpart in COUNTERPARTS.items():
        scale = scale_of(op)
        for value in scale.values:
            arguments = keras_arguments(counterpart, scale, value)
            assert getattr(layers, counterpart.layer)(**arguments), op
