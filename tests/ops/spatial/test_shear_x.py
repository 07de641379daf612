from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from scipy import stats

from tests.ops.reference import (
    Picture,
    apply_op,
    assert_distributed,
    assert_near,
    assert_rate,
    drawn,
)
from tests.ops.spatial_reference import FILL_MODES, picture_after, twin_of, warped

SHEARS = [-1.0, -0.73, -0.31, -0.02, 0.17, 0.5, 1.0]


@pytest.mark.parametrize("shear", SHEARS)
def test_equals_scipy(picture: Picture, shear: float) -> None:
    """OpenCV samples on a grid of 1/32 pixel, so steep edges may differ by some levels."""
    scipys = warped(picture, lambda x, y: (x + shear * y, y))
    assert_near(apply_op("shear_x", picture, shear=shear), scipys, share=0.995)


def test_draws_both_signs_equally_often() -> None:
    shears = drawn("shear_x", x_factor=0.4)["shear"]
    assert_rate(shears < 0, 0.5)
    assert_distributed(np.abs(shears), stats.uniform(0.0, 0.4))


@pytest.mark.slow
@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("shear", SHEARS)
def test_equals_keras_cv(picture: Picture, keras: ModuleType, shear: float, fill_mode: str) -> None:
    border = {"fill_mode": fill_mode, "fill_value": 90}
    layer = twin_of("shear_x", keras, **border)
    theirs = picture_after(layer, picture, shear_x=[[shear]], shear_y=None)
    assert_near(apply_op("shear_x", picture, shear=shear, **border), theirs, share=0.995)


@pytest.mark.slow
@pytest.mark.parametrize("factor", [0.0, 0.4])
def test_keras_cv_draws_the_same(keras: ModuleType, factor: float) -> None:
    layer = twin_of("shear_x", keras, x_factor=factor)
    shears = layer.get_random_transformation_batch(2000)
    assert shears["shear_y"] is None
    if factor == 0.0:
        assert not np.any(shears["shear_x"])
    else:
        assert_distributed(np.ravel(shears["shear_x"]), stats.uniform(-factor, 2 * factor))
