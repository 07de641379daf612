from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from augment import rng
from augment.distributions import Beta, Chance, ClippedNormal, UpTo, Within

N = 100_000
UNIFORMS = np.stack(
    [rng.uniform(rng.streams(3, 0, np.arange(N)), rng.key(text)) for text in ("size", "sign")]
)


@pytest.mark.parametrize("alpha", [0.2, 1.0, 4.0])
def test_beta(alpha: float) -> None:
    drawn = Beta("alpha").sample(UNIFORMS, {"alpha": alpha})
    assert stats.kstest(drawn, stats.beta(alpha, alpha).cdf).pvalue > 1e-3


def test_beta_at_small_alpha_is_all_or_nothing() -> None:
    """A third of the shares rounds to exactly 1 there, so the distribution is compared at points."""
    drawn = Beta("alpha").sample(UNIFORMS, {"alpha": 0.01})
    for point in (1e-12, 1e-6, 0.01, 0.25, 0.5, 0.75, 0.99):
        expected = stats.beta(0.01, 0.01).cdf(point)
        assert abs((drawn <= point).mean() - expected) < 4.5 * np.sqrt(
            expected * (1 - expected) / N
        )
    assert (drawn == 0.5).mean() < 1e-3


def test_up_to() -> None:
    drawn = UpTo("limit").sample(UNIFORMS, {"limit": 0.3})
    assert stats.kstest(drawn, stats.uniform(0, 0.3).cdf).pvalue > 1e-3
    signed = UpTo("limit", signed=True).sample(UNIFORMS, {"limit": 0.3})
    assert stats.kstest(signed, stats.uniform(-0.3, 0.6).cdf).pvalue > 1e-3


def test_up_to_at_a_strength_is_that_strength() -> None:
    strength = np.full(N, 0.2)
    np.testing.assert_array_equal(UpTo("limit").sample(UNIFORMS, {"limit": 0.9}, strength), 0.2)
    signed = UpTo("limit", signed=True).sample(UNIFORMS, {"limit": 0.9}, strength)
    np.testing.assert_array_equal(np.abs(signed), 0.2)
    assert abs((signed > 0).mean() - 0.5) < 4.5 * 0.5 / np.sqrt(N)


def test_within() -> None:
    drawn = Within("limit", centre=1.0).sample(UNIFORMS, {"limit": 0.3})
    assert stats.kstest(drawn, stats.uniform(0.7, 0.6).cdf).pvalue > 1e-3


def test_chance() -> None:
    drawn = Chance("rate").sample(UNIFORMS, {"rate": 0.3})
    assert drawn.dtype == bool
    assert abs(drawn.mean() - 0.3) < 4.5 * np.sqrt(0.21 / N)
    assert not Chance("rate").sample(UNIFORMS, {"rate": 0.0}).any()
    assert Chance("rate").sample(UNIFORMS, {"rate": 1.0}).all()


def test_clipped_normal() -> None:
    drawn = ClippedNormal("m", "s").sample(UNIFORMS, {"m": 0.3, "s": 0.2})
    inside = drawn[(drawn > 0) & (drawn < 1)]
    expected = stats.truncnorm((0 - 0.3) / 0.2, (1 - 0.3) / 0.2, 0.3, 0.2)
    assert stats.kstest(inside, expected.cdf).pvalue > 1e-3
    below = stats.norm(0.3, 0.2).cdf(0)
    assert abs((drawn == 0).mean() - below) < 4.5 * np.sqrt(below * (1 - below) / N)
    np.testing.assert_array_equal(ClippedNormal("m", "s").sample(UNIFORMS, {"m": 0.3, "s": 0}), 0.3)
