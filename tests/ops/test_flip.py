from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.ops.reference import Picture, assert_rate, drawn, happen

BOTH = "horizontal_and_vertical"


@pytest.mark.parametrize("vertical", [False, True])
@pytest.mark.parametrize("horizontal", [False, True])
@pytest.mark.parametrize("mode", ["horizontal", "vertical", BOTH])
def test_is_pillows_to_the_byte(
    picture: Picture, mode: str, horizontal: bool, vertical: bool
) -> None:
    expected = Image.fromarray(picture)
    if horizontal and mode in ("horizontal", BOTH):
        expected = ImageOps.mirror(expected)
    if vertical and mode in ("vertical", BOTH):
        expected = ImageOps.flip(expected)
    ours = happen("flip", picture, mode=mode, horizontal=horizontal, vertical=vertical)
    np.testing.assert_array_equal(ours, np.asarray(expected))


def test_each_direction_is_decided_on_its_own() -> None:
    values = drawn("flip", mode=BOTH, rate=0.3)
    assert_rate(values["horizontal"], 0.3)
    assert_rate(values["vertical"], 0.3)
    assert_rate(values["horizontal"] & values["vertical"], 0.09)


@pytest.mark.slow
@pytest.mark.parametrize("vertical", [False, True])
@pytest.mark.parametrize("horizontal", [False, True])
def test_is_keras_cvs_to_the_byte(
    picture: Picture, keras: ModuleType, horizontal: bool, vertical: bool
) -> None:
    values = {"horizontal": horizontal, "vertical": vertical}
    ours = happen("flip", picture, mode=BOTH, **values)
    np.testing.assert_array_equal(ours, keras.picture_after("flip", picture, **values))
