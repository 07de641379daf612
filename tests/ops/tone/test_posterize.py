from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from PIL import Image, ImageOps

import augment
from tests.ops.reference import Picture, apply_op, assert_equally_often, drawn


@pytest.mark.parametrize("bits", range(1, 9))
def test_equals_pillow(picture: Picture, bits: int) -> None:
    pillows = ImageOps.posterize(Image.fromarray(picture), bits)
    np.testing.assert_array_equal(apply_op("posterize", picture, kept=bits), np.asarray(pillows))


@pytest.mark.parametrize("bits", [1, 5, 7])
def test_draws_each_number_of_bits_equally_often(bits: int) -> None:
    assert_equally_often(drawn("posterize", bits=bits)["kept"], range(bits, 9))


def test_the_strength_of_a_policy_removes_bits() -> None:
    """From the 8 that change nothing to the 4 of AutoAugment's table 6, in whole bits."""
    posterize = augment.registry()["posterize"]
    weakest, strongest = posterize.draws["kept"].strength_range(posterize.params)
    assert (weakest, strongest) == (8, 4)
    strengths = np.array([8.0, 7.4, 6.6, 4.0])
    kept = posterize.draws["kept"].sample(np.full((1, 4), 0.5), {"bits": 1}, strengths)
    np.testing.assert_array_equal(kept, [8, 7, 7, 4])


def test_the_caption_counts_the_bits() -> None:
    caption = augment.registry()["posterize"].caption
    assert caption({"kept": 1}) == "posterize to 1 bit"
    assert caption({"kept": 3.0}) == "posterize to 3 bits"


@pytest.mark.slow
@pytest.mark.parametrize("bits", [1, 4, 8])
def test_equals_keras_cv(picture: Picture, keras: ModuleType, bits: int) -> None:
    twin = augment.registry()["posterize"].twin
    theirs = keras.layers.Posterization(**twin.arguments({"bits": bits}))(
        picture[None].astype(np.float32)
    )
    np.testing.assert_array_equal(apply_op("posterize", picture, kept=bits), theirs[0])
