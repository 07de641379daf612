from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import pytest
from scipy import stats

import augment
from tests.ops.reference import Picture, apply_op, assert_distributed, drawn

LOGARITHMS = [-1.0, -0.3, 0.0, 0.05, 0.7, 1.0]


def test_bends_the_levels_between_black_and_white() -> None:
    """A power of 1/2 is a square root, of 2 a square; computed by hand for a few levels."""
    levels = np.array([[[0, 64, 255], [16, 128, 1]]], np.uint8)
    lighter = apply_op("gamma", levels, log_exponent=math.log(0.5))
    np.testing.assert_array_equal(lighter, [[[0, 128, 255], [64, 181, 16]]])
    darker = apply_op("gamma", levels, log_exponent=math.log(2.0))
    np.testing.assert_array_equal(darker, [[[0, 16, 255], [1, 64, 0]]])


def test_draws_the_logarithm_uniformly_around_0() -> None:
    drawn_logarithms = drawn("gamma", log_gamma=0.4)["log_exponent"]
    assert_distributed(drawn_logarithms, stats.uniform(-0.4, 0.8))


def test_the_caption_has_the_power() -> None:
    assert augment.registry()["gamma"].caption({"log_exponent": 0.3}) == "gamma 1.35"


@pytest.mark.slow
@pytest.mark.parametrize("logarithm", LOGARITHMS)
def test_equals_tensorflow(picture: Picture, keras: ModuleType, logarithm: float) -> None:
    """On integer levels TensorFlow rounds halves up, as we do except for exact halves."""
    levels = keras.tf.constant(picture, keras.tf.float32) / 255.0
    theirs = keras.tf.image.adjust_gamma(levels, math.exp(logarithm)) * 255.0
    ours = apply_op("gamma", picture, log_exponent=logarithm)
    np.testing.assert_array_equal(ours, np.floor(theirs.numpy() + 0.5))
