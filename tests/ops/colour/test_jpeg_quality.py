from __future__ import annotations

import io
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from tests.ops.reference import Picture, apply_op, assert_equally_often, assert_near, drawn

QUALITIES = [1, 10, 40, 75, 95, 100]


def saved(picture: Picture, quality: int) -> Picture:
    return apply_op("jpeg_quality", picture, saved_at=quality)


@pytest.mark.parametrize("quality", QUALITIES)
def test_equals_pillow_within_one_level(picture: Picture, quality: int) -> None:
    """Both use libjpeg-turbo; they were equal to the bit wherever this was tried."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    with Image.open(file) as opened:
        assert_near(saved(picture, quality), np.asarray(opened), levels=1)


def test_draws_whole_qualities_up_to_the_best() -> None:
    qualities = drawn("jpeg_quality", quality=91)["saved_at"]
    assert qualities.dtype == np.int64
    assert_equally_often(qualities.tolist(), range(91, 101))
    assert set(drawn("jpeg_quality", 50, quality=100)["saved_at"].tolist()) == {100}


@pytest.mark.slow
@pytest.mark.parametrize("quality", QUALITIES)
def test_equals_tensorflow_within_one_level(
    picture: Picture, keras: ModuleType, quality: int
) -> None:
    """With the exact cosine transform, which libjpeg has by default."""
    exact = {"jpeg_quality": quality, "dct_method": "INTEGER_ACCURATE"}
    theirs = keras.tf.image.adjust_jpeg_quality(picture, **exact).numpy()
    assert_near(saved(picture, quality), theirs, levels=1)


@pytest.mark.slow
@pytest.mark.parametrize(("quality", "levels"), [(10, 3), (40, 3), (75, 4), (95, 16)])
def test_equals_keras_cv_except_for_its_faster_transform(
    picture: Picture, keras: ModuleType, quality: int, levels: int
) -> None:
    """The error grows with the quality; on average it is within two levels."""
    layer = keras.layers.RandomJpegQuality((quality, quality), dtype="uint8")
    theirs = layer(keras.tf.constant(picture, keras.tf.float32)).numpy()
    ours = saved(picture, quality)
    assert_near(ours, theirs, levels=levels)
    assert np.abs(ours.astype(int) - theirs).mean() < 2.0


@pytest.mark.slow
def test_keras_cv_reads_floats_as_levels_from_0_to_1(keras: ModuleType) -> None:
    """So without an integer dtype it makes every picture nearly black."""
    grey = np.full((1, 16, 16, 3), 100.0, np.float32)
    assert keras.layers.RandomJpegQuality((90, 90))(grey).numpy().max() <= 1.0


@pytest.mark.slow
def test_keras_cv_never_draws_the_best(keras: ModuleType) -> None:
    draw = keras.layers.RandomJpegQuality((98, 100)).factor
    assert {int(draw(dtype=keras.tf.int32)) for _ in range(100)} == {98, 99}
