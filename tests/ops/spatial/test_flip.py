from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.ops.reference import Picture, apply_op, assert_rate, drawn
from tests.ops.spatial_reference import twin_of

BOTH = "horizontal_and_vertical"


@pytest.mark.parametrize("vertical", [False, True])
@pytest.mark.parametrize("horizontal", [False, True])
@pytest.mark.parametrize("mode", ["horizontal", "vertical", BOTH])
def test_equals_pillow(picture: Picture, mode: str, horizontal: bool, vertical: bool) -> None:
    expected = Image.fromarray(picture)
    if horizontal and mode in ("horizontal", BOTH):
        expected = ImageOps.mirror(expected)
    if vertical and mode in ("vertical", BOTH):
        expected = ImageOps.flip(expected)
    ours = apply_op("flip", picture, mode=mode, horizontal=horizontal, vertical=vertical)
    np.testing.assert_array_equal(ours, np.asarray(expected))


def test_directions_are_independent() -> None:
    values = drawn("flip", mode=BOTH, rate=0.3)
    assert_rate(values["horizontal"], 0.3)
    assert_rate(values["vertical"], 0.3)
    assert_rate(values["horizontal"] & values["vertical"], 0.09)


@pytest.mark.slow
@pytest.mark.parametrize("vertical", [False, True])
@pytest.mark.parametrize("horizontal", [False, True])
def test_equals_keras_cv(
    picture: Picture, keras: ModuleType, horizontal: bool, vertical: bool
) -> None:
    values = {"horizontal": horizontal, "vertical": vertical}
    ours = apply_op("flip", picture, mode=BOTH, **values)
    np.testing.assert_array_equal(ours, keras.picture_after("flip", picture, **values))


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["horizontal", "vertical", BOTH])
def test_keras_cv_flips_as_often(keras: ModuleType, mode: str) -> None:
    """Measured on pictures of four levels, one in each corner."""
    corners = np.float32([[10, 20], [30, 40]])[..., None].repeat(3, axis=2)
    layer = twin_of("flip", keras, mode=mode, rate=0.3)
    flipped = np.asarray(layer(np.broadcast_to(corners, (2000, 2, 2, 3))))[:, 0, 0, 0]
    across, down = np.isin(flipped, (20, 40)), np.isin(flipped, (30, 40))
    assert_rate(across, 0.0 if mode == "vertical" else 0.3)
    assert_rate(down, 0.0 if mode == "horizontal" else 0.3)
