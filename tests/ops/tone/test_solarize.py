from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from PIL import Image, ImageOps
from scipy import stats

import augment
from tests.ops.reference import (
    Picture,
    apply_op,
    as_picture,
    assert_distributed,
    assert_near,
    drawn,
)


@pytest.mark.parametrize("threshold", [0, 1, 128, 200, 255, 256])
def test_equals_pillow(picture: Picture, threshold: int) -> None:
    pillows = ImageOps.solarize(Image.fromarray(picture), threshold)
    ours = apply_op("solarize", picture, threshold=float(threshold), addition=0.0)
    np.testing.assert_array_equal(ours, np.asarray(pillows))


@pytest.mark.parametrize("threshold", [130.0, 256.0])
def test_adds_before_it_compares(picture: Picture, threshold: float) -> None:
    """The sum is clipped at white, which a threshold of 256 does not invert."""
    raised = np.minimum(picture + 40.25, 255.0)
    expected = as_picture(np.where(raised < threshold, raised, 255.0 - raised))
    ours = apply_op("solarize", picture, threshold=threshold, addition=40.25)
    np.testing.assert_array_equal(ours, expected)


def test_draws_threshold_and_addition_uniformly() -> None:
    values = drawn("solarize", threshold_factor=200.0, addition_factor=50.0)
    assert_distributed(values["threshold"], stats.uniform(0.0, 200.0))
    assert_distributed(values["addition"], stats.uniform(0.0, 50.0))


@pytest.mark.slow
@pytest.mark.parametrize("threshold", [0.0, 100.3, 255.0])
@pytest.mark.parametrize("addition", [0.0, 12.7, 110.0])
def test_equals_keras_cv_within_one_level(
    picture: Picture, keras: ModuleType, threshold: float, addition: float
) -> None:
    values = {"threshold": threshold, "addition": addition}
    ours, theirs = (
        apply_op("solarize", picture, **values),
        keras.picture_after("solarize", picture, **values),
    )
    assert_near(ours, theirs, levels=1)


@pytest.mark.slow
@pytest.mark.parametrize("limits", [(128.0, 0.0), (256.0, 255.0), (0.0, 0.0)])
def test_keras_cv_makes_white_black(keras: ModuleType, limits: tuple[float, float]) -> None:
    """It accepts every threshold of ours, but draws none from 255 to 256."""
    twin = augment.registry()["solarize"].twin
    given = dict(zip(("threshold_factor", "addition_factor"), limits, strict=True))
    layer = getattr(keras.layers, twin.layer)(**twin.arguments(given))
    white = np.full((50, 2, 2, 3), 255.0, np.float32)
    assert np.all(layer(white).numpy() == 0.0)
