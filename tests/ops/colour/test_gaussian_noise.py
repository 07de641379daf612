from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tests.ops.reference import (
    Picture,
    apply_op,
    as_picture,
    assert_distributed,
    assert_near,
    drawn,
)

SEED = 2**51 + 12_345
GREY = np.full((120, 150, 3), 128, np.uint8)


def noise_on(picture: Picture, level: float, seed: int = SEED) -> Picture:
    return apply_op("gaussian_noise", picture, level=level, seed=seed)


@pytest.mark.parametrize("level", [0.01, 0.1, 0.5])
def test_adds_the_noise_of_the_definition(picture: Picture, level: float) -> None:
    """16 raw bits per number, made normal by SciPy; a sum of half a level may round either way."""
    words = np.random.PCG64DXSM(SEED).random_raw(-(-picture.size // 4)).astype("<u8")
    places = words.view("<u2")[: picture.size].reshape(picture.shape)
    normal = stats.norm.ppf((places + 0.5) / 65_536)
    expected = as_picture(picture + 255.0 * level * normal)
    assert_near(noise_on(picture, level), expected, levels=0, share=0.999)
    assert_near(noise_on(picture, level), expected, levels=1)


def test_draws_the_level_and_a_seed_for_each_picture() -> None:
    values = drawn("gaussian_noise", stddev=0.3)
    assert_distributed(values["level"], stats.uniform(0.0, 0.3))
    assert_distributed(values["seed"] / 2.0**52, stats.uniform())
    assert len(set(values["seed"])) == len(values["seed"])
