from __future__ import annotations

import colorsys
from types import ModuleType

import numpy as np
import pytest
from scipy import stats

import augment
from tests.ops.reference import (
    Picture,
    apply_op,
    as_picture,
    assert_distributed,
    assert_near,
    drawn,
    photograph,
)

TURNS = [-0.5, -0.31, -0.001, 0.0, 0.07, 0.25, 0.5]


@pytest.mark.parametrize("turn", TURNS)
def test_equals_the_standard_library_within_one_level(turn: float) -> None:
    small = photograph("small")
    colours = [colorsys.rgb_to_hsv(*pixel) for pixel in (small.reshape(-1, 3) / 255.0).tolist()]
    turned = [colorsys.hsv_to_rgb((hue + turn) % 1.0, *rest) for hue, *rest in colours]
    theirs = as_picture(255.0 * np.array(turned).reshape(small.shape))
    assert_near(apply_op("hue", small, turn=turn), theirs, levels=1)


@pytest.mark.parametrize(("turn", "places"), [(-1 / 3, -1), (0.0, 0), (1 / 3, 1), (1.0, 0)])
def test_a_third_of_a_turn_moves_the_channels_on(
    picture: Picture, turn: float, places: int
) -> None:
    """To the byte: float32 represents every colour exactly enough."""
    expected = np.roll(picture, places, axis=2)
    np.testing.assert_array_equal(apply_op("hue", picture, turn=turn), expected)


@pytest.mark.parametrize("shape", [(700, 90), (9, 40_000)])
def test_bands_have_no_seam(shape: tuple[int, int]) -> None:
    """A picture of more than one band, and one whose single rows are larger than a band."""
    large = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    np.testing.assert_array_equal(apply_op("hue", large, turn=1 / 3), np.roll(large, 1, axis=2))


def test_grey_is_unchanged() -> None:
    greys = np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), 3, axis=2)
    np.testing.assert_array_equal(apply_op("hue", greys, turn=0.2), greys)


def test_draws_uniformly_around_0() -> None:
    assert_distributed(drawn("hue", factor=0.4)["turn"], stats.uniform(-0.4, 0.8))


def test_the_caption_is_in_degrees() -> None:
    assert augment.registry()["hue"].caption({"turn": -0.125}) == "hue -45°"


@pytest.mark.slow
@pytest.mark.parametrize("turn", TURNS)
def test_equals_tensorflow_within_one_level(
    picture: Picture, keras: ModuleType, turn: float
) -> None:
    theirs = keras.tf.image.adjust_hue(picture, turn).numpy()
    assert_near(apply_op("hue", picture, turn=turn), theirs, levels=1)


@pytest.mark.slow
@pytest.mark.parametrize("turn", [-0.31, 0.25])
def test_equals_keras_cv_within_one_level(picture: Picture, keras: ModuleType, turn: float) -> None:
    layer = keras.layers.RandomHue(0.5, keras.RANGE)
    levels = keras.tf.constant(picture[None], keras.tf.float32)
    theirs = layer.augment_images(levels, transformations=keras.tf.constant([turn]))
    assert_near(apply_op("hue", picture, turn=turn), as_picture(theirs.numpy()[0]), levels=1)


@pytest.mark.slow
@pytest.mark.parametrize("factor", [0.1, 0.3])
def test_keras_cv_shifts_the_hue_as_far(keras: ModuleType, factor: float) -> None:
    """The hue, measured on 400 red pictures: up to the factor in both directions, each its own."""
    twin = augment.registry()["hue"].twin
    layer = getattr(keras.layers, twin.layer)(**twin.arguments({"factor": factor}))
    red = np.broadcast_to(np.float32([200.0, 50.0, 50.0]), (400, 2, 2, 3))
    colours = layer(red).numpy()[:, 0, 0] / 255.0
    hues = np.array([colorsys.rgb_to_hsv(*colour)[0] for colour in colours.tolist()])
    turns = (hues + 0.5) % 1.0 - 0.5
    assert np.all(np.abs(turns) <= factor + 1e-5)
    assert turns.max() > 0.9 * factor
    assert turns.min() < -0.9 * factor
