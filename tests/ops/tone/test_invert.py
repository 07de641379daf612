from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from PIL import Image, ImageOps

import augment
from tests.ops.reference import Picture, apply_op


def test_equals_pillow(picture: Picture) -> None:
    pillows = ImageOps.invert(Image.fromarray(picture))
    np.testing.assert_array_equal(apply_op("invert", picture), np.asarray(pillows))


@pytest.mark.slow
def test_equals_solarization_of_keras_cv_with_threshold_0(
    picture: Picture, keras: ModuleType
) -> None:
    twin = augment.registry()["invert"].twin
    theirs = getattr(keras.layers, twin.layer)(**twin.arguments({}))(
        picture[None].astype(np.float32)
    )
    np.testing.assert_array_equal(apply_op("invert", picture), theirs[0])
