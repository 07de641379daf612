from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from scipy import stats

from tests.ops.reference import Picture, apply_op, assert_distributed, assert_near, drawn

AMOUNTS = [0.0, 0.13, 0.5, 0.77, 1.0]


@pytest.mark.parametrize("amount", AMOUNTS)
def test_equals_pillow_within_one_level(picture: Picture, amount: float) -> None:
    """Pillow rounds the grey picture before it blends, and truncates after."""
    pillows = ImageEnhance.Color(Image.fromarray(picture)).enhance(1.0 - amount)
    ours = apply_op("color_degeneration", picture, amount=amount)
    assert_near(ours, np.asarray(pillows), levels=1)


def test_draws_uniformly_up_to_the_factor() -> None:
    amounts = drawn("color_degeneration", factor=0.6)["amount"]
    assert_distributed(amounts, stats.uniform(0.0, 0.6))


@pytest.mark.slow
@pytest.mark.parametrize("amount", AMOUNTS)
def test_equals_keras_cv_within_one_level(
    picture: Picture, keras: ModuleType, amount: float
) -> None:
    """TensorFlow's red weight is 0.2989, ours 0.299."""
    ours = apply_op("color_degeneration", picture, amount=amount)
    theirs = keras.picture_after("color_degeneration", picture, amount=amount)
    assert_near(ours, theirs, levels=1)
