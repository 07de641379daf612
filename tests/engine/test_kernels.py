"""The compiled loops give the bytes of the plain ones, to the last bit."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest
from augment.engine.kernels import plain

from augment.engine.geometry import BORDERS, Border
from tests.conftest import ROOT

compiled = pytest.importorskip("augment.engine.kernels.compiled", reason="numba is not installed")

SIZES = [(8, 8), (31, 9), (9, 31), (64, 48), (1, 5)]
ROWS = np.array([2, 0])
MATRICES = {
    "nothing": (1, 0, 0, 0, 1, 0),
    "right": (1, 0, -3, 0, 1, 0),
    "left, a part of a pixel": (1, 0, 4.37, 0, 1, 0),
    "left, out of the picture": (1, 0, 1000.3, 0, 1, 0),
    "up": (1, 0, 0, 0, 1, 2.71),
    "down, out of the picture": (1, 0, 0, 0, 1, -333.3),
    "whole pixels both ways": (1, 0, -3, 0, 1, 5),
    "parts both ways": (1, 0, -3.3, 0, 1, 5.2),
    "shear x": (1, 0.31, 0, 0, 1, 0),
    "shear x, moved": (1, -0.7, 12.3, 0, 1, 0),
    "shear y": (1, 0, 0, -0.43, 1, 0),
    "shear y, moved": (1, 0, 0, 1.0, 1, -7.7),
    "shear y, moved by a part": (1, 0, 0, 0.3137, 1, 5.4321),
    "shear x, moved by a part": (1, 0.3137, 5.4321, 0, 1, 0),
    "mirrored": (-1, 0, 30, 0, 1, 0),
    "turned": (0.8, -0.6, 3.0, 0.6, 0.8, -2.0),
}


def pictures(height: int, width: int) -> npt.NDArray[np.uint8]:
    rng = np.random.default_rng(height * width)
    batch = rng.integers(0, 256, (3, height, width, 3), dtype=np.uint8)
    batch.flags.writeable = False
    return batch


@pytest.mark.parametrize("kernel", [compiled, plain], ids=["compiled", "plain"])
@pytest.mark.parametrize("size", [*SIZES, (1, 1), (301, 299)])
def test_statistics_are_exact(size: tuple[int, int], kernel: ModuleType) -> None:
    for picture in (*pictures(*size), np.full((*size, 3), (0, 200, 255), np.uint8)):
        levels = picture.reshape(-1, 3)
        low, high = kernel.extent(picture)
        np.testing.assert_array_equal(low, levels.min(axis=0))
        np.testing.assert_array_equal(high, levels.max(axis=0))
        whole = levels.sum(axis=0, dtype=np.int64)
        np.testing.assert_array_equal(kernel.means(picture), whole / len(levels))
        counts = kernel.histogram(picture)
        for channel in range(3):
            expected = np.bincount(levels[:, channel], minlength=256)
            np.testing.assert_array_equal(counts[:, channel], expected)
        dtypes = kernel.extent(picture).dtype, kernel.means(picture).dtype, counts.dtype
        assert dtypes == (np.uint8, np.float64, np.int64)


@pytest.mark.parametrize("size", SIZES)
def test_look_up(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    one, each = (rng.integers(0, 256, shape, dtype=np.uint8) for shape in (256, (256, 3)))
    batch = pictures(*size)
    result = np.full_like(batch, 7)
    plain.look_up(batch, result, ROWS, [one, each])
    np.testing.assert_array_equal(result[2], one[batch[2]])
    np.testing.assert_array_equal(result[1], 7, "no row is written that was not requested")
    for channel in range(3):
        np.testing.assert_array_equal(
            result[0, ..., channel], each[batch[0, ..., channel], channel]
        )


@pytest.mark.parametrize("border", [Border(mode, 77) for mode in BORDERS], ids=list(BORDERS))
@pytest.mark.parametrize("matrix", MATRICES.values(), ids=list(MATRICES))
@pytest.mark.parametrize("size", SIZES)
def test_warp(size: tuple[int, int], matrix: tuple[float, ...], border: Border) -> None:
    matrices = [np.array(matrix, np.float64).reshape(2, 3), np.eye(2, 3)]
    batch = pictures(*size)
    results = []
    for kernel in (compiled, plain):
        results.append(np.full_like(batch, 7))
        kernel.warp(batch, results[-1], ROWS, matrices, border)
    np.testing.assert_array_equal(results[0], results[1])
    assert (results[0][1] == 7).all(), "no row is written that was not requested"
    np.testing.assert_array_equal(results[0][0], batch[0])


@pytest.mark.parametrize("border", [Border(mode, 200) for mode in BORDERS], ids=list(BORDERS))
def test_warps_drawn_at_random(border: Border) -> None:
    """Shears with moves of any fraction, as chains of ops make them."""
    rng = np.random.default_rng(3)
    batch = rng.integers(0, 256, (200, 21, 18, 3), dtype=np.uint8)
    shears, moves = rng.uniform(-1, 1, 200), rng.uniform(-30, 30, 200)
    matrices = [
        np.array([[1, shear, move], [0, 1, 0]] if n % 2 else [[1, 0, 0], [shear, 1, move]], float)
        for n, (shear, move) in enumerate(zip(shears, moves, strict=True))
    ]
    results = [np.empty_like(batch), np.empty_like(batch)]
    for kernel, result in zip((compiled, plain), results, strict=True):
        kernel.warp(batch, result, np.arange(200), matrices, border)
    np.testing.assert_array_equal(results[0], results[1])


def test_a_process_can_stay_plain() -> None:
    code = """
import sys
from augment.engine import kernels
kernels.stay_plain()
assert kernels.current().__name__.endswith("plain")
assert "numba" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
