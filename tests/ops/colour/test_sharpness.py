from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from scipy import stats

from tests.ops.reference import (
    Picture,
    apply_op,
    as_picture,
    assert_distributed,
    assert_near,
    drawn,
)

MULTIPLIERS = [0.0, 0.1, 0.7, 1.3, 1.9, 2.0]


def sharpened(picture: Picture, multiplier: float) -> Picture:
    return apply_op("sharpness", picture, multiplier=multiplier)


@pytest.mark.parametrize("multiplier", MULTIPLIERS)
def test_equals_pillow_within_one_level(picture: Picture, multiplier: float) -> None:
    """Pillow rounds the smoothed picture and truncates: 2 % of the pixels may differ by two levels."""
    enhancer = ImageEnhance.Sharpness(Image.fromarray(picture))
    pillows = np.asarray(enhancer.enhance(multiplier))
    ours = sharpened(picture, multiplier)
    assert_near(ours, pillows, levels=1, share=0.98)
    assert_near(ours, pillows, levels=2)
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        np.testing.assert_array_equal(ours[edge], pillows[edge])


def test_draws_uniformly_around_1() -> None:
    assert_distributed(drawn("sharpness", factor=0.9)["multiplier"], stats.uniform(0.1, 1.8))


@pytest.mark.slow
@pytest.mark.parametrize("softened", [0.0, 0.3, 1.0])
def test_equals_keras_cv_where_it_softens(
    picture: Picture, keras: ModuleType, softened: float
) -> None:
    """keras_cv's factor is the distance from the picture to the smoothed one: 1 - our multiplier."""
    layer = keras.layers.RandomSharpness((softened, softened), value_range=(0, 255))
    theirs = as_picture(layer(keras.tf.constant(picture, keras.tf.float32)).numpy())
    assert_near(sharpened(picture, 1.0 - softened), theirs, levels=1)
