from __future__ import annotations

from typing import Any

import numpy as np

import augment
from tests.ops.reference import assert_equally_often, assert_rate

COUNT = 3000
CLASSES = np.arange(COUNT) % 3


def happened(*steps: dict[str, Any], **settings: Any) -> list[tuple[str, ...]]:
    """Return the ops applied to each of many samples of three classes."""
    recipe = augment.Recipe.from_dict(
        {"version": 1, "steps": [{"op": "one_of", "steps": list(steps), **settings}]}
    )
    labels = np.eye(3, dtype=np.float32)[CLASSES]
    rows = augment.draw(recipe, np.arange(COUNT), seed=7, labels=labels).rows
    return [tuple(applied.op for applied in row.ops) for row in rows]


def of_class(index: int, ops: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [op for op, own in zip(ops, CLASSES, strict=True) if own == index]


def test_applies_exactly_one_each_equally_often() -> None:
    ops = happened({"op": "equalize"}, {"op": "cut_mix"}, {"op": "shear_x"}, {"op": "mix_up"})
    assert_equally_often(ops, [("equalize",), ("cut_mix",), ("shear_x",), ("mix_up",)])


def test_draws_among_the_steps_for_the_class() -> None:
    ops = happened(
        {"op": "equalize"},
        {"op": "solarize", "classes": [0]},
        {"op": "contrast", "classes": [0, 1]},
    )
    assert_equally_often(of_class(0, ops), [("equalize",), ("solarize",), ("contrast",)])
    assert_equally_often(of_class(1, ops), [("equalize",), ("contrast",)])
    assert set(of_class(2, ops)) == {("equalize",)}


def test_nothing_is_applied_where_no_step_is_for_the_class() -> None:
    ops = happened({"op": "equalize", "classes": [1]}, {"op": "solarize", "enabled": False})
    assert set(of_class(0, ops)) == {()}
    assert set(of_class(1, ops)) == {("equalize",)}


def test_a_disabled_step_is_not_drawn() -> None:
    ops = happened({"op": "equalize"}, {"op": "solarize", "enabled": False}, {"op": "contrast"})
    assert_equally_often(ops, [("equalize",), ("contrast",)])


def test_its_own_probability_and_that_of_its_children_apply() -> None:
    """One third each of CutMix, MixUp and neither, as the Keras guide says but does not do."""
    ops = happened({"op": "cut_mix"}, {"op": "mix_up"}, probability=2 / 3)
    assert_equally_often(ops, [("cut_mix",), ("mix_up",), ()])
    shy = happened({"op": "equalize", "probability": 0.2}, {"op": "contrast"})
    assert_rate(np.array([op == ("equalize",) for op in shy]), 0.1)
    assert_rate(np.array([op == ("contrast",) for op in shy]), 0.5)


def test_children_follow_their_own_settings() -> None:
    recipe = augment.Recipe.from_dict(
        {
            "version": 1,
            "steps": [
                {
                    "op": "one_of",
                    "steps": [
                        {"op": "shear_x", "id": "a little", "x_factor": 0.1},
                        {"op": "shear_x", "id": "a lot", "x_factor": 0.9},
                    ],
                }
            ],
        }
    )
    rows = augment.draw(recipe, np.arange(COUNT), seed=7).rows
    shears: dict[str, list[float]] = {"a little": [], "a lot": []}
    for row in rows:
        shears[row.ops[0].step].append(abs(row.ops[0].values["shear"]))
    assert 0.095 < max(shears["a little"]) <= 0.1
    assert 0.85 < max(shears["a lot"]) <= 0.9
