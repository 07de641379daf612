from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.ops.reference import Picture, apply_op, assert_near, photograph


def pillows(picture: Picture) -> Picture:
    return np.asarray(ImageOps.equalize(Image.fromarray(picture)))


def test_equals_pillow(picture: Picture) -> None:
    np.testing.assert_array_equal(apply_op("equalize", picture), pillows(picture))


@pytest.mark.parametrize("levels", [1, 2, 3, 200])
def test_equals_pillow_with_few_levels_and_few_pixels(levels: int) -> None:
    """The step may be 0 here; then a channel is unchanged."""
    few = np.random.default_rng(levels).integers(20, 20 + levels, (16, 20, 3), dtype=np.uint8)
    np.testing.assert_array_equal(apply_op("equalize", few), pillows(few))


@pytest.mark.slow
def test_equals_keras_cv_where_the_lightest_level_is_the_rarest(
    picture: Picture, keras: ModuleType
) -> None:
    crowned = np.minimum(picture, 254)
    crowned[0, 0] = 255
    np.testing.assert_array_equal(
        apply_op("equalize", crowned), keras.picture_after("equalize", crowned)
    )


@pytest.mark.slow
def test_keras_cv_differs_where_the_lightest_level_is_frequent(keras: ModuleType) -> None:
    """Pillow, which the paper used, leaves the lightest level out of the step; keras_cv the rarest.

    A blown-out sky is many pixels of level 255, so keras_cv stretches less.
    """
    sky = photograph("wide")
    assert (sky[..., 2] == 255).mean() > 0.02
    with pytest.raises(AssertionError, match="of pixels are within"):
        assert_near(apply_op("equalize", sky), keras.picture_after("equalize", sky), share=0.99)
