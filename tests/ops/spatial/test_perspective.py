from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

import augment
from tests.ops.reference import Picture, apply_op, assert_distributed, assert_near, drawn
from tests.ops.spatial_reference import FILL_MODES, pixels, sampled

CORNERS = ("top_left", "top_right", "bottom_right", "bottom_left")
MOVES = [
    [(0.1, -0.04), (-0.08, 0.1), (0.02, 0.02), (0.07, -0.1)],
    [(0.15, 0.15), (-0.15, 0.15), (-0.15, -0.15), (0.15, -0.15)],
    [(-0.15, 0.15), (0.15, -0.15), (-0.15, 0.15), (0.15, -0.15)],
    [(0.001, 0.0), (0.0, 0.0), (0.0, 0.002), (0.0, 0.0)],
]
Moves = list[tuple[float, float]]


def values_of(moves: Moves) -> dict[str, float]:
    return {
        f"{corner}_{axis}": move
        for corner, both in zip(CORNERS, moves, strict=True)
        for axis, move in zip("xy", both, strict=True)
    }


def homography(height: float, width: float, moves: Moves) -> npt.NDArray[np.float64]:
    """Return the matrix from the output to the input that moves the corners back."""
    right, bottom = width - 1, height - 1
    equations, expected = [], []
    for (x, y), move in zip([(0, 0), (right, 0), (right, bottom), (0, bottom)], moves, strict=True):
        u, v = x + move[0] * width, y + move[1] * height
        equations += [
            (u, v, 1, 0, 0, 0, -u * x, -v * x),
            (0, 0, 0, u, v, 1, -u * y, -v * y),
        ]
        expected += [x, y]
    return np.append(np.linalg.solve(equations, expected), 1.0).reshape(3, 3)


@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("moves", MOVES)
def test_equals_scipy(picture: Picture, moves: Moves, fill_mode: str) -> None:
    """OpenCV samples on a grid of 1/32 pixel, so steep edges may differ by some levels."""
    x, y = pixels(picture)
    matrix = homography(*picture.shape[:2], moves)
    at_x, at_y, depth = np.einsum("ij,jhw->ihw", matrix, np.stack([x, y, np.ones_like(x)]))
    border = {"fill_mode": fill_mode, "fill_value": 90}
    scipys = sampled(picture, at_x / depth, at_y / depth, **border)
    ours = apply_op("perspective", picture, **values_of(moves), **border)
    assert_near(ours, scipys, share=0.99)


@pytest.mark.parametrize("size", [(8, 8), (8, 4096), (4096, 13), (1023, 2047)])
def test_factor_0_changes_nothing(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)
    still = apply_op("perspective", picture, **values_of([(0.0, 0.0)] * 4))
    np.testing.assert_array_equal(still, picture)


@pytest.mark.parametrize("shift", [-0.11, 0.06])
def test_corners_that_move_alike_move_the_picture(picture: Picture, shift: float) -> None:
    moved = apply_op("perspective", picture, **values_of([(shift, 0.0)] * 4))
    assert_near(moved, apply_op("translate_x", picture, shift=shift), share=0.99)


def test_at_its_strongest_the_horizon_stays_outside() -> None:
    """No depth is below a fifth of that in the middle, wherever the corners move."""
    limit = augment.registry()["perspective"].params["factor"].high
    frame = np.array([(0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)], float)
    for signs in product((-limit, limit), repeat=8):
        moves = list(zip(signs[::2], signs[1::2], strict=True))
        depth_of = homography(2.0, 2.0, [(x / 2, y / 2) for x, y in moves])[2]
        corners = frame[:, :2] + moves
        middle = np.append(corners.mean(axis=0), 1.0)
        assert (frame @ depth_of / (middle @ depth_of)).min() > 0.2


@pytest.mark.parametrize("side", range(2, 9))
def test_the_corners_of_a_tiny_picture_never_cross(side: int) -> None:
    """What was left stays left of what was right, and above of what was below."""
    limit = augment.registry()["perspective"].params["factor"].high
    picture = np.zeros((side, side, 3), np.uint8)
    picture[:, side // 2 :, 0] = picture[side // 2 :, :, 1] = 255
    for signs in product((-limit, limit), repeat=8):
        moves = list(zip(signs[::2], signs[1::2], strict=True))
        warped = apply_op("perspective", picture, **values_of(moves), fill_mode="edge")
        assert (warped[:, 0, 0] <= warped[:, -1, 0]).all()
        assert (warped[0, :, 1] <= warped[-1, :, 1]).all()


def test_draws_moves_independently() -> None:
    values = drawn("perspective", factor=0.07)
    moves = {name: values[name] for name in values_of(MOVES[0])}
    for name in moves:
        assert_distributed(moves[name], stats.uniform(-0.07, 0.14))
    correlations = np.corrcoef(list(moves.values())) - np.eye(8)
    assert np.abs(correlations).max() < 5 / np.sqrt(4000)
