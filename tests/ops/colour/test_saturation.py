from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from scipy import stats

import augment
from tests.ops.reference import Picture, apply_op, assert_distributed, assert_near, drawn

MULTIPLIERS = [0.0, 0.31, 0.9, 1.0, 1.4, 2.0]


@pytest.mark.parametrize("multiplier", MULTIPLIERS)
def test_equals_pillow(picture: Picture, multiplier: float) -> None:
    """Pillow rounds the grey picture before it blends, and truncates after: two levels at most."""
    pillows = ImageEnhance.Color(Image.fromarray(picture)).enhance(multiplier)
    ours = apply_op("saturation", picture, multiplier=multiplier)
    assert_near(ours, np.asarray(pillows), levels=1, share=0.9995)
    assert_near(ours, np.asarray(pillows), levels=2)


def test_draws_uniformly_around_1() -> None:
    multipliers = drawn("saturation", factor=0.4)["multiplier"]
    assert_distributed(multipliers, stats.uniform(0.6, 0.8))


@pytest.mark.slow
@pytest.mark.parametrize("factor", [0.0, 0.4, 1.0])
def test_keras_cv_multiplies_over_the_same_range(keras: ModuleType, factor: float) -> None:
    """The saturation of the HSV model, measured on 400 pictures of one colour."""
    twin = augment.registry()["saturation"].twin
    layer = getattr(keras.layers, twin.layer)(**twin.arguments({"factor": factor}))
    pale = np.broadcast_to(np.float32([200.0, 160.0, 140.0]), (400, 2, 2, 3))
    colours = layer(pale).numpy()[:, 0, 0]
    multipliers = (1.0 - colours[:, 2] / colours[:, 0]) / 0.3
    np.testing.assert_allclose(colours[:, 0], 200.0, atol=1e-3)
    assert np.all(np.abs(multipliers - 1.0) <= factor + 1e-5)
    assert multipliers.max() >= 1.0 + 0.8 * factor - 1e-5
    assert multipliers.min() <= 1.0 - 0.8 * factor + 1e-5
