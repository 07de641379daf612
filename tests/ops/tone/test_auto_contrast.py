from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.ops.reference import Picture, apply_op, assert_near


def test_equals_pillow_within_one_level(picture: Picture) -> None:
    """Pillow truncates where we round, so ours is the same or one level lighter."""
    ours = apply_op("auto_contrast", picture).astype(int)
    pillows = np.asarray(ImageOps.autocontrast(Image.fromarray(picture))).astype(int)
    assert set(np.unique(ours - pillows)) <= {0, 1}


def test_each_channel_spans_the_whole_range() -> None:
    dull = np.array([[[60, 5, 0], [80, 250, 1], [100, 7, 2]]], np.uint8)
    np.testing.assert_array_equal(
        apply_op("auto_contrast", dull), [[[0, 0, 0], [128, 255, 128], [255, 2, 255]]]
    )


def test_a_channel_with_a_single_level_is_unchanged(picture: Picture) -> None:
    flat = picture.copy()
    flat[..., 1] = 77
    assert np.all(apply_op("auto_contrast", flat)[..., 1] == 77)


@pytest.mark.slow
def test_equals_keras_cv_within_one_level(picture: Picture, keras: ModuleType) -> None:
    """keras_cv computes in float32, so halves may round the other way."""
    ours, theirs = apply_op("auto_contrast", picture), keras.picture_after("auto_contrast", picture)
    assert_near(ours, theirs, levels=1)
