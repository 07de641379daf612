"""A flower that is darker, paler or a negative still tells as much; one that is blown out does not."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import pytest

from augment.advice.information import coarse, colour_left, information
from augment.advice.pictures import BITS_LEFT
from tests.advice.given import flowers


def shares(change: Any, side: int = 96) -> np.ndarray:
    """Return which shares of their bits the photographs keep under a change of their levels."""
    kept = []
    for image in flowers(side).images:
        changed = np.clip(np.rint(change(image.astype(np.float64))), 0, 255).astype(np.uint8)
        bits, left = information(*coarse(image, changed))
        assert 0.0 <= left <= bits
        kept.append(left / bits)
    return np.array(kept)


def paler(image: np.ndarray) -> np.ndarray:
    return 128 + 0.3 * (image - 128)


def blurred(image: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(image, (0, 0), 0.1 * len(image))


def noisy(image: np.ndarray) -> np.ndarray:
    return image + 80 * np.random.default_rng(5).standard_normal(image.shape)


@pytest.mark.parametrize("side", [32, 96])
@pytest.mark.parametrize(
    "harmless",
    [
        lambda image: image,
        lambda image: 255 - image,
        lambda image: 0.4 * image,
        lambda image: image + 51,
        lambda image: 255 * (image / 255) ** 2,
        lambda image: image // 16 * 16,
        paler,
    ],
)
def test_a_harmless_change_leaves_most(harmless: Any, side: int) -> None:
    assert np.median(shares(harmless, side)) > 0.6
    assert (shares(harmless, side) > BITS_LEFT).mean() > 0.8


@pytest.mark.parametrize(
    "destroying",
    [
        lambda image: image + 230,
        lambda image: image - 230,
        lambda image: 0.01 * image,
        lambda image: 128 + 0.01 * (image - 128),
        lambda image: np.zeros_like(image),
    ],
)
def test_a_destroying_change_leaves_little(destroying: Any) -> None:
    assert (shares(destroying) < BITS_LEFT).mean() > 0.8


def test_blur_and_noise_take_from_it() -> None:
    assert np.median(shares(blurred)) < 0.5
    assert np.median(shares(noisy, side=32)) < 0.5


def test_a_picture_tells_all_of_itself_and_nothing_of_noise() -> None:
    levels = np.tile(np.arange(0, 256, 8, dtype=np.uint8), (32, 1))
    picture = np.stack([levels] * 3, axis=2)
    bits, left = information(*coarse(picture, picture))
    assert bits == pytest.approx(3.0)
    assert left == pytest.approx(3.0, abs=0.05)
    random = np.random.default_rng(0).integers(0, 256, picture.shape, np.uint8)
    assert information(*coarse(picture, random))[1] == pytest.approx(0.0, abs=0.02)


def test_one_level_tells_nothing() -> None:
    flat = np.full((8, 8, 3), 77, np.uint8)
    assert information(*coarse(flat, flat)) == (0.0, 0.0)


def test_what_chance_does_on_few_pixels_is_taken_off() -> None:
    rng = np.random.default_rng(3)
    pairs = rng.integers(0, 256, (200, 2, 8, 8, 3), np.uint8)
    left = [information(*coarse(*pair))[1] for pair in pairs]
    assert np.mean(left) < 0.2


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ((200, 60, 60), 1.0),
        ((130, 60, 60), 0.5),
        ((107, 107, 107), 0.0),
        ((60, 200, 200), -1.0),
        ((60, 200, 60), -0.5),
    ],
)
def test_the_colour_left(colour: tuple[int, ...], expected: float) -> None:
    red = np.full((16, 16, 3), (200, 60, 60), np.float32)
    assert colour_left(red, np.full_like(red, colour)) == pytest.approx(expected, abs=0.01)


def test_colour_that_fades_with_the_contrast_is_not_lost() -> None:
    for image in flowers().images:
        darker = (0.2 * image).astype(np.uint8)
        grey = np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
        for changed, low, high in ((darker, 0.7, 1.3), (grey, -0.05, 0.05)):
            kept = colour_left(*coarse(image, changed))
            assert math.isnan(kept) or low < kept < high


def test_what_has_no_colour_cannot_lose_it() -> None:
    grey = np.full((16, 16, 3), (100, 104, 100), np.float32)
    assert math.isnan(colour_left(grey, 255 - grey))
