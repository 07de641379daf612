from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from PIL import Image, ImageChops
from scipy import stats

import augment
from tests.ops.reference import Picture, apply_op, assert_distributed, assert_near, drawn

CHANNELS = ("red", "green", "blue")


@pytest.mark.parametrize("levels", [(-255, 0, 255), (200, -80, 31), (0, 0, 0)])
def test_adds_to_each_channel_as_pillow_does(
    picture: Picture, levels: tuple[int, int, int]
) -> None:
    unchanged = Image.new("L", picture.shape[1::-1])
    bands = zip(Image.fromarray(picture).split(), levels, strict=True)
    pillows = [ImageChops.add(band, unchanged, offset=level) for band, level in bands]
    shifts = {name: level / 255 for name, level in zip(CHANNELS, levels, strict=True)}
    ours = apply_op("channel_shift", picture, **shifts)
    np.testing.assert_array_equal(ours, np.asarray(Image.merge("RGB", pillows)))


def test_draws_channels_uniformly_and_independently() -> None:
    shifts = drawn("channel_shift", factor=0.25)
    for name in CHANNELS:
        assert_distributed(shifts[name], stats.uniform(-0.25, 0.5))
    together = np.corrcoef([shifts[name] for name in CHANNELS])
    assert np.abs(together - np.eye(3)).max() < 0.06


@pytest.mark.slow
def test_equals_keras_cv_within_one_level(picture: Picture, keras: ModuleType) -> None:
    layer = keras.layers.RandomChannelShift(keras.RANGE, 0.5)
    levels = keras.tf.constant(picture, keras.tf.float32)
    theirs = layer.augment_image(levels, transformation=[-0.31, 0.02, 0.5])
    ours = apply_op("channel_shift", picture, red=-0.31, green=0.02, blue=0.5)
    assert_near(ours, theirs.numpy().round().astype(np.uint8), levels=1)


@pytest.mark.slow
@pytest.mark.parametrize("factor", [0.1, 0.3])
def test_keras_cv_shifts_as_far(keras: ModuleType, factor: float) -> None:
    """On 400 grey pictures: each channel by up to the factor in both directions, independently."""
    twin = augment.registry()["channel_shift"].twin
    layer = getattr(keras.layers, twin.layer)(**twin.arguments({"factor": factor}))
    grey = np.full((400, 2, 2, 3), 127.5, np.float32)
    shifts = (layer(grey).numpy()[:, 0, 0] - 127.5) / 255.0
    assert np.all(np.abs(shifts) <= factor + 1e-6)
    assert np.all(shifts.max(axis=0) > 0.9 * factor)
    assert np.all(shifts.min(axis=0) < -0.9 * factor)
    assert len(np.unique(shifts)) > 0.98 * shifts.size
