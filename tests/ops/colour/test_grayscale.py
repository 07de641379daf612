from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from tests.ops.reference import Picture, assert_near, happen


def test_is_pillows_to_a_level(picture: Picture) -> None:
    pillows = Image.fromarray(picture).convert("L").convert("RGB")
    assert_near(happen("grayscale", picture), np.asarray(pillows), levels=1)


def test_the_channels_are_the_same(picture: Picture) -> None:
    assert np.all(np.ptp(happen("grayscale", picture), axis=2) == 0)


def test_no_colour_left_is_grey(picture: Picture) -> None:
    colourless = happen("color_degeneration", picture, amount=1.0)
    assert_near(happen("grayscale", picture), colourless, levels=1)


@pytest.mark.slow
def test_is_keras_cvs_to_a_level(picture: Picture, keras: ModuleType) -> None:
    """keras_cv is told to give three channels; TensorFlow's red weight is 0.2989, ours 0.299."""
    ours, theirs = happen("grayscale", picture), keras.picture_after("grayscale", picture)
    assert_near(ours, theirs, levels=1)
