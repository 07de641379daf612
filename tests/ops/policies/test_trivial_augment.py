from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

import augment
from tests.ops import paper_reference
from tests.ops.reference import (
    assert_distributed,
    assert_equally_often,
    assert_near,
    assert_rate,
    batch_of,
)

COUNT = 6000
# Each op -> the argument that the strength sets, its value at strength 0, and how far from it strength
# 1 is in the space "wide" and in "standard"; negative where it only goes down.
SPACES = {
    "rotate": ("turn", 0.0, 135 / 360, 30 / 360),
    "solarize": ("threshold", 256.0, -256.0, -256.0),
    "saturation": ("multiplier", 1.0, 0.99, 0.9),
    "posterize": ("kept", 8.0, -6.0, -4.0),
    "contrast": ("multiplier", 1.0, 0.99, 0.9),
    "brightness": ("shift", 0.0, 0.99, 0.9),
    "sharpness": ("multiplier", 1.0, 0.99, 0.9),
    "shear_x": ("shear", 0.0, 0.99, 0.3),
    "shear_y": ("shear", 0.0, 0.99, 0.3),
    "translate_x": ("shift", 0.0, 32 / 224, 10 / 224),
    "translate_y": ("shift", 0.0, 32 / 224, 10 / 224),
}
OPS = ("auto_contrast", "equalize", *SPACES)


def drawn_plan(count: int = COUNT, **settings: Any) -> augment.Plan:
    step = {"op": "trivial_augment", **settings}
    recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
    return augment.draw(recipe, np.arange(count), seed=7)


def test_draws_the_fourteen_choices_equally_often() -> None:
    """One of them is the identity, which does nothing."""
    plan = drawn_plan()
    assert max(len(row.ops) for row in plan.rows) == 1
    names = [row.ops[0].op if row.ops else "identity" for row in plan.rows]
    assert_equally_often(names, ("identity", *OPS))


@pytest.mark.parametrize("space", ["wide", "standard"])
def test_the_strength_is_uniform_over_the_ranges_of_the_space(space: str) -> None:
    plan = drawn_plan(space=space)
    for op, (name, weakest, *reaches) in SPACES.items():
        reach = reaches[space == "standard"]
        values = [row.ops[0].values[name] for row in plan.rows if row.ops and row.ops[0].op == op]
        far = np.array(values) - weakest
        if name == "kept":
            # Rounding gives the two ends half the share of each number between them.
            counts = np.bincount(-far.astype(int), minlength=round(-reach) + 1)
            expected = np.r_[0.5, np.ones(round(-reach) - 1), 0.5] / -reach * len(far)
            assert stats.chisquare(counts, expected).pvalue > 1e-3
        elif reach < 0:
            assert_distributed(-far, stats.uniform(0.0, -reach))
        else:
            assert_distributed(np.abs(far), stats.uniform(0.0, reach))
            assert_rate(far < 0, 0.5)


def test_op_strength_and_sign_are_independent() -> None:
    shears = {"shear_x": [], "shear_y": []}
    for row in drawn_plan().rows:
        if row.ops and row.ops[0].op in shears:
            shears[row.ops[0].op].append(row.ops[0].values["shear"])
    strengths, sides = np.abs(shears["shear_x"]), np.array(shears["shear_x"]) < 0
    assert_distributed(strengths[sides], stats.uniform(0.0, 0.99))
    assert_distributed(strengths[~sides], stats.uniform(0.0, 0.99))


@pytest.mark.parametrize("space", ["wide", "standard"])
def test_each_op_equals_pillow_with_the_drawn_values(space: str) -> None:
    pictures = batch_of(150, 120, 160)
    plan = drawn_plan(150, space=space, fill_mode="constant", fill_value=0)
    ours = augment.render(plan, pictures).images
    seen = set()
    for row, before, after in zip(plan.rows, pictures, ours, strict=True):
        for applied in row.ops:
            theirs = paper_reference.picture_after(applied.op, before, **applied.values)
            share = paper_reference.WARP_SHARE if applied.op in paper_reference.WARPS else 1.0
            assert_near(after, theirs, levels=paper_reference.LEVELS[applied.op], share=share)
            seen.add(applied.op)
        if not row.ops:
            np.testing.assert_array_equal(after, before)
    assert seen == set(OPS)
