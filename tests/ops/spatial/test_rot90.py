from __future__ import annotations

import cv2
import numpy as np
import pytest

import augment
from tests.ops.reference import Picture, apply_op, assert_near, assert_rate, drawn, photograph

# The middle of each part of the draw, and by how many quarter turns it rotates counter-clockwise.
DRAWN = [
    ("any", 1 / 6, 1),
    ("any", 3 / 6, 2),
    ("any", 5 / 6, 3),
    ("quarter", 1 / 4, 1),
    ("quarter", 3 / 4, 3),
    ("half", 1 / 2, 2),
]


@pytest.mark.parametrize(("turns", "which", "quarters"), DRAWN)
def test_a_square_picture_has_the_bytes_of_numpy(turns: str, which: float, quarters: int) -> None:
    for picture in (photograph("square"), photograph("square")[:33, :33]):
        ours = apply_op("rot90", picture, turns=turns, happens=True, which=which)
        np.testing.assert_array_equal(ours, np.rot90(picture, quarters))


@pytest.mark.parametrize("shape", ["square", "wide", "tall", "small"])
def test_a_half_turn_and_none_keep_every_pixel_of_any_shape(shape: str) -> None:
    picture = photograph(shape)
    half = apply_op("rot90", picture, turns="half", happens=True, which=0.5)
    np.testing.assert_array_equal(half, picture[::-1, ::-1])
    still = apply_op("rot90", picture, happens=False, which=0.5)
    np.testing.assert_array_equal(still, picture)


@pytest.mark.parametrize("shape", ["wide", "tall", "small"])
@pytest.mark.parametrize("quarters", [1, 3])
def test_a_quarter_turn_fills_a_shape_that_is_not_square(shape: str, quarters: int) -> None:
    """Turned by numpy, enlarged about its centre by OpenCV, and cropped."""
    picture = photograph(shape)
    height, width = picture.shape[:2]
    ours = apply_op("rot90", picture, turns="any", happens=True, which=quarters / 3 - 1 / 6)
    turned = np.ascontiguousarray(np.rot90(picture, quarters))
    part = (min(height, width) - 1) / (max(height, width) - 1)
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    xs = (height - 1) / 2 + part * (across - (width - 1) / 2)
    ys = (width - 1) / 2 + part * (down - (height - 1) / 2)
    expected = cv2.remap(turned, np.float32(xs), np.float32(ys), cv2.INTER_LINEAR)
    # A border would be read only beyond the outermost pixels, which no coordinate is.
    assert xs.min() > -1e-9
    assert ys.min() > -1e-9
    assert_near(ours, expected, levels=4, share=0.99)


def test_one_row_of_pixels_is_turned_too() -> None:
    line = np.arange(27, dtype=np.uint8).reshape(1, 9, 3)
    assert apply_op("rot90", line, happens=True, which=0.0).shape == line.shape


def test_a_rotation_is_as_frequent_as_its_rate_and_each_as_the_others() -> None:
    values = drawn("rot90", rate=0.6)
    assert_rate(values["happens"], 0.6)
    recipe = augment.Recipe.from_dict({"version": 1, "steps": [{"op": "rot90"}]})
    plan = augment.draw(recipe, np.arange(4000), seed=7)
    captions = np.array([plan.captions(row)[0] for row in range(4000)])
    for words in ("not rotated", "rotate +90°", "rotate 180°", "rotate -90°"):
        assert_rate(captions == words, 0.25)


def test_the_caption_says_what_the_pixels_do(picture: Picture) -> None:
    square = np.ascontiguousarray(picture[: min(picture.shape[:2]), : min(picture.shape[:2])])
    step = {"op": "rot90", "turns": "quarter", "rate": 1.0}
    recipe = augment.Recipe.from_dict({"version": 1, "steps": [step]})
    plan = augment.draw(recipe, range(8), seed=7)
    quarters = {"rotate +90°": 1, "rotate -90°": 3}
    for row, image in enumerate(augment.render(plan, np.stack([square] * 8)).images):
        np.testing.assert_array_equal(image, np.rot90(square, quarters[plan.captions(row)[0]]))
