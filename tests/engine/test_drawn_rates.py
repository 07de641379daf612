"""What a whole recipe draws, end to end, over 20,000 samples."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

import augment
from augment import Recipe
from tests.ops.reference import (
    SIGNIFICANCE,
    assert_binomial,
    assert_distributed,
    assert_equally_often,
    assert_rate,
)

N = 20_000
STRENGTH = {
    "policy": "keras_cv",
    "augmentations_per_image": 3,
    "magnitude": 0.3,
    "magnitude_stddev": 0.2,
}
RECIPE = Recipe.from_dict(
    {
        "version": 1,
        "steps": [
            {"op": "grayscale", "id": "grey", "probability": 0.3},
            {"op": "shear_x", "id": "shear", "x_factor": 0.4},
            {"op": "flip", "id": "flip", "rate": 0.2},
            {
                "op": "one_of",
                "steps": [
                    {"op": "cut_mix", "id": "cut_mix", "alpha": 0.2},
                    {"op": "mix_up", "id": "mix_up", "alpha": 1.0},
                    {"op": "puzzle_mix", "id": "puzzle_mix", "alpha": 5.0, "probability": 0.5},
                ],
            },
            {"op": "rand_augment", "id": "policy", "rate": 0.25, **STRENGTH},
        ],
    }
)
ALPHA = {"cut_mix": 0.2, "mix_up": 1.0, "puzzle_mix": 5.0}


@functools.cache
def rows() -> tuple[augment.Row, ...]:
    return augment.draw(RECIPE, np.arange(N), seed=11, epoch=2).rows


def happened(step: str) -> npt.NDArray[np.bool_]:
    return np.array([any(one.step == step for one in row.ops) for row in rows()])


def values_of(step: str, argument: str) -> npt.NDArray[Any]:
    return np.array([one.values[argument] for row in rows() for one in row.ops if one.step == step])


def flips() -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    return values_of("flip", "horizontal"), values_of("flip", "vertical")


def test_steps_happen_as_often_as_they_should() -> None:
    assert_rate(happened("grey"), 0.3)
    assert happened("shear").all()
    for flipped in flips():
        assert_rate(flipped, 0.2)
    for step, share in (("cut_mix", 1 / 3), ("mix_up", 1 / 3), ("puzzle_mix", 1 / 6)):
        assert_rate(happened(step), share)


def test_what_is_drawn_follows_the_recipe() -> None:
    assert_distributed(values_of("shear", "shear"), stats.uniform(-0.4, 0.8))
    for step, alpha in ALPHA.items():
        assert_distributed(values_of(step, "share"), stats.beta(alpha, alpha))
    for argument in ("centre_x", "centre_y"):
        assert_distributed(values_of("cut_mix", argument), stats.uniform())


def test_a_policy_draws_as_many_ops_as_it_should() -> None:
    """An op whose strength, normal around 0.3, is not above 0 does not happen."""
    of_policy = [[one.op for one in row.ops if one.step == "policy"] for row in rows()]
    assert_binomial([len(ops) for ops in of_policy], 3, 0.25 * stats.norm(0.3, 0.2).sf(0.0))
    members = sorted({op for ops in of_policy for op in ops})
    assert len(members) == 10
    assert_equally_often([op for ops in of_policy for op in ops], members)


def test_partners_stand_anywhere() -> None:
    """As often near as far, in a circle of ids that are drawn, not in the order of the batch."""
    ahead = np.array(
        [
            (one.partner - index) % N
            for index, row in enumerate(rows())
            for one in row.ops
            if one.partner is not None
        ]
    )
    assert (ahead > 0).all()
    assert len(ahead) > N / 2
    assert_distributed(ahead / N, stats.uniform())


def test_steps_draw_apart_from_each_other() -> None:
    shear = values_of("shear", "shear")
    for decided in (happened("grey"), happened("cut_mix"), happened("mix_up")):
        assert stats.ks_2samp(shear[decided], shear[~decided]).pvalue > SIGNIFICANCE
    for one, other in itertools.combinations([happened("grey"), *flips(), happened("mix_up")], 2):
        counts = [[np.sum((one == a) & (other == b)) for a in (0, 1)] for b in (0, 1)]
        assert stats.chi2_contingency(counts).pvalue > SIGNIFICANCE
