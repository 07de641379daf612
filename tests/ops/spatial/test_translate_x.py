from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from scipy import ndimage, stats

from tests.ops.reference import (
    Picture,
    apply_op,
    as_picture,
    assert_distributed,
    assert_near,
    drawn,
)
from tests.ops.spatial_reference import FILL_MODES, picture_after, twin_of

SHIFTS = [-1.0, -0.73, -0.31, -0.02, 0.17, 0.5, 0.999, 1.0]


@pytest.mark.parametrize("shift", SHIFTS)
def test_equals_scipy_within_one_level(picture: Picture, shift: float) -> None:
    distance = (0, shift * picture.shape[1], 0)
    scipys = ndimage.shift(picture.astype(np.float64), distance, order=1, mode="reflect")
    assert_near(apply_op("translate_x", picture, shift=shift), as_picture(scipys), levels=1)


def test_a_shift_by_whole_pixels_is_exact(picture: Picture) -> None:
    """A positive shift moves right; the uncovered part is the reflected picture by default."""
    moved = apply_op("translate_x", picture, shift=5 / picture.shape[1])
    np.testing.assert_array_equal(moved[:, 5:], picture[:, :-5])
    np.testing.assert_array_equal(moved[:, :5], picture[:, 4::-1])


def test_draws_uniformly_around_0() -> None:
    shifts = drawn("translate_x", width_factor=0.4)["shift"]
    assert_distributed(shifts, stats.uniform(-0.4, 0.8))


@pytest.mark.slow
@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("shift", SHIFTS)
def test_equals_keras_cv_within_one_level(
    picture: Picture, keras: ModuleType, shift: float, fill_mode: str
) -> None:
    border = {"fill_mode": fill_mode, "fill_value": 90}
    moves = {"width_translations": [[shift]], "height_translations": [[0.0]]}
    theirs = picture_after(twin_of("translate_x", keras, **border), picture, **moves)
    assert_near(apply_op("translate_x", picture, shift=shift, **border), theirs, levels=1)


@pytest.mark.slow
def test_keras_cv_draws_the_same(keras: ModuleType) -> None:
    layer = twin_of("translate_x", keras, width_factor=0.4)
    moves = layer.get_random_transformation_batch(2000)
    assert_distributed(np.ravel(moves["width_translations"]), stats.uniform(-0.4, 0.8))
    assert not np.any(moves["height_translations"])
