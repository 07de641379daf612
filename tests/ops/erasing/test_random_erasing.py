from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.ops.reference import (
    SIGNIFICANCE,
    Picture,
    apply_op,
    assert_distributed,
    drawn,
    photograph,
)

NAMES = ("area", "aspect", "offset_x", "offset_y")


def erased(picture: Picture, **values: Any) -> Picture:
    middle = {"area": 0.2, "aspect": 1.0, "offset_x": 0.5, "offset_y": 0.5, "seed": 5}
    return apply_op("random_erasing", picture, **{**middle, **values})


def box_of(height: int, width: int, **values: Any) -> tuple[int, int, int, int]:
    """Return top, left, height and width of the erased part, which must be one rectangle."""
    picture = np.full((height, width, 3), 200, np.uint8)
    hit = (erased(picture, fill="constant", fill_value=9, **values) == 9).all(axis=2)
    if not hit.any():
        return 0, 0, 0, 0
    rows, columns = np.flatnonzero(hit.any(axis=1)), np.flatnonzero(hit.any(axis=0))
    box = rows[0], columns[0], rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    assert hit.sum() == box[2] * box[3]
    return box


@pytest.mark.parametrize(("height", "width"), [(224, 224), (133, 237), (149, 75), (8, 8), (9, 31)])
def test_erases_the_area_and_the_aspect_drawn(height: int, width: int) -> None:
    """An aspect that does not fit gives way; the area is exact to half a column."""
    values = drawn("random_erasing", 300, area_factor=0.9, aspect_ratio_factor=10.0)
    fitting = 0
    for case in zip(*map(values.get, NAMES), strict=True):
        expected = dict(zip(NAMES, case, strict=True))
        top, left, box_height, box_width = box_of(height, width, **expected)
        assert 0 <= top <= height - box_height
        assert 0 <= left <= width - box_width
        area_px = expected["area"] * height * width
        assert abs(box_height * box_width - area_px) <= 0.5 * box_height
        exact = math.sqrt(area_px / expected["aspect"])
        possible = [h for h in range(1, height + 1) if h <= max(area_px, 1.0) <= h * width]
        fitting += possible[0] <= exact <= possible[-1]
        assert abs(box_height - np.clip(exact, possible[0], possible[-1])) <= 0.5
    assert 30 < fitting < 300


def test_all_positions_are_equally_likely() -> None:
    values = drawn("random_erasing", 2000)
    places = [
        box_of(20, 20, area=0.36, offset_x=x, offset_y=y)[:2]
        for x, y in zip(values["offset_x"], values["offset_y"], strict=True)
    ]
    for along in np.transpose(places):
        assert stats.chisquare(np.bincount(along, minlength=9)).pvalue > SIGNIFICANCE


@pytest.mark.parametrize("fill", ["noise", "constant"])
def test_pixels_outside_the_rectangle_are_unchanged(picture: Picture, fill: str) -> None:
    top, left, height, width = box_of(*picture.shape[:2], area=0.3, aspect=2.0)
    result = erased(picture, area=0.3, aspect=2.0, fill=fill)
    inside = np.zeros(picture.shape[:2], bool)
    inside[top : top + height, left : left + width] = True
    np.testing.assert_array_equal(result[~inside], picture[~inside])
    assert np.mean(result[inside] != picture[inside]) > 0.9


def test_noise_is_uniform_and_independent() -> None:
    picture = photograph("square")
    noise = erased(picture, area=1.0)
    assert stats.chisquare(np.bincount(noise.ravel(), minlength=256)).pvalue > SIGNIFICANCE
    for other in (picture, erased(picture, area=1.0, seed=6), np.roll(noise, 1, axis=1)):
        related = stats.pearsonr(noise.ravel().astype(float), other.ravel().astype(float))
        assert related.pvalue > SIGNIFICANCE


def test_draws_the_areas_of_the_paper_and_both_orientations_equally() -> None:
    values = drawn("random_erasing", area_factor=0.4)
    assert_distributed(values["area"], stats.uniform(0.02, 0.38))
    widest = math.log(3.33)
    assert_distributed(np.log(values["aspect"]), stats.uniform(-widest, 2.0 * widest))
    for name in ("offset_x", "offset_y"):
        assert_distributed(values[name], stats.uniform())
