from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from PIL import Image, ImageOps

import augment
from tests.ops.reference import Picture, happen, happen_all


def test_is_pillows_to_the_byte(picture: Picture) -> None:
    pillows = ImageOps.invert(Image.fromarray(picture))
    np.testing.assert_array_equal(happen("invert", picture), np.asarray(pillows))


def test_twice_is_nothing(picture: Picture) -> None:
    twice = happen_all([("invert", {}), ("invert", {})], picture)
    np.testing.assert_array_equal(twice, picture)


@pytest.mark.slow
def test_is_keras_cvs_solarization_from_black_on(picture: Picture, keras: ModuleType) -> None:
    twin = augment.registry()["invert"].twin
    theirs = getattr(keras.layers, twin.layer)(**twin.arguments({}))(
        picture[None].astype(np.float32)
    )
    np.testing.assert_array_equal(happen("invert", picture), theirs[0])
