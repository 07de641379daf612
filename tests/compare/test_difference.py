"""The interval of a difference: that it contains the truth as often as it says, and what is said of it.

benchmarks/coverage.py has the whole table; here are its corners, on fixed draws. With 1,000 repetitions a
coverage of 95 % is measured as 93.6 to 96.4 in 95 of 100 cases, with 400 as 92.9 to 97.1,
with 200 as 92.0 to 98.0.
"""

from __future__ import annotations

import numpy as np
import pytest

from augment.compare.difference import estimate, paired_difference
from benchmarks.coverage import World

TYPICAL = World(accuracy=0.35, gain=0.02, points=(0.9, 0.9))
STRONG = World(accuracy=0.6, gain=0.0, points=(2.0, 2.0))


@pytest.mark.parametrize(
    ("world", "seeds", "pictures", "repetitions"),
    [
        (TYPICAL, (1, 1), 200, 1000),
        (TYPICAL, (1, 1), 6149, 400),
        (TYPICAL, (2, 2), 1020, 1000),
        (STRONG, (2, 2), 6149, 400),
        (TYPICAL, (3, 3), 200, 1000),
        (TYPICAL, (3, 3), 1020, 600),
        (STRONG, (3, 3), 6149, 300),
        (World(accuracy=0.35, points=(2.0, 2.0), alike=0.5), (3, 3), 1020, 1000),
        (World(accuracy=0.95), (5, 5), 1020, 400),
        (World(accuracy=0.02, gain=0.01, points=(0.9, 0.9)), (10, 10), 200, 1000),
        (TYPICAL, (10, 10), 6149, 200),
        (TYPICAL, (3, 5), 1020, 1000),
    ],
)
def test_the_interval_contains_the_truth_as_often_as_it_says(
    world: World, seeds: tuple[int, int], pictures: int, repetitions: int
) -> None:
    """The p-value of the truth is at least 5 % just where the interval contains it; see below."""
    draws = world.draws(seeds, pictures, repetitions=repetitions, random=12)
    paired = seeds[0] == seeds[1]
    contained = [estimate(*groups, paired=paired).p(truth) >= 0.05 for *groups, truth in draws]
    assert 0.92 <= np.mean(contained) <= 0.98


def test_a_bootstrap_over_three_seeds_does_not() -> None:
    contained = []
    every = np.stack(np.meshgrid(*[range(3)] * 3), axis=-1).reshape(-1, 3)
    for first, second, truth in TYPICAL.draws((3, 3), 1020, repetitions=400, random=12):
        by_seed = second.mean(axis=1) - first.mean(axis=1)
        low, high = np.quantile(by_seed[every].mean(axis=1), (0.025, 0.975))
        contained.append(low <= truth <= high)
    assert np.mean(contained) < 0.8


@pytest.mark.parametrize(("seeds", "paired"), [((1, 1), True), ((3, 3), True), ((2, 5), False)])
def test_the_ends_of_the_interval_are_where_the_p_value_is_five_percent(
    seeds: tuple[int, int], paired: bool
) -> None:
    first, second, _ = next(TYPICAL.draws(seeds, 500, repetitions=1, random=3))
    found, estimated = (
        paired_difference(first, second, paired=paired),
        estimate(first, second, paired=paired),
    )
    assert [estimated.p(found.low), estimated.p(found.high)] == pytest.approx(
        [0.05, 0.05], abs=1e-5
    )


def test_one_seed_and_many_pictures_is_the_test_of_mcnemar() -> None:
    """Without its continuity correction, up to the two pictures more."""
    first, second = np.zeros((1, 10_000), bool), np.zeros((1, 10_000), bool)
    second[0, :600], first[0, 600:1100] = True, True
    found = paired_difference(first, second, paired=True)
    assert found.high - found.low == pytest.approx(2 * 1.96 * np.sqrt(1100) / 10_000, rel=2e-3)


def test_swapping_the_groups_changes_the_sign_alone() -> None:
    first, second, _ = next(TYPICAL.draws((3, 3), 300, repetitions=1, random=5))
    there, back = (
        paired_difference(*pair, paired=True) for pair in ((first, second), (second, first))
    )
    assert (back.difference, back.low, back.high) == pytest.approx(
        (-there.difference, -there.high, -there.low)
    )


def test_equal_groups_whose_seeds_differ_have_a_narrow_interval() -> None:
    """Their pictures leave no doubt, so that the parts of the variance nearly cancel."""
    random = np.random.default_rng(4)
    group = random.random((3, 1000)) < np.array([[0.30], [0.33], [0.35]])
    found = paired_difference(group, group, paired=True)
    assert "both are right on the same pictures" in found.sentence
    assert 0.001 < found.high < 0.08


def right(*shares: float, pictures: int = 1000) -> np.ndarray:
    """Return one run per share: right on the first pictures."""
    return np.arange(pictures) < np.array(shares)[:, None] * pictures


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (
            right(0.30, 0.30, 0.30),
            right(0.40, 0.40, 0.40),
            "+10.0 points, 95 % interval 8.1 to 11.9, three seeds each",
        ),
        (
            right(0.40, 0.40, 0.40),
            right(0.30, 0.30, 0.30),
            "-10.0 points, 95 % interval -11.9 to -8.1, three seeds each",
        ),
        (
            right(0.400),
            right(0.401),
            "no difference can be told from chance with this much data: +0.1 points, "
            "95 % interval -0.2 to 0.4, one seed each; over pictures only: another seed may differ",
        ),
        (
            right(0.5, 0.5),
            right(0.5, 0.5),
            "both are right on the same pictures, so no difference can be seen: 0.0 points, "
            "95 % interval -0.3 to 0.3, two seeds each",
        ),
        (
            right(*[0.30] * 12),
            right(0.40, 0.40),
            "+10.0 points, 95 % interval 8.1 to 11.9, 12 seeds against two",
        ),
        (
            right(0.30),
            right(0.40, 0.40, 0.40),
            "+10.0 points, 95 % interval 8.1 to 11.9, one seed against three; "
            "the single run is taken to spread over seeds as the others do",
        ),
        (
            right(0, pictures=1),
            right(1, pictures=1),
            "no difference can be told from chance with this much data: +100.0 points, "
            "95 % interval -100.0 to 100.0, one seed each; over pictures only: another seed may differ",
        ),
    ],
)
def test_the_sentence(first: np.ndarray, second: np.ndarray, sentence: str) -> None:
    found = paired_difference(first, second, paired=len(first) == len(second))
    assert found.sentence == sentence
    assert (found.pictures, found.seeds) == (first.shape[1], min(len(first), len(second)))


@pytest.mark.parametrize(
    ("first", "second", "paired", "said"),
    [
        ((3, 5), (3, 6), True, r"not of the shapes \(3, 5\) and \(3, 6\)"),
        ((5,), (5,), False, "the same pictures"),
        ((2, 0), (2, 0), True, "nothing to compare"),
        ((0, 5), (2, 5), False, "nothing to compare"),
        ((2, 5), (3, 5), True, "not 2 and 3"),
    ],
)
def test_what_cannot_be_compared(
    first: tuple[int, ...], second: tuple[int, ...], paired: bool, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        paired_difference(np.zeros(first, bool), np.zeros(second, bool), paired=paired)
