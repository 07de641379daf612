from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from scipy import stats

from tests.ops.reference import Picture, apply_op, assert_distributed, assert_near, drawn
from tests.ops.spatial_reference import FILL_MODES, picture_after, pixels, sampled, twin_of

MULTIPLIERS = [0.1, 0.35, 0.8, 1.0, 1.02, 1.5, 1.9]


@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("multiplier", MULTIPLIERS)
def test_equals_scipy(picture: Picture, multiplier: float, fill_mode: str) -> None:
    """OpenCV samples on a grid of 1/32 pixel, so steep edges may differ by some levels."""
    x, y = pixels(picture)
    across, down = (picture.shape[1] - 1) / 2, (picture.shape[0] - 1) / 2
    border = {"fill_mode": fill_mode, "fill_value": 90}
    scipys = sampled(
        picture, (x - across) / multiplier + across, (y - down) / multiplier + down, **border
    )
    assert_near(apply_op("zoom", picture, multiplier=multiplier, **border), scipys, share=0.99)


def test_a_multiplier_above_1_enlarges() -> None:
    """A dot of three pixels becomes one of nearly six; reduced by half, it becomes one pixel."""
    picture = np.zeros((41, 41, 3), np.uint8)
    picture[19:22, 19:22] = 255
    sums = [
        apply_op("zoom", picture, multiplier=multiplier, fill_mode="constant")[20, :, 0].sum()
        for multiplier in (0.5, 1.0, 1.9)
    ]
    np.testing.assert_allclose(sums, [1 * 255, 3 * 255, 5.7 * 255], rtol=0.01)


def test_draws_uniformly_around_1() -> None:
    assert_distributed(drawn("zoom", factor=0.4)["multiplier"], stats.uniform(0.6, 0.8))


@pytest.mark.slow
@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("multiplier", MULTIPLIERS)
def test_equals_keras_cv(
    picture: Picture, keras: ModuleType, multiplier: float, fill_mode: str
) -> None:
    """Their zoom is the inverse: how much more of the picture is visible."""
    border = {"fill_mode": fill_mode, "fill_value": 90}
    zooms = {name: [[1.0 / multiplier]] for name in ("width_zooms", "height_zooms")}
    theirs = picture_after(twin_of("zoom", keras, **border), picture, **zooms)
    assert_near(apply_op("zoom", picture, multiplier=multiplier, **border), theirs, share=0.99)


@pytest.mark.slow
@pytest.mark.parametrize(("factor", "smallest"), [(0.0, 1.0), (0.2, 0.8), (0.5, 0.5), (0.9, 0.5)])
def test_keras_cv_zooms_over_the_same_range(
    keras: ModuleType, factor: float, smallest: float
) -> None:
    """But their layer never zooms out to less than half."""
    zooms = twin_of("zoom", keras, factor=factor).get_random_transformation_batch(4000)
    np.testing.assert_array_equal(zooms["width_zooms"], zooms["height_zooms"])
    multipliers = 1.0 / np.asarray(zooms["height_zooms"])
    expected = (smallest, 1.0 + factor)
    seen = (multipliers.min(), multipliers.max())
    np.testing.assert_allclose(seen, expected, rtol=0, atol=0.01 * (factor > 0) + 1e-6)
