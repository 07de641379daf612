from __future__ import annotations

from types import ModuleType
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from scipy import ndimage, stats

from tests.ops.reference import (
    FLOWERS,
    Picture,
    apply_op,
    as_picture,
    assert_distributed,
    assert_near,
    drawn,
    photograph,
)

SIGMAS = [0.003, 0.009, 0.02, 0.05, 0.1]


def blurred(picture: Picture, sigma: float) -> Picture:
    return apply_op("gaussian_blur", picture, sigma=sigma)


def by_scipy(picture: Picture, sigma: float) -> Picture:
    """SciPy truncates the Gaussian at four sigma, not at three."""
    sigma_px = sigma * min(picture.shape[:2])
    levels = ndimage.gaussian_filter(
        picture.astype(float), (sigma_px, sigma_px, 0.0), mode="reflect"
    )
    return as_picture(levels)


@pytest.mark.parametrize("sigma", SIGMAS)
def test_equals_scipy_within_one_level(picture: Picture, sigma: float) -> None:
    """From 8 px on, where a reduced copy is blurred, 0.1 % of the pixels may differ by two levels."""
    assert_near(blurred(picture, sigma), by_scipy(picture, sigma), levels=1, share=0.999)
    assert_near(blurred(picture, sigma), by_scipy(picture, sigma), levels=2)


@pytest.mark.parametrize("sigma", [0.0357, 0.036, 0.05, 0.1])
def test_equals_scipy_on_noise_and_hard_edges(sigma: float) -> None:
    """Random black and white pixels, at the worst sigmas, 8 px and slightly more: within two levels."""
    specks = np.random.default_rng(0).integers(0, 2, (224, 224, 3), np.uint8) * np.uint8(255)
    assert_near(blurred(specks, sigma), by_scipy(specks, sigma), levels=2)
    edges = np.zeros((224, 224, 3), np.uint8)
    edges[:, :5] = edges[100:, 60:] = 255
    assert_near(blurred(edges, sigma), by_scipy(edges, sigma), levels=2)


def convolved(picture: Picture, sigma_px: float) -> npt.NDArray[np.float64]:
    """Return the convolution itself, with as much of the Gaussian as counts."""
    sigmas = (sigma_px, sigma_px, 0.0)
    return ndimage.gaussian_filter(picture.astype(float), sigmas, mode="reflect", truncate=6)


def test_is_as_far_from_the_convolution_on_photographs_as_documented() -> None:
    differences = []
    for path in sorted(FLOWERS.glob("*.jpg")):
        with Image.open(path) as opened:
            resized = opened.convert("RGB").resize((224, 224), Image.Resampling.LANCZOS)
        flower = np.asarray(resized)
        for sigma in (0.0536, 0.0893):
            differences.append(np.abs(blurred(flower, sigma) - convolved(flower, 224 * sigma)))
    assert 2.0 < np.max(differences) < 2.3
    assert max(np.percentile(one, 99.9) for one in differences) < 1.3


def test_is_as_far_from_the_convolution_on_the_worst_pattern_as_documented() -> None:
    """White where a pixel counts more for the middle one than it does in the convolution."""
    side, sigma, at = 300, 0.08, 146
    impulses = np.eye(side)
    small = cv2.resize(impulses, (side, side // 6), interpolation=cv2.INTER_AREA)
    reduced = ndimage.gaussian_filter1d(small, sigma * side / 6, 0, mode="reflect", truncate=3)
    ours = cv2.resize(reduced, (side, side), interpolation=cv2.INTER_LINEAR)[at]
    exact = ndimage.gaussian_filter1d(impulses, sigma * side, 0, mode="reflect", truncate=6)[at]
    more = np.outer(ours, ours) > np.outer(exact, exact)
    pattern = np.repeat(more[..., None] * np.uint8(255), 3, axis=2)
    difference = np.abs(blurred(pattern, sigma) - convolved(pattern, side * sigma))
    assert 9.0 < difference.max() < 11.0


@pytest.mark.parametrize(("height", "width"), [(8, 8), (8, 300), (9, 31), (1000, 700)])
def test_equals_scipy_at_any_size(height: int, width: int) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    assert_near(blurred(picture, 0.1), by_scipy(picture, 0.1), levels=2)


def test_has_the_same_effect_at_any_size() -> None:
    """An edge in the middle has the same profile over the width, at 512 px as at 64."""

    def profile(side: int) -> Any:
        edge = np.zeros((side, side, 3), np.uint8)
        edge[:, side // 2 :] = 255
        # Averaged over eighths of 8 px, so that both sizes are read at the same places.
        return blurred(edge, 0.06)[0, :, 0].reshape(64, -1).mean(axis=1)

    np.testing.assert_allclose(profile(512), profile(64), atol=4.0)


def test_draws_uniformly_up_to_the_factor() -> None:
    assert_distributed(drawn("gaussian_blur")["sigma"], stats.uniform(0.0, 0.009))


@pytest.mark.slow
@pytest.mark.parametrize("sigma_px", [0.7, 2.0, 6.0])
def test_equals_keras_cv_except_at_its_dark_edges(keras: ModuleType, sigma_px: float) -> None:
    """keras_cv pads with black, so only pixels further inside than the kernel reaches are equal."""
    picture = photograph("square")
    radius = int(np.ceil(3.0 * sigma_px))
    layer = keras.layers.RandomGaussianBlur(2 * radius + 1, (sigma_px, sigma_px))
    theirs = as_picture(layer(keras.tf.constant(picture, keras.tf.float32)).numpy())
    ours = blurred(picture, sigma_px / 224)
    inside = slice(radius, -radius)
    assert_near(ours[inside, inside], theirs[inside, inside], levels=1)
    assert theirs[0].mean() < 0.8 * ours[0].mean()
