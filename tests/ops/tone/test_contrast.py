from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from scipy import stats

from tests.ops.reference import Picture, apply_op, assert_distributed, assert_near, drawn

MULTIPLIERS = [0.0, 0.31, 0.9, 1.0, 1.4, 2.0]


@pytest.mark.parametrize("multiplier", MULTIPLIERS)
def test_equals_pillow_on_each_channel(picture: Picture, multiplier: float) -> None:
    """Pillow rounds the mean to a level and truncates the result: two levels at most."""
    pillows = [
        ImageEnhance.Contrast(channel).enhance(multiplier)
        for channel in Image.fromarray(picture).split()
    ]
    ours = apply_op("contrast", picture, multiplier=multiplier)
    assert_near(ours, np.asarray(Image.merge("RGB", pillows)), levels=2)


@pytest.mark.parametrize("multiplier", MULTIPLIERS)
def test_equals_pillow_around_the_mean_of_the_picture(picture: Picture, multiplier: float) -> None:
    """As above; all three channels are scaled around one mean."""
    pillows = ImageEnhance.Contrast(Image.fromarray(picture)).enhance(multiplier)
    ours = apply_op("contrast", picture, multiplier=multiplier, mean_of="picture")
    assert_near(ours, np.asarray(pillows), levels=2)


def test_draws_uniformly_around_1() -> None:
    multipliers = drawn("contrast", factor=0.4)["multiplier"]
    assert_distributed(multipliers, stats.uniform(0.6, 0.8))


@pytest.mark.slow
@pytest.mark.parametrize("multiplier", MULTIPLIERS)
def test_equals_keras_cv_within_one_level(
    picture: Picture, keras: ModuleType, multiplier: float
) -> None:
    ours = apply_op("contrast", picture, multiplier=multiplier)
    theirs = keras.picture_after("contrast", picture, multiplier=multiplier)
    assert_near(ours, theirs, levels=1)
