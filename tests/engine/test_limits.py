from __future__ import annotations

import math

import pytest

from augment.engine.limits import SEED, Limits

PIXELS = Limits(low=32, high=512, unit="px")
RATE = Limits(low=1e-6, high=10.0)


def test_a_whole_number_may_be_given_as_a_float() -> None:
    assert PIXELS.check(64.0) == 64
    assert isinstance(PIXELS.check(64.0), int)
    assert isinstance(RATE.check(1), float)
    assert [
        limits.check(end) for limits in (PIXELS, RATE) for end in (limits.low, limits.high)
    ] == [
        32,
        512,
        1e-6,
        10.0,
    ]


WRONG = [
    31,
    513,
    64.5,
    "64",
    None,
    True,
    math.nan,
    math.inf,
    -math.inf,
    [64],
    10**400,
    -(10**400),
    10**5000,
]


@pytest.mark.parametrize("value", WRONG, ids=range(len(WRONG)))
def test_any_other_value_is_refused_with_what_is_allowed(value: object) -> None:
    with pytest.raises(ValueError, match=r"must be a whole number from 32 to 512 px, but .* given"):
        PIXELS.check(value)


def test_a_number_that_is_no_float_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"must be a number from 1e-06 to 10, but 1000.* was given"
    ):
        RATE.check(10**400)


def test_limits_as_text() -> None:
    assert str(SEED) == "a whole number from 0 to 4294967295"
    assert str(RATE) == "a number from 1e-06 to 10"
    assert PIXELS.span == "32 to 512 px"


def test_a_long_value_is_shortened() -> None:
    with pytest.raises(ValueError, match=r"but 'x{58}… was given$"):
        PIXELS.check("x" * 1000)
