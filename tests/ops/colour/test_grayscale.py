from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from tests.ops.reference import Picture, apply_op, assert_near


def test_equals_pillow_within_one_level(picture: Picture) -> None:
    pillows = Image.fromarray(picture).convert("L").convert("RGB")
    assert_near(apply_op("grayscale", picture), np.asarray(pillows), levels=1)


def test_the_channels_are_the_same(picture: Picture) -> None:
    assert np.all(np.ptp(apply_op("grayscale", picture), axis=2) == 0)


@pytest.mark.slow
def test_equals_keras_cv_within_one_level(picture: Picture, keras: ModuleType) -> None:
    """keras_cv with three output channels; TensorFlow's red weight is 0.2989, ours 0.299."""
    ours, theirs = apply_op("grayscale", picture), keras.picture_after("grayscale", picture)
    assert_near(ours, theirs, levels=1)
