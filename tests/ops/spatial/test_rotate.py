from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import pytest
from scipy import stats

from tests.ops.reference import (
    Picture,
    apply_op,
    assert_distributed,
    assert_near,
    drawn,
    photograph,
)
from tests.ops.spatial_reference import FILL_MODES, picture_after, pixels, sampled, twin_of

TURNS = [-0.5, -0.31, -0.02, 0.003, 0.08, 0.25, 0.44]


@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("turn", TURNS)
def test_equals_scipy(picture: Picture, turn: float, fill_mode: str) -> None:
    """OpenCV samples on a grid of 1/32 pixel, so steep edges may differ by some levels."""
    x, y = pixels(picture)
    centre = (picture.shape[1] - 1) / 2 + 1j * (picture.shape[0] - 1) / 2
    source = (x + 1j * y - centre) * np.exp(2j * np.pi * turn) + centre
    border = {"fill_mode": fill_mode, "fill_value": 90}
    scipys = sampled(picture, source.real, source.imag, **border)
    assert_near(apply_op("rotate", picture, turn=turn, **border), scipys, share=0.995)


@pytest.mark.parametrize("quarters", [-2, -1, 0, 1, 2])
def test_quarter_turns_of_a_square_equal_numpy(quarters: int) -> None:
    """NumPy rotates counter-clockwise too."""
    picture = photograph("square")
    turned = apply_op("rotate", picture, turn=quarters / 4)
    np.testing.assert_array_equal(turned, np.rot90(picture, quarters))


def test_draws_uniformly_in_both_directions() -> None:
    assert_distributed(drawn("rotate", factor=0.3)["turn"], stats.uniform(-0.3, 0.6))


@pytest.mark.slow
@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("turn", TURNS)
def test_equals_keras_cv(picture: Picture, keras: ModuleType, turn: float, fill_mode: str) -> None:
    border = {"fill_mode": fill_mode, "fill_value": 90}
    theirs = picture_after(
        twin_of("rotate", keras, **border), picture, angles=[2.0 * math.pi * turn]
    )
    assert_near(apply_op("rotate", picture, turn=turn, **border), theirs, share=0.995)


@pytest.mark.slow
def test_keras_cv_draws_the_same(keras: ModuleType) -> None:
    angles = twin_of("rotate", keras, factor=0.2).get_random_transformation_batch(2000)["angles"]
    assert_distributed(np.asarray(angles) / (2.0 * math.pi), stats.uniform(-0.2, 0.4))
