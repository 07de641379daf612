from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from tests.ops.reference import (
    NO_ACCIDENT,
    Picture,
    assert_distributed,
    drawn,
    happen,
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


def blank(picture: Picture, *, turn: float, **grid: float) -> npt.NDArray[np.bool_]:
    """Return which pixels the op blanks."""
    return happen("grid_mask", np.full_like(picture, 200), turn=turn, **grid)[..., 0] == 0


def by_definition(
    picture: Picture, *, turn: float, ratio: float, unit: float, offset_x: float, offset_y: float
) -> npt.NDArray[np.bool_]:
    """Return which pixels lie in the last `ratio` of a turned grid's units, in both directions.

    The grid stands on a square as large as the diagonal, which turns about its own centre.
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
def test_the_squares_are_where_the_definition_says(
    picture: Picture, grid: dict[str, float], turn: float
) -> None:
    """Turned, a pixel may fall so near half way between two of the mask that either will do."""
    ours, defined = blank(picture, turn=turn, **grid), by_definition(picture, turn=turn, **grid)
    assert np.mean(ours == defined) >= (1.0 if turn == 0.0 else 0.999)


def test_what_is_not_blank_is_left_alone(picture: Picture) -> None:
    grid: dict[str, Any] = {**GRIDS[0], "turn": 0.03}
    hidden = blank(picture, **grid)
    masked = happen("grid_mask", picture, fill_value=90, **grid)
    assert np.all(masked[hidden] == 90)
    np.testing.assert_array_equal(masked[~hidden], picture[~hidden])


def test_the_blank_share_is_the_squared_ratio() -> None:
    """At a random place, a pixel is blank with the chance ratio squared, however the grid is turned."""
    picture = photograph("small")
    values = drawn("grid_mask", 600, ratio_factor=0.9, rotation_factor=0.5)
    names = ("ratio", "turn", "unit", "offset_x", "offset_y")
    cases = [
        dict(zip(names, case, strict=True)) for case in zip(*map(values.get, names), strict=True)
    ]
    surplus = [blank(picture, **case).mean() - case["ratio"] ** 2 for case in cases]
    assert stats.ttest_1samp(surplus, 0.0).pvalue > NO_ACCIDENT


def test_draws_uniformly() -> None:
    values = drawn("grid_mask", ratio_factor=0.6, rotation_factor=0.2)
    assert_distributed(values["ratio"], stats.uniform(0.0, 0.6))
    assert_distributed(values["turn"], stats.uniform(-0.2, 0.4))
    for name in ("unit", "offset_x", "offset_y"):
        assert_distributed(values[name], stats.uniform())


@pytest.mark.slow
@pytest.mark.parametrize("grid", GRIDS)
def test_the_unturned_mask_is_keras_cvs_to_the_pixel(
    picture: Picture, keras: ModuleType, grid: dict[str, float]
) -> None:
    theirs = keras.grid_mask(picture, turn=0.0, **grid) > 0.0
    np.testing.assert_array_equal(blank(picture, turn=0.0, **grid), theirs)


@pytest.mark.slow
@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("grid", GRIDS)
def test_the_turned_mask_is_keras_cvs_but_for_its_wider_edges(
    picture: Picture, keras: ModuleType, grid: dict[str, float], turn: float
) -> None:
    """keras_cv blanks what its bilinear mask touches at all, so its squares are a pixel wider."""
    ours, touched = blank(picture, turn=turn, **grid), keras.grid_mask(picture, turn=turn, **grid)
    assert np.mean(ours == (touched > 0.5)) >= 0.99
    assert not np.any(ours & (touched == 0.0))
    assert (touched > 0.0).sum() >= ours.sum()


@pytest.mark.slow
def test_keras_cv_departs_where_its_grid_ends_short(keras: ModuleType) -> None:
    picture = photograph("wide")
    theirs = keras.grid_mask(picture, turn=0.0, **SHORT) > 0.0
    ours = blank(picture, turn=0.0, **SHORT)
    assert not np.any(theirs & ~ours)
    assert np.mean(ours & ~theirs) > 0.02
