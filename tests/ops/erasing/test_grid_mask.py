from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
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

GRIDS = [
    {"ratio": 0.5, "unit": 0.3, "offset_x": 0.1, "offset_y": 0.2},
    {"ratio": 0.31, "unit": 0.77, "offset_x": 0.7, "offset_y": 0.05},
    {"ratio": 0.8, "unit": 0.01, "offset_x": 0.33, "offset_y": 0.5},
    {"ratio": 0.0, "unit": 0.5, "offset_x": 0.5, "offset_y": 0.5},
]
TURNS = [-0.15, 0.03, 0.11, 0.25]
# At this offset the last unit of keras_cv's grid ends short of the picture's border.
SHORT = {"ratio": 0.9, "unit": 0.6, "offset_x": 0.99, "offset_y": 0.99}


def blank(picture: Picture, *, turn: float, **grid: Any) -> npt.NDArray[np.bool_]:
    """Return which pixels the op blanks."""
    return apply_op("grid_mask", np.full_like(picture, 200), turn=turn, **grid)[..., 0] == 0


def by_definition(
    picture: Picture, *, turn: float, ratio: float, unit: float, offset_x: float, offset_y: float
) -> npt.NDArray[np.bool_]:
    """Return which pixels lie in the last `ratio` of a turned grid's units, in both directions.

    The grid covers a square with the diagonal as its side, which is rotated about its centre.
    """
    height, width = picture.shape[:2]
    low, high = sorted((height * 0.5, width * 0.3))
    unit_px = low + unit * (high + 1 - low)
    side = math.ceil(math.sqrt(height**2 + width**2))
    y, x = np.mgrid[:height, :width]
    pixel = x + (side - width) // 2 + 1j * (y + (side - height) // 2)
    centre = (side - 1) / 2 * (1 + 1j)
    on_grid = np.round((pixel - centre) * np.exp(2j * np.pi * turn) + centre)
    along_x = (on_grid.real / unit_px + offset_x) % 1.0
    along_y = (on_grid.imag / unit_px + offset_y) % 1.0
    return (along_x >= 1.0 - ratio) & (along_y >= 1.0 - ratio)


@pytest.mark.parametrize("turn", [0.0, *TURNS])
@pytest.mark.parametrize("grid", [*GRIDS, SHORT])
def test_the_squares_are_where_the_definition_puts_them(
    picture: Picture, grid: dict[str, float], turn: float
) -> None:
    """A rotated pixel may be so close to half way between two of the mask that either is right."""
    ours, defined = blank(picture, turn=turn, **grid), by_definition(picture, turn=turn, **grid)
    assert np.mean(ours == defined) >= (1.0 if turn == 0.0 else 0.999)


def test_pixels_outside_the_squares_are_unchanged(picture: Picture) -> None:
    grid: dict[str, Any] = {**GRIDS[0], "turn": 0.03}
    hidden = blank(picture, **grid)
    masked = apply_op("grid_mask", picture, fill_value=90, **grid)
    assert np.all(masked[hidden] == 90)
    np.testing.assert_array_equal(masked[~hidden], picture[~hidden])


def test_the_blank_share_is_the_squared_ratio() -> None:
    """A random pixel is blank with the probability ratio squared, at any rotation of the grid."""
    picture = photograph("small")
    values = drawn("grid_mask", 600, ratio_factor=0.9, rotation_factor=0.5)
    names = ("ratio", "turn", "unit", "offset_x", "offset_y")
    cases = [
        dict(zip(names, case, strict=True)) for case in zip(*map(values.get, names), strict=True)
    ]
    surplus = [blank(picture, **case).mean() - case["ratio"] ** 2 for case in cases]
    assert stats.ttest_1samp(surplus, 0.0).pvalue > SIGNIFICANCE


def by_the_papers_code(side: int, d: int, stripe: int, x: int, y: int) -> npt.NDArray[np.bool_]:
    """Return which pixels of a square lie in a grid of stripes, as the authors' code draws them.

    Args:
        side: The side of the square.
        d: The distance from a stripe to the next.
        stripe: The width of a stripe.
        x: Where the first upright stripe starts.
        y: Where the first level stripe starts.
    """
    stripes = np.zeros((side, side), bool)
    for unit in range(-1, side // d + 1):
        stripes[max(d * unit + y, 0) : max(d * unit + y + stripe, 0)] = True
        stripes[:, max(d * unit + x, 0) : max(d * unit + x + stripe, 0)] = True
    return stripes


@pytest.mark.parametrize("quarter", [0, 1])
@pytest.mark.parametrize("mode", ["drop_squares", "keep_squares"])
@pytest.mark.parametrize(("d", "ratio"), [(96, 0.75), (150, 0.6), (64, 0.25)])
def test_has_the_parameters_of_the_paper(mode: str, d: int, ratio: float, quarter: int) -> None:
    """The paper's d, and its ratio, which is what is kept (mode 1) or blank (mode 0) along a side.

    Units of d px to the pixel: both ends of the range are d / 224, and the draw takes the first.
    """
    picture = photograph("square")
    side = math.ceil(math.hypot(224, 224))
    stripe = round(d * ratio)
    blank_ratio = 1.0 - ratio if mode == "drop_squares" else ratio
    x, y = 17, d - 5
    # What is kept starts at the offset, so a square does with mode 0, and a stripe with mode 1.
    first_x, first_y = (x, y) if mode == "drop_squares" else (x + stripe, y + stripe)
    ours = blank(
        picture,
        ratio=blank_ratio,
        unit=0.0,
        unit_min_factor=d / 224,
        unit_max_factor=d / 224,
        mode=mode,
        # Half a pixel keeps the edges of squares away from the middles of pixels.
        offset_x=((0.5 - first_x) / d) % 1.0,
        offset_y=((0.5 - first_y) / d) % 1.0,
        turn=0.25 * quarter,
    )
    stripes = np.rot90(by_the_papers_code(side, d, stripe, x, y), quarter)
    hidden = stripes if mode == "keep_squares" else ~stripes
    start = (side - 224) // 2
    np.testing.assert_array_equal(ours, hidden[start : start + 224, start : start + 224])


def test_the_modes_are_complementary(picture: Picture) -> None:
    """One blanks squares of the ratio, the other leaves squares of the rest."""
    grid = {"unit": 0.3, "offset_x": 0.21, "offset_y": 0.57, "turn": 0.04}
    dropped = blank(picture, ratio=0.4, mode="drop_squares", **grid)
    kept = blank(picture, ratio=0.4, mode="keep_squares", **grid)
    assert np.all(kept[dropped])
    assert kept.mean() > dropped.mean()
    for mode in ("drop_squares", "keep_squares"):
        assert not blank(picture, ratio=0.0, mode=mode, **grid).any()
        assert blank(picture, ratio=1.0, mode=mode, **grid).all()


def test_units_are_between_both_factors() -> None:
    """In either order, on a picture with one blank stripe per unit."""
    picture = np.full((60, 400, 3), 200, np.uint8)
    for low, high in ((0.1, 0.4), (0.05, 1.0), (0.4, 0.2)):
        for unit in (0.0, 0.5, 1.0):
            factors = {"unit_min_factor": low, "unit_max_factor": high}
            place = {"offset_x": 0.0, "offset_y": 0.0, "turn": 0.0}
            grid = {"ratio": 0.5, "unit": unit, "mode": "keep_squares", **factors, **place}
            upright = blank(picture, **grid).all(axis=0)
            starts = np.flatnonzero(upright[1:] & ~upright[:-1])
            shortest, longest = sorted((low * 400, high * 60))
            expected = shortest + unit * (longest + 1 - shortest)
            assert abs(np.diff(starts).mean() - expected) <= 1.0 / (len(starts) - 1)


def test_draws_ratios_between_both_factors() -> None:
    values = drawn("grid_mask", ratio_factor=0.4, ratio_min_factor=0.3)
    assert_distributed(values["ratio"], stats.uniform(0.3, 0.1))
    assert set(drawn("grid_mask", 9, ratio_factor=0.4, ratio_min_factor=0.4)["ratio"]) == {0.4}


def test_draws_uniformly() -> None:
    values = drawn("grid_mask", ratio_factor=0.6, rotation_factor=0.2)
    assert_distributed(values["ratio"], stats.uniform(0.0, 0.6))
    assert_distributed(values["turn"], stats.uniform(-0.2, 0.4))
    for name in ("unit", "offset_x", "offset_y"):
        assert_distributed(values[name], stats.uniform())


@pytest.mark.slow
@pytest.mark.parametrize("grid", GRIDS)
def test_the_unrotated_mask_equals_keras_cv(
    picture: Picture, keras: ModuleType, grid: dict[str, float]
) -> None:
    theirs = keras.grid_mask(picture, turn=0.0, **grid) > 0.0
    np.testing.assert_array_equal(blank(picture, turn=0.0, **grid), theirs)


@pytest.mark.slow
@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("grid", GRIDS)
def test_the_rotated_mask_equals_keras_cv_except_for_its_wider_edges(
    picture: Picture, keras: ModuleType, grid: dict[str, float], turn: float
) -> None:
    """keras_cv blanks every pixel that its bilinear mask touches, so its squares are a pixel wider."""
    ours, touched = blank(picture, turn=turn, **grid), keras.grid_mask(picture, turn=turn, **grid)
    assert np.mean(ours == (touched > 0.5)) >= 0.99
    assert not np.any(ours & (touched == 0.0))
    assert (touched > 0.0).sum() >= ours.sum()


@pytest.mark.slow
def test_keras_cv_differs_where_its_grid_ends_early(keras: ModuleType) -> None:
    picture = photograph("wide")
    theirs = keras.grid_mask(picture, turn=0.0, **SHORT) > 0.0
    ours = blank(picture, turn=0.0, **SHORT)
    assert not np.any(theirs & ~ours)
    assert np.mean(ours & ~theirs) > 0.02
