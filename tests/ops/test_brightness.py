from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from PIL import Image, ImageChops
from scipy import stats

from tests.ops.reference import Picture, assert_distributed, assert_near, drawn, happen


@pytest.mark.parametrize("levels", [-255, -80, 0, 5, 128, 255])
def test_adds_as_pillow_does(picture: Picture, levels: int) -> None:
    unchanged = Image.new("RGB", picture.shape[1::-1])
    pillows = ImageChops.add(Image.fromarray(picture), unchanged, offset=levels)
    ours = happen("brightness", picture, shift=levels / 255)
    np.testing.assert_array_equal(ours, np.asarray(pillows))


def test_draws_uniformly_around_0() -> None:
    assert_distributed(drawn("brightness", factor=0.4)["shift"], stats.uniform(-0.4, 0.8))


@pytest.mark.slow
@pytest.mark.parametrize("shift", [-1.0, -0.31, 0.02, 0.5, 1.0])
def test_is_keras_cvs_to_a_level(picture: Picture, keras: ModuleType, shift: float) -> None:
    ours = happen("brightness", picture, shift=shift)
    assert_near(ours, keras.picture_after("brightness", picture, shift=shift), levels=1)
