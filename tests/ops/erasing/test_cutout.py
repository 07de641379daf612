from __future__ import annotations

import math
from fractions import Fraction
from types import ModuleType

import numpy as np
import pytest
from PIL import Image
from scipy import stats

from tests.ops.reference import Picture, apply_op, assert_distributed, drawn, photograph

# centre_x, centre_y, box_width, box_height: inside, over each border, everything, nothing.
BOXES = [
    (0.5, 0.4, 0.31, 0.2),
    (0.02, 0.97, 0.4, 0.5),
    (0.99, 0.01, 0.33, 0.9),
    (0.5, 0.5, 1.0, 1.0),
    (0.3, 0.6, 0.0, 0.5),
]


def cut(picture: Picture, box: tuple[float, ...], fill_value: int = 9) -> Picture:
    names = ("centre_x", "centre_y", "box_width", "box_height")
    return apply_op("cutout", picture, fill_value=fill_value, **dict(zip(names, box, strict=True)))


@pytest.mark.parametrize("box", BOXES)
def test_pastes_as_pillow_does(picture: Picture, box: tuple[float, ...]) -> None:
    """Pillow clips at the border itself; a box of odd size extends further right and down."""
    centre_x, centre_y, box_width, box_height = box
    expected = Image.fromarray(picture)
    width = math.ceil(box_width * expected.width)
    height = math.ceil(box_height * expected.height)
    left = math.floor(centre_x * expected.width) - width // 2
    top = math.floor(centre_y * expected.height) - height // 2
    expected.paste((9, 9, 9), (left, top, left + width, top + height))
    np.testing.assert_array_equal(cut(picture, box), np.asarray(expected))


def test_a_size_is_rounded_up_as_its_decimals_say() -> None:
    """The product of two floats is often a bit too large: 0.07 * 100 is 7.000000000000001."""
    for side in (*range(1, 65), 75, 100, 200, 224, 300, 512):
        line = np.zeros((1, side, 3), np.uint8)
        for hundredths in range(101):
            width = hundredths / 100
            expected = math.ceil(Fraction(hundredths, 100) * side)
            first = side // 2 - expected // 2
            shown = min(first + expected, side) - max(first, 0)
            assert np.count_nonzero(cut(line, (0.5, 0.5, width, 1.0))[..., 0]) == shown


def test_draws_sizes_and_places_uniformly() -> None:
    values = drawn("cutout", width_factor=0.3, height_factor=0.8)
    assert_distributed(values["box_width"], stats.uniform(0.0, 0.3))
    assert_distributed(values["box_height"], stats.uniform(0.0, 0.8))
    assert_distributed(values["centre_x"], stats.uniform())
    assert_distributed(values["centre_y"], stats.uniform())


def test_draws_sizes_between_both_factors() -> None:
    factors = {"width_min_factor": 0.2, "height_min_factor": 0.7, "height_factor": 0.4}
    values = drawn("cutout", width_factor=0.3, **factors)
    assert_distributed(values["box_width"], stats.uniform(0.2, 0.1))
    assert_distributed(values["box_height"], stats.uniform(0.4, 0.3))


def test_can_be_the_square_of_the_paper() -> None:
    """Half of the side, about any pixel, clipped at the border: the paper's 16 px on CIFAR-10."""
    half = ("width_factor", "width_min_factor", "height_factor", "height_min_factor")
    values = drawn("cutout", 200, **dict.fromkeys(half, 0.5))
    picture = np.full((32, 32, 3), 200, np.uint8)
    for centre_x, centre_y in zip(values["centre_x"], values["centre_y"], strict=True):
        x, y = int(centre_x * 32), int(centre_y * 32)
        away = np.arange(32)
        hidden = np.logical_and.outer(
            (away >= y - 8) & (away < y + 8), (away >= x - 8) & (away < x + 8)
        )
        ours = cut(picture, (centre_x, centre_y, 0.5, 0.5))
        np.testing.assert_array_equal(ours[..., 0] == 9, hidden)
    assert set(values["box_width"]) == set(values["box_height"]) == {0.5}


@pytest.mark.slow
@pytest.mark.parametrize("box", BOXES)
def test_equals_keras_cv(picture: Picture, keras: ModuleType, box: tuple[float, ...]) -> None:
    height, width = picture.shape[:2]
    expected = keras.cutout(
        picture,
        centre=(math.floor(box[0] * width), math.floor(box[1] * height)),
        size=(math.ceil(box[2] * width), math.ceil(box[3] * height)),
        fill_value=9,
    )
    np.testing.assert_array_equal(cut(picture, box), expected)


@pytest.mark.slow
def test_keras_cv_differs_on_wide_pictures(keras: ModuleType) -> None:
    """It never makes a rectangle wider than the picture is high; here it may span the whole width."""
    wide = photograph("wide")
    height, width = wide.shape[:2]
    assert keras.widest_cutout(wide) == height
    assert np.all(cut(wide, (0.5, 0.5, 1.0, 1.0)) == 9)
    assert width > height
