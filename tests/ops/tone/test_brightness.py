from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageEnhance
from scipy import stats

import augment
from tests.ops.reference import Picture, assert_distributed, assert_near, drawn, happen


@pytest.mark.parametrize("levels", [-255, -80, 0, 5, 128, 255])
def test_adds_as_pillow_does(picture: Picture, levels: int) -> None:
    unchanged = Image.new("RGB", picture.shape[1::-1])
    pillows = ImageChops.add(Image.fromarray(picture), unchanged, offset=levels)
    ours = happen("brightness", picture, shift=levels / 255)
    np.testing.assert_array_equal(ours, np.asarray(pillows))


@pytest.mark.parametrize("shift", [-1.0, -0.69, 0.0, 0.4, 1.0])
def test_multiplies_as_pillow_does(picture: Picture, shift: float) -> None:
    """Pillow truncates where we round, so ours is the same or one level lighter."""
    pillows = ImageEnhance.Brightness(Image.fromarray(picture)).enhance(1.0 + shift)
    ours = happen("brightness", picture, shift=shift, method="multiplicative").astype(int)
    assert set(np.unique(ours - np.asarray(pillows))) <= {0, 1}


def test_the_words_tell_the_methods_apart() -> None:
    caption = augment.registry()["brightness"].caption
    assert caption({"shift": -0.25, "method": "additive"}) == "brightness -0.25"
    assert caption({"shift": -0.25, "method": "multiplicative"}) == "brightness x 0.75"


def test_draws_uniformly_around_0() -> None:
    assert_distributed(drawn("brightness", factor=0.4)["shift"], stats.uniform(-0.4, 0.8))


@pytest.mark.slow
@pytest.mark.parametrize("shift", [-1.0, -0.31, 0.02, 0.5, 1.0])
def test_is_keras_cvs_to_a_level(picture: Picture, keras: ModuleType, shift: float) -> None:
    ours = happen("brightness", picture, shift=shift)
    assert_near(ours, keras.picture_after("brightness", picture, shift=shift), levels=1)
