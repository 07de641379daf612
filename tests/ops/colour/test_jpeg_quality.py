from __future__ import annotations

import io
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from tests.ops.reference import Picture, assert_equally_often, assert_near, drawn, happen

QUALITIES = [1, 10, 40, 75, 95, 100]


def saved(picture: Picture, quality: int) -> Picture:
    return happen("jpeg_quality", picture, saved_at=quality)


@pytest.mark.parametrize("quality", QUALITIES)
def test_is_pillows_to_a_level(picture: Picture, quality: int) -> None:
    """Both use libjpeg-turbo, and where they were tried they agreed to the bit."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    with Image.open(file) as opened:
        assert_near(saved(picture, quality), np.asarray(opened), levels=1)


def test_colours_stay_in_their_channels() -> None:
    picture = np.zeros((40, 48, 3), np.uint8)
    picture[:, :24] = (230, 20, 90)
    picture[:, 24:] = (10, 120, 250)
    assert np.abs(saved(picture, 100).astype(int) - picture)[:, [0, -1]].max() < 4


def test_higher_quality_is_nearer(picture: Picture) -> None:
    apart = [
        np.square(saved(picture, quality).astype(float) - picture).mean() for quality in QUALITIES
    ]
    assert np.all(np.diff(apart) < 0.0)


def test_draws_whole_qualities_up_to_the_best() -> None:
    qualities = drawn("jpeg_quality", quality=91)["saved_at"]
    assert qualities.dtype == np.int64
    assert_equally_often(qualities.tolist(), range(91, 101))
    assert set(drawn("jpeg_quality", 50, quality=100)["saved_at"].tolist()) == {100}


@pytest.mark.slow
@pytest.mark.parametrize("quality", QUALITIES)
def test_is_tensorflows_to_a_level(picture: Picture, keras: ModuleType, quality: int) -> None:
    """With the exact cosine transform, which libjpeg has by default."""
    exact = {"jpeg_quality": quality, "dct_method": "INTEGER_ACCURATE"}
    theirs = keras.tf.image.adjust_jpeg_quality(picture, **exact).numpy()
    assert_near(saved(picture, quality), theirs, levels=1)


@pytest.mark.slow
@pytest.mark.parametrize(("quality", "levels"), [(10, 3), (40, 3), (75, 4), (95, 16)])
def test_is_keras_cvs_but_for_its_faster_transform(
    picture: Picture, keras: ModuleType, quality: int, levels: int
) -> None:
    """It is less exact where there is more to be exact about; on average within two levels."""
    layer = keras.layers.RandomJpegQuality((quality, quality), dtype="uint8")
    theirs = layer(keras.tf.constant(picture, keras.tf.float32)).numpy()
    ours = saved(picture, quality)
    assert_near(ours, theirs, levels=levels)
    assert np.abs(ours.astype(int) - theirs).mean() < 2.0


@pytest.mark.slow
def test_keras_cv_takes_floats_for_levels_from_0_to_1(keras: ModuleType) -> None:
    """So unless told that they are whole, it makes every picture nearly black."""
    grey = np.full((1, 16, 16, 3), 100.0, np.float32)
    assert keras.layers.RandomJpegQuality((90, 90))(grey).numpy().max() <= 1.0


@pytest.mark.slow
def test_keras_cv_never_draws_the_best(keras: ModuleType) -> None:
    draw = keras.layers.RandomJpegQuality((98, 100)).factor
    assert {int(draw(dtype=keras.tf.int32)) for _ in range(100)} == {98, 99}
