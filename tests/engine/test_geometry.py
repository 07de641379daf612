"""Fractions of a side in whole pixels, against exact arithmetic on the decimals that a person wrote."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

import augment
from augment.engine.geometry import compose, in_pixels, place_of
from augment.ops.colour.gaussian_blur import _kernel
from augment.ops.erasing.grid_mask import _unmasked
from augment.ops.spatial import elastic
from tests.ops.reference import apply_mix, apply_op

SIDES = (*range(1, 65), 75, 85, 90, 100, 150, 200, 224, 300, 333, 450, 512)


@pytest.mark.parametrize("rounding", [math.ceil, math.floor, round])
def test_rounds_as_exact_arithmetic_does(rounding: type[int]) -> None:
    for side in range(1, 513):
        for hundredths in range(101):
            exact = Fraction(hundredths, 100) * side
            assert rounding(in_pixels(hundredths / 100, side)) == rounding(exact)


def test_a_place_is_one_of_the_places() -> None:
    for places in SIDES:
        for hundredths in range(100):
            assert place_of(hundredths / 100, places) == hundredths * places // 100
        assert place_of(1e-16, places) == 0
        assert place_of(1.0 - 2.0**-53, places) == places - 1


def test_the_box_of_cut_mix() -> None:
    """A side is the root of 1 - λ: 0.3 of 10 pixels, which sqrt(1 - 0.91) makes 2.9999999999999996."""
    for side in (10, 20, 30, 40, 90, 100, 128):
        white, black = np.full((side, side, 3), 255, np.uint8), np.zeros((side, side, 3), np.uint8)
        for hundredths in range(101):
            box = math.isqrt((100 - hundredths) * side**2 // 100)
            first = side // 2 - box // 2
            mixed = apply_mix(
                "cut_mix",
                np.stack([white, black]),
                np.eye(2),
                [1, 0],
                share=[hundredths / 100] * 2,
                centre_x=[0.5] * 2,
                centre_y=[0.5] * 2,
            )
            shown = min(first + box, side) - max(first, 0)
            assert np.count_nonzero(mixed.images[0, ..., 0] == 0) == shown**2


def test_the_padding_of_a_crop() -> None:
    op = augment.registry()["random_crop"]
    for side in SIDES:
        for thousandths in range(0, 501, 5):
            expected = math.floor(Fraction(thousandths, 1000) * side + Fraction(1, 2))
            values = {**op.defaults, "padding_factor": thousandths / 1000}
            start = op.function(side, side, **values, across=0.0, down=1.0 - 2.0**-53)
            assert (start[0, 2], start[1, 2]) == (-expected, expected)


def test_the_rectangle_of_random_erasing() -> None:
    for side in (5, 8, 10, 20, 25, 50):
        picture = np.zeros((side, side, 3), np.uint8)
        for hundredths in range(1, 101):
            area = Fraction(hundredths, 100) * side**2
            exact = round(math.sqrt(area))
            height = max(min(max(exact, math.ceil(area / side)), math.floor(area), side), 1)
            erased = apply_op(
                "random_erasing",
                picture,
                fill="constant",
                fill_value=9,
                area=hundredths / 100,
                aspect=1.0,
                offset_x=0.5,
                offset_y=0.5,
                seed=0,
            )
            assert np.count_nonzero(erased[..., 0]) == height * round(area / height)


def test_the_kernel_of_a_blur() -> None:
    """Three sigma on either side: 21 pixels at 7, which 0.07 * 100 * 3 makes 22."""
    for side in (*SIDES, 700):
        for thousandths in range(1, 101):
            sigma = in_pixels(thousandths / 1000, side)
            radius = math.ceil(Fraction(thousandths, 1000) * side * 3)
            assert len(_kernel(sigma)) == 2 * radius + 1


def test_the_cells_of_an_elastic_deformation(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    normal = elastic.normal_field

    def watched(seed: int, shape: tuple[int, ...]) -> np.ndarray:
        asked.append(shape)
        return normal(seed, shape)

    monkeypatch.setattr(elastic, "normal_field", watched)
    for hundredths in range(3, 51):
        for height, width in ((30, 30), (10, 25), (30, 20)):
            elastic.fields(height, width, hundredths / 100, 0)
            cells = [
                math.ceil(Fraction(side, min(height, width)) * 300 / hundredths) + 18
                for side in (height, width)
            ]
            assert asked.pop() == (2, *cells)


@pytest.mark.parametrize("offset", [0.0, 0.1, 0.29, 0.7])
def test_the_stripes_of_a_grid(offset: float) -> None:
    for side in (2, 3, 5, 7, 10, 20, 25, 50, 75, 90, 100):
        places = np.arange(3 * side)
        start = Fraction(str(offset)) * side
        for hundredths in range(101):
            left = (100 - hundredths) * Fraction(side, 100)
            expected = [(int(place) + start) % side < left for place in places]
            kept = _unmasked(places, float(side), offset, hundredths / 100)
            np.testing.assert_array_equal(kept, expected)


def test_one_matrix_after_another_to_the_last_bit() -> None:
    """Each product and each sum rounds to a float, on every processor: no fused multiply-add."""
    rng = np.random.default_rng(2)
    for first, then in rng.normal(size=(200, 2, 2, 3)):
        (a, b, x), (c, d, y) = first.tolist()
        (e, f, u), (g, h, v) = then.tolist()
        expected = [
            [a * e + b * g, a * f + b * h, a * u + b * v + x],
            [c * e + d * g, c * f + d * h, c * u + d * v + y],
        ]
        assert compose(first, then).tolist() == expected
        third = np.vstack([first, (0, 0, 1)]) @ np.vstack([then, (0, 0, 1)])
        np.testing.assert_allclose(compose(first, then), third[:2], atol=1e-14)
