from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tests.ops.reference import (
    NO_ACCIDENT,
    Picture,
    as_picture,
    assert_distributed,
    assert_near,
    drawn,
    happen,
    photograph,
)

SEED = 2**51 + 12_345
GREY = np.full((120, 150, 3), 128, np.uint8)


def noise_on(picture: Picture, level: float, seed: int = SEED) -> Picture:
    return happen("gaussian_noise", picture, level=level, seed=seed)


@pytest.mark.parametrize("level", [0.01, 0.1, 0.5])
def test_adds_what_the_bits_say(picture: Picture, level: float) -> None:
    """16 raw bits a number, made normal by SciPy; where the sum is half a level, either will do."""
    words = np.random.PCG64DXSM(SEED).random_raw(-(-picture.size // 4)).astype("<u8")
    places = words.view("<u2")[: picture.size].reshape(picture.shape)
    normal = stats.norm.ppf((places + 0.5) / 65_536)
    expected = as_picture(picture + 255.0 * level * normal)
    assert_near(noise_on(picture, level), expected, levels=0, share=0.999)
    assert_near(noise_on(picture, level), expected, levels=1)


@pytest.mark.parametrize("level", [0.008, 0.03, 0.1])
def test_is_normal_noise_rounded(level: float) -> None:
    noise = noise_on(GREY, level).astype(int) - 128
    inner = np.arange(-40, 40)
    ends = np.concatenate([[-np.inf], inner + 0.5, [np.inf]])
    expected = np.diff(stats.norm.cdf(ends / (255.0 * level))) * noise.size
    observed = np.histogram(noise, np.concatenate([[-1000], inner + 0.5, [1000]]))[0]
    often = expected > 5.0
    assert observed[~often].sum() < 100
    expected = expected[often] / expected[often].sum() * observed[often].sum()
    assert stats.chisquare(observed[often], expected).pvalue > NO_ACCIDENT


def test_pixels_channels_and_seeds_are_unrelated() -> None:
    noise = noise_on(GREY, 0.1).astype(float)
    other = noise_on(GREY, 0.1, SEED + 1).astype(float)
    for one, another in (
        (noise[:, :-1], noise[:, 1:]),
        (noise[:-1], noise[1:]),
        (noise[..., 0], noise[..., 1]),
        (noise[..., 1], noise[..., 2]),
        (noise, other),
    ):
        assert stats.pearsonr(one.ravel(), another.ravel()).pvalue > NO_ACCIDENT


def test_clips() -> None:
    black, white = np.zeros_like(GREY), np.full_like(GREY, 255)
    for picture, level in ((black, 0), (white, 255)):
        clipped = np.mean(noise_on(picture, 0.3) == level)
        assert 0.48 < clipped < 0.53
        assert np.abs(noise_on(picture, 0.3).astype(int) - level).max() > 200


def test_stays_the_same_in_any_picture() -> None:
    """The field depends on the seed and the shape alone."""
    picture = np.clip(photograph("square"), 60, 195)
    noise = noise_on(picture, 0.05).astype(int) - picture
    grey = np.full_like(picture, 128)
    np.testing.assert_array_equal(noise, noise_on(grey, 0.05).astype(int) - 128)


def test_draws_the_level_and_a_seed_for_each_picture() -> None:
    values = drawn("gaussian_noise", stddev=0.3)
    assert_distributed(values["level"], stats.uniform(0.0, 0.3))
    assert_distributed(values["seed"] / 2.0**52, stats.uniform())
    assert len(set(values["seed"])) == len(values["seed"])
