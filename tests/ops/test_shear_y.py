from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from scipy import stats

from tests.ops.reference import (
    Picture,
    assert_distributed,
    assert_near,
    assert_rate,
    drawn,
    happen,
    warped,
)

SHEARS = [-1.0, -0.73, -0.31, -0.02, 0.17, 0.5, 1.0]


@pytest.mark.parametrize("shear", SHEARS)
def test_is_scipys(picture: Picture, shear: float) -> None:
    """OpenCV places its samples on a grid of 1/32 pixel, so steep edges may differ by some levels."""
    scipys = warped(picture, lambda x, y: (x, y + shear * x))
    assert_near(happen("shear_y", picture, shear=shear), scipys, share=0.995)


def test_nothing_happens_at_0(picture: Picture) -> None:
    np.testing.assert_array_equal(happen("shear_y", picture, shear=0.0), picture)


def test_draws_either_side_as_often() -> None:
    shears = drawn("shear_y", y_factor=0.4)["shear"]
    assert_rate(shears < 0, 0.5)
    assert_distributed(np.abs(shears), stats.uniform(0.0, 0.4))


@pytest.mark.slow
@pytest.mark.parametrize("shear", SHEARS)
def test_is_keras_cvs(picture: Picture, keras: ModuleType, shear: float) -> None:
    ours = happen("shear_y", picture, shear=shear)
    assert_near(ours, keras.picture_after("shear_y", picture, shear=shear), share=0.995)
