from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageEnhance
from scipy import stats

import augment
from tests.ops.reference import Picture, apply_op, assert_distributed, assert_near, drawn


@pytest.mark.parametrize("levels", [-255, -80, 0, 5, 128, 255])
def test_adds_as_pillow_does(picture: Picture, levels: int) -> None:
    unchanged = Image.new("RGB", picture.shape[1::-1])
    pillows = ImageChops.add(Image.fromarray(picture), unchanged, offset=levels)
    ours = apply_op("brightness", picture, shift=levels / 255)
    np.testing.assert_array_equal(ours, np.asarray(pillows))


@pytest.mark.parametrize("shift", [-1.0, -0.69, 0.0, 0.4, 1.0])
def test_multiplies_as_pillow_does(picture: Picture, shift: float) -> None:
    """Pillow truncates where we round, so ours is the same or one level lighter."""
    pillows = ImageEnhance.Brightness(Image.fromarray(picture)).enhance(1.0 + shift)
    ours = apply_op("brightness", picture, shift=shift, method="multiplicative").astype(int)
    assert set(np.unique(ours - np.asarray(pillows))) <= {0, 1}


def test_the_caption_distinguishes_the_methods() -> None:
    caption = augment.registry()["brightness"].caption
    assert caption({"shift": -0.25, "method": "additive"}) == "brightness -0.25"
    assert caption({"shift": -0.25, "method": "multiplicative"}) == "brightness x 0.75"


def test_draws_uniformly_around_0() -> None:
    assert_distributed(drawn("brightness", factor=0.4)["shift"], stats.uniform(-0.4, 0.8))


@pytest.mark.slow
@pytest.mark.parametrize("shift", [-1.0, -0.31, 0.02, 0.5, 1.0])
def test_equals_keras_cv_within_one_level(
    picture: Picture, keras: ModuleType, shift: float
) -> None:
    ours = apply_op("brightness", picture, shift=shift)
    assert_near(ours, keras.picture_after("brightness", picture, shift=shift), levels=1)
