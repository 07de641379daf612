from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from scipy import ndimage, stats

from augment.engine.fields import normal_field
from augment.ops.spatial.elastic import fields
from tests.ops.reference import (
    SIGNIFICANCE,
    Picture,
    apply_op,
    assert_distributed,
    assert_near,
    drawn,
)
from tests.ops.spatial_reference import FILL_MODES, pixels, sampled

BENT = [
    {"displacement": 0.05, "smoothness_factor": 0.14},
    {"displacement": 0.1, "smoothness_factor": 0.4},
    {"displacement": 0.013, "smoothness_factor": 0.03},
]


def many_fields(count: int, height: int, width: int, smoothness: float) -> npt.NDArray[np.float32]:
    """Return displacements of shape (count, 2, height, width)."""
    return np.stack([fields(height, width, smoothness, seed) for seed in range(count)])


def by_scipy(
    height: int, width: int, smoothness: float, seed: int
) -> list[npt.NDArray[np.float64]]:
    """Return the displacements along x and y from the same numbers, smoothed by SciPy in float64."""
    shorter = min(height, width)
    rows, columns = (math.ceil(side / shorter / (smoothness / 3)) for side in (height, width))
    x, y = np.meshgrid(
        (np.arange(width) + 0.5) / width * columns - 0.5,
        (np.arange(height) + 0.5) / height * rows - 0.5,
    )
    smoothed = []
    for noise in normal_field(seed, (2, rows + 18, columns + 18)).astype(np.float64):
        for axis, (side, cells) in enumerate(((height, rows), (width, columns))):
            sigma = smoothness * shorter / side * cells
            weights = np.exp(-0.5 * (np.arange(-9, 10) / sigma) ** 2)
            noise = ndimage.correlate1d(noise, weights / np.sqrt(np.sum(weights**2)), axis)
        smoothed.append(ndimage.map_coordinates(noise[9:-9, 9:-9], (y, x), order=1, mode="nearest"))
    return smoothed


@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("values", BENT)
def test_equals_scipy(picture: Picture, values: dict[str, float], fill_mode: str) -> None:
    """From the random numbers to the picture; OpenCV samples on a grid of 1/32 pixel."""
    height, width = picture.shape[:2]
    x, y = pixels(picture)
    along_x, along_y = by_scipy(height, width, values["smoothness_factor"], 77)
    amount = values["displacement"] * min(height, width)
    border = {"fill_mode": fill_mode, "fill_value": 90}
    scipys = sampled(picture, x + amount * along_x, y + amount * along_y, **border)
    assert_near(apply_op("elastic", picture, seed=77, **values, **border), scipys, share=0.99)


@pytest.mark.parametrize("smoothness", [0.05, 0.14, 0.5])
def test_displacements_have_their_size_everywhere(smoothness: float) -> None:
    """In the corners and in the middle of 600 fields; between cells they are up to 2 % smaller."""
    for places in many_fields(600, 24, 40, smoothness)[..., [0, 11, 23], [0, 20, 39]].T:
        for displacements in places:
            spread = displacements.astype(np.float64)
            chance = stats.chi2.cdf(np.sum((spread / 0.99) ** 2), 600)
            assert SIGNIFICANCE < chance < 1.0 - SIGNIFICANCE


def test_neighbours_are_correlated_like_noise_smoothed_by_that_gaussian() -> None:
    """Noise smoothed by sigma is correlated over a distance d by exp(-d^2 / (4 sigma^2))."""
    smoothness, side = 0.1, 60
    along_x, along_y = many_fields(400, side, 2 * side, smoothness).transpose(1, 0, 2, 3)
    for distance in (3, 6, 12, 24):
        expected = np.exp(-(distance**2) / (4 * (smoothness * side) ** 2))
        right = np.mean(along_x[..., distance:] * along_x[..., :-distance])
        below = np.mean(along_y[:, distance:] * along_y[:, :-distance])
        np.testing.assert_allclose((right, below), expected, rtol=0, atol=0.04)
    assert abs(np.mean(along_x * along_y)) < 0.04


def test_one_seed_deforms_every_resolution_alike() -> None:
    small, large = (np.stack(fields(side, side * 3 // 2, 0.14, 5)) for side in (64, 256))
    shrunk = large.reshape(2, 64, 4, 96, 4).mean(axis=(2, 4))
    np.testing.assert_allclose(small, shrunk, atol=0.03)


def test_draws_displacements_up_to_the_factor_and_a_seed_for_each() -> None:
    values = drawn("elastic", displacement_factor=0.08)
    assert_distributed(values["displacement"], stats.uniform(0.0, 0.08))
    assert len(set(values["seed"].tolist())) == 4000
