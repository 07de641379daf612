"""Every distribution that arguments are drawn from against theory, over 100,000 samples.

They are drawn as the engine draws them, by `Arguments.sample`, keyed by the ids 0 to 99,999.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

import augment
from augment.engine import distributions, rng
from augment.engine.distributions import (
    Beta,
    Between,
    Chance,
    ClippedNormal,
    Gamma,
    Ratio,
    Seed,
    Uniform,
    UpTo,
    Whole,
    Within,
)
from augment.engine.draw import Arguments, Selection
from augment.engine.params import Draw, Param
from tests.ops.reference import SIGNIFICANCE, assert_distributed

N = 100_000
Values = npt.NDArray[Any]
Cdf = Callable[[Values], Values]


FOLLOWS = Param(help="A limit.", low=0.0, high=8.0, identity=0.0, extreme=4.0, name="a")
"""A parameter that follows the strength of a policy."""


def sampled(
    draw: Draw, *, key: str = "step", seed: int = 3, epoch: int = 0, shift: int = 0, **given: Any
) -> Values:
    """Return what is drawn for the ids from `shift` on, outside any policy."""
    selection = Selection.all_rows(rng.streams(seed, epoch, np.arange(shift, shift + N)), stage=0)
    arguments = Arguments.of(key, {"value": draw}, dict.fromkeys(given, FOLLOWS), given)
    return arguments.sample(selection.uniform(arguments.keys))["value"]


class Continuous(NamedTuple):
    """A draw, the parameters given, and the distribution function expected."""

    draw: Draw
    given: Mapping[str, float]
    cdf: Cdf


class Discrete(NamedTuple):
    """A draw, the parameters given, and the probability expected of each value that may come."""

    draw: Draw
    given: Mapping[str, float]
    probabilities: Mapping[Any, float]


def evenly(*values: float) -> dict[float, float]:
    return dict.fromkeys(values, 1 / len(values))


def between(low: float, high: float) -> Cdf:
    return stats.uniform(low, high - low).cdf


def two_sided(low: float, high: float) -> Cdf:
    """The sizes from low to high are uniform, and either sign as likely."""
    one_side = between(low, high)
    return lambda x: (1.0 - one_side(-x) + one_side(x)) / 2.0


CONTINUOUS = [
    Continuous(Uniform(), {}, between(0, 1)),
    Continuous(UpTo("a"), {"a": 0.3}, between(0, 0.3)),
    Continuous(UpTo("a", signed=True), {"a": 0.3}, between(-0.3, 0.3)),
    Continuous(UpTo("a", start=2.0), {"a": 5.0}, between(2, 5)),
    Continuous(UpTo("a", start=1.0), {"a": 0.25}, between(0.25, 1)),
    Continuous(UpTo("a", start=0.1, signed=True), {"a": 0.3}, two_sided(0.1, 0.3)),
    Continuous(UpTo("a", centre=1.0, signed=True), {"a": 0.9}, between(0.1, 1.9)),
    Continuous(Within("a"), {"a": 0.3}, between(-0.3, 0.3)),
    Continuous(Within("a", centre=1.0), {"a": 0.3}, between(0.7, 1.3)),
    Continuous(Between("a", "b"), {"a": 0.2, "b": 0.7}, between(0.2, 0.7)),
    Continuous(Between("a", "b"), {"a": 3.0, "b": -1.0}, between(-1, 3)),
    Continuous(Ratio("a"), {"a": 4 / 3}, stats.loguniform(3 / 4, 4 / 3).cdf),
    Continuous(Ratio("a"), {"a": 10.0}, stats.loguniform(0.1, 10).cdf),
    Continuous(Seed(), {}, between(0, 2**52)),
    *(Continuous(Gamma("a"), {"a": a}, stats.gamma(a).cdf) for a in (0.2, 1.0, 5.0)),
    *(Continuous(Beta("a"), {"a": a}, stats.beta(a, a).cdf) for a in (0.2, 1.0, 5.0)),
]
DISCRETE = [
    *(Discrete(Chance("p"), {"p": p}, {True: p, False: 1 - p}) for p in (0.001, 0.3, 0.5)),
    Discrete(Chance("p"), {"p": 0.0}, {False: 1.0}),
    Discrete(Chance("p"), {"p": 1.0}, {True: 1.0}),
    Discrete(UpTo("a", whole=True), {"a": 5}, evenly(0, 1, 2, 3, 4, 5)),
    Discrete(UpTo("a", whole=True, start=8.0), {"a": 6}, evenly(6, 7, 8)),
    Discrete(
        UpTo("a", whole=True, signed=True),
        {"a": 2},
        {-2: 1 / 6, -1: 1 / 6, 0: 1 / 3, 1: 1 / 6, 2: 1 / 6},
    ),
    Discrete(UpTo("a"), {"a": 0.0}, {0.0: 1.0}),
    Discrete(Within("a", centre=1.0), {"a": 0.0}, {1.0: 1.0}),
    Discrete(Whole("a", end=3), {"a": 6}, evenly(3, 4, 5, 6)),
    Discrete(Whole("a", end=3), {"a": 1}, evenly(1, 2, 3)),
    Discrete(Whole("a", end=3), {"a": 3}, {3: 1.0}),
    Discrete(Ratio("a"), {"a": 1.0}, {1.0: 1.0}),
    Discrete(ClippedNormal("m", "s"), {"m": 0.3, "s": 0.0}, {0.3: 1.0}),
]


def name_of(case: Continuous | Discrete) -> str:
    given = ", ".join(f"{name}={value:g}" for name, value in case.given.items())
    return f"{case.draw} of {given}"


@pytest.mark.parametrize("case", CONTINUOUS, ids=name_of)
def test_follows_its_distribution(case: Continuous) -> None:
    values = sampled(case.draw, **case.given)
    assert stats.kstest(values, case.cdf).pvalue > SIGNIFICANCE


@pytest.mark.parametrize("case", DISCRETE, ids=name_of)
def test_has_its_rates(case: Discrete) -> None:
    values, counts = np.unique(sampled(case.draw, **case.given), return_counts=True)
    assert values.tolist() == sorted(case.probabilities)
    if len(values) > 1:
        expected = [N * case.probabilities[value] for value in values.tolist()]
        assert stats.chisquare(counts, expected).pvalue > SIGNIFICANCE


def test_every_distribution_is_among_these() -> None:
    known = {
        found
        for found in vars(distributions).values()
        if isinstance(found, type) and issubclass(found, Draw) and found is not Draw
    }
    drawn_by_ops = {type(draw) for op in augment.registry().values() for draw in op.draws.values()}
    assert known | drawn_by_ops == {type(case.draw) for case in (*CONTINUOUS, *DISCRETE)}


def test_beta_at_small_alpha_is_all_or_nothing() -> None:
    """A third of the shares rounds to exactly 1 there, so the distribution is compared at points."""
    drawn = sampled(Beta("alpha"), alpha=0.01)
    expected = stats.beta(0.01, 0.01)
    for point in (1e-300, 1e-30, 1e-12, 1e-6, 0.01, 0.25, 0.5, 0.75, 0.99, 1 - 1e-6, 1 - 1e-12):
        assert_rate(drawn <= point, expected.cdf(point))
    # What is nearer to 1 than half the distance of the number before it.
    assert_rate(drawn == 1.0, expected.cdf(2.0**-54))
    assert expected.cdf(2.0**-54) == pytest.approx(0.344, abs=0.001)
    assert not np.any(drawn == 0.5)


def assert_rate(happened: npt.NDArray[np.bool_], probability: float) -> None:
    assert stats.binomtest(int(happened.sum()), N, probability).pvalue > SIGNIFICANCE


@pytest.mark.parametrize(("mean", "stddev"), [(0.3, 0.2), (0.0, 0.5), (0.9, 0.3), (0.5, 1.0)])
def test_clipped_normal(mean: float, stddev: float) -> None:
    """A normal distribution between 0 and 1, and at each end all that lies beyond."""
    drawn = sampled(ClippedNormal("m", "s"), m=mean, s=stddev)
    normal = stats.norm(mean, stddev)
    assert_rate(drawn == 0.0, normal.cdf(0.0))
    assert_rate(drawn == 1.0, normal.sf(1.0))
    inside = drawn[(drawn > 0.0) & (drawn < 1.0)]
    ends = (0.0 - mean) / stddev, (1.0 - mean) / stddev
    assert_distributed(inside, stats.truncnorm(*ends, mean, stddev))


def test_seeds_are_whole_and_hardly_ever_meet() -> None:
    seeds = sampled(Seed())
    assert seeds.dtype == np.int64
    assert len(np.unique(seeds)) == N


def at_strength(draw: Draw, strength: float, param: Param, **given: float) -> Values:
    """Return what is drawn in a policy at a strength from 0 to 1."""
    streams = rng.streams(3, 0, np.arange(N))
    selection = Selection.all_rows(streams, 0).in_slots(
        np.zeros(N, np.int64), np.arange(N), 1, np.full(N, strength)
    )
    arguments = Arguments.of("step", {"value": draw}, {"a": param}, given)
    return arguments.sample(selection.uniform(arguments.keys), selection.strengths)["value"]


def test_in_a_policy_the_strength_decides() -> None:
    """It runs from what changes nothing to the extreme, and only the sign is still drawn."""
    at = functools.partial(at_strength, strength=0.25, param=FOLLOWS, a=7.0, b=7.0)
    np.testing.assert_array_equal(at(UpTo("a")), 1.0)
    np.testing.assert_array_equal(at(Between("b", "a")), 1.0)
    np.testing.assert_array_equal(at(UpTo("a", strength=(8.0, 0.0))), 6.0)
    np.testing.assert_array_equal(at(UpTo("a", whole=True), strength=0.4), 2.0)
    signed = at(UpTo("a", signed=True, centre=3.0))
    assert set(signed.tolist()) == {2.0, 4.0}
    assert_rate(signed == 2.0, 0.5)
    assert_distributed(at(Within("a", centre=2.0)), stats.uniform(1.0, 2.0))
    followless = Within("a", centre=2.0, follows_strength=False)
    assert_distributed(at(followless), stats.uniform(-5.0, 14.0))


def test_nothing_that_is_drawn_depends_on_anything_else() -> None:
    """By correlation, and by how often two values fall into each of 64 fields."""
    first = sampled(Uniform())
    others = {
        "the next argument": sampled(Uniform(), key="step2"),
        "a signed argument's sign": (sampled(UpTo("a", signed=True), a=1.0) > 0.0).astype(float),
        "the next id": sampled(Uniform(), shift=1),
        "the id of the next batch": sampled(Uniform(), shift=32),
        "the next epoch": sampled(Uniform(), epoch=1),
        "the next id in the next epoch": sampled(Uniform(), epoch=1, shift=1),
        "the id before in the next epoch": sampled(Uniform(), epoch=1, shift=-1),
        "the next seed": sampled(Uniform(), seed=4),
        "the seed with its sign changed": sampled(Uniform(), seed=-3),
        "the next seed's last epoch": sampled(Uniform(), seed=2, epoch=1),
    }
    for name, other in others.items():
        assert_independent(first, other, name)


def test_nothing_in_a_policys_slots_depends_on_another() -> None:
    """Neither between slots, nor between what is drawn for one slot, nor on what is drawn once."""
    draws: dict[str, Draw] = {
        "which": Uniform(slots=("n",)),
        "strength": Uniform(slots=("n",)),
        "once": Uniform(),
    }
    selection = Selection.all_rows(rng.streams(3, 0, np.arange(N)), stage=0)
    arguments = Arguments.of("step", draws, {}, {"n": 3})
    drawn = arguments.sample_slots(selection.uniform(arguments.keys))
    rows = [*drawn["which"], *drawn["strength"], drawn["once"]]
    assert len(rows) == 7
    for index, row in enumerate(rows):
        assert_distributed(row, stats.uniform())
        for other in rows[:index]:
            assert_independent(row, other)


def assert_independent(one: Values, other: Values, what: str = "") -> None:
    assert abs(np.corrcoef(one, other)[0, 1]) < 4.5 / math.sqrt(N), what
    fields = np.histogram2d(one, other, bins=8)[0]
    fields = fields[:, fields.any(axis=0)]
    assert stats.chi2_contingency(fields).pvalue > SIGNIFICANCE, what
