"""The inner loops of rendering, compiled by numba; they give the bytes of `augment.engine.kernels.plain`.

Every loop goes over many pictures without Python's lock. Importing this module compiles them, or loads
what an earlier process compiled.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
from numba import int32, int64, njit, types, uint8, void

from augment.engine.colour import Image
from augment.engine.geometry import BORDERS, Border, Matrix
from augment.engine.kernels import plain
from augment.engine.kernels.plain import Rows, extent, look_up, means
from augment.engine.tone import Histogram

__all__ = ["extent", "histogram", "look_up", "means", "warp"]

_SOURCE = types.Array(uint8, 4, "C", readonly=True)
_TARGET = uint8[:, :, :, ::1]
_CONSTANT, _EDGE = BORDERS["constant"], BORDERS["edge"]


def histogram(picture: Image) -> Histogram:
    """See `plain.histogram`."""
    counts = np.empty((1, 256, 3), np.int64)
    _histograms(picture[None], np.zeros(1, np.int64), counts)
    return np.asarray(counts[0])


def warp(
    source: Image, target: Image, rows: Rows, matrices: Sequence[Matrix], border: Border
) -> None:
    """See `plain.warp`: what moves whole lines of pixels along themselves has a loop of its own."""
    height, width = source.shape[1:3]
    mode, value = BORDERS[border.mode], np.uint8(border.value)
    ways: dict[str, list[int]] = {"lines": [], "columns": [], "up or down": [], "general": []}
    for number, matrix in enumerate(matrices):
        ways[_way(*matrix.ravel().tolist())].append(number)
    if chosen := ways["lines"]:
        shifts = np.stack([_along_lines(matrices[n], height) for n in chosen])
        _move_along(source, target, rows[chosen], shifts, mode, value)
    if chosen := ways["columns"]:
        # A line is moved much faster than a column, even with the picture turned over and back.
        turned = np.empty((2, len(chosen), width, height, 3), np.uint8)
        for number, row in enumerate(rows[chosen]):
            cv2.transpose(source[row], dst=turned[0, number])
        shifts = np.stack([_along_columns(matrices[n], width) for n in chosen])
        _move_along(turned[0], turned[1], np.arange(len(chosen)), shifts, mode, value)
        for number, row in enumerate(rows[chosen]):
            cv2.transpose(turned[1, number], dst=target[row])
    if chosen := ways["up or down"]:
        moves = np.array([plain.finely(matrices[n][1, 2]) for n in chosen], np.int32)
        _move_across(source, target, rows[chosen], moves, mode, value)
    if chosen := ways["general"]:
        plain.warp(source, target, rows[chosen], [matrices[n] for n in chosen], border)


def _way(xx: float, xy: float, x0: float, yx: float, yy: float, y0: float) -> str:
    """Return which loop moves the pixels of a matrix."""
    if xx == 1.0 and yy == 1.0:
        if yx == 0.0 and y0 == 0.0:
            return "lines"
        if xy == 0.0 and x0 == 0.0:
            return "columns" if yx else "up or down"
    return "general"


def _along_lines(matrix: Matrix, height: int) -> npt.NDArray[np.int32]:
    """Return how far each line moves along itself, in 1/256 pixel."""
    if matrix[0, 1] == 0.0:
        return np.full(height, plain.finely(matrix[0, 2]), np.int32)
    return _on_raster(np.rint((matrix[0, 1] * np.arange(height) + matrix[0, 2]) * 1024))


def _along_columns(matrix: Matrix, width: int) -> npt.NDArray[np.int32]:
    """Return how far each column moves along itself, in 1/256 pixel."""
    return _on_raster(np.rint(matrix[1, 0] * np.arange(width) * 1024) + round(matrix[1, 2] * 1024))


def _on_raster(positions: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
    """Return positions in 1/1024 pixel, rounded where OpenCV rounds them, as it cuts them to 1/32."""
    return np.asarray((positions.astype(np.int64) + 16) // 32 * 8, np.int32)


@njit(inline="always")
def _within(place, size, mode):  # type: ignore[no-untyped-def]
    """Return the pixel shown at a place beyond the border, or -1 for the constant."""
    if 0 <= place < size:
        return place
    if mode == _CONSTANT:
        return -1
    if mode == _EDGE:
        return 0 if place < 0 else size - 1
    if -size <= place < 2 * size:
        return -1 - place if place < 0 else 2 * size - 1 - place
    place = place % (2 * size)
    return place if place < size else 2 * size - 1 - place


@njit(void(_SOURCE, int64[::1], int64[:, :, ::1]), nogil=True, cache=True)
def _histograms(pictures, rows, counts):  # type: ignore[no-untyped-def]
    height, width = pictures.shape[1], pictures.shape[2]
    # Two counters a channel, for even and odd columns: a run of one level would otherwise make every
    # count wait for the one before.
    found = np.empty((2, 3, 256), np.int32)
    for number in range(rows.shape[0]):
        picture = pictures[rows[number]]
        found[:] = 0
        for y in range(height):
            for x in range(0, width - 1, 2):
                found[0, 0, picture[y, x, 0]] += 1
                found[0, 1, picture[y, x, 1]] += 1
                found[0, 2, picture[y, x, 2]] += 1
                found[1, 0, picture[y, x + 1, 0]] += 1
                found[1, 1, picture[y, x + 1, 1]] += 1
                found[1, 2, picture[y, x + 1, 2]] += 1
            if width % 2:
                for channel in range(3):
                    found[0, channel, picture[y, width - 1, channel]] += 1
        for level in range(256):
            for channel in range(3):
                counts[number, level, channel] = found[0, channel, level] + found[1, channel, level]


@njit(inline="always")
def _copy(line, result):  # type: ignore[no-untyped-def]
    """Copy a line; assigning to a slice goes byte by byte in numba."""
    for place in range(result.shape[0]):
        result[place] = line[place]


@njit(inline="always")
def _between(near, far, result, part):  # type: ignore[no-untyped-def]
    """Write what lies `part` / 256 of the way from one line of levels to another."""
    # In 16 bits, so that a processor's wide registers hold twice as many levels.
    of_near, of_far = np.uint16(256 - part), np.uint16(part)
    for place in range(result.shape[0]):
        result[place] = np.uint8(
            (np.uint16(near[place]) * of_near + np.uint16(far[place]) * of_far + np.uint16(128))
            >> 8
        )


@njit(
    void(_SOURCE, _TARGET, int64[::1], int32[:, ::1], int64, uint8),
    nogil=True,
    cache=True,
)
def _move_along(source, target, rows, shifts, mode, value):  # type: ignore[no-untyped-def]
    """Move each line of a picture along itself, by shifts in 1/256 pixel, one a line."""
    height, width = source.shape[1], source.shape[2]
    # One more pixel than the line is wide: the last is between two as well.
    moved = np.empty(3 * width + 3, np.uint8)
    for number in range(rows.shape[0]):
        picture, result = source[rows[number]].reshape(-1), target[rows[number]].reshape(-1)
        for y in range(height):
            line = 3 * width * y
            whole = shifts[number, y] >> 8
            first = min(max(-whole, 0), width + 1)
            last = max(min(width - whole, width + 1), first)
            start = line + 3 * (first + whole)
            _copy(picture[start : start + 3 * (last - first)], moved[3 * first : 3 * last])
            for outside in range(width + 1 - last + first):
                x = outside if outside < first else outside + last - first
                at = _within(x + whole, width, mode)
                for channel in range(3):
                    moved[3 * x + channel] = picture[line + 3 * at + channel] if at >= 0 else value
            part = np.int32(shifts[number, y] & 255)
            _between(moved[:-3], moved[3:], result[line : line + 3 * width], part)


@njit(
    void(_SOURCE, _TARGET, int64[::1], int32[::1], int64, uint8),
    nogil=True,
    cache=True,
)
def _move_across(source, target, rows, moves, mode, value):  # type: ignore[no-untyped-def]
    """Move the lines of a picture up or down, by moves in 1/256 pixel, one a picture."""
    height, width = source.shape[1], source.shape[2]
    beyond = np.full(3 * width, value, np.uint8)
    for number in range(rows.shape[0]):
        picture, result = source[rows[number]].reshape(-1), target[rows[number]].reshape(-1)
        whole, part = moves[number] >> 8, np.int32(moves[number] & 255)
        line = 3 * width
        for y in range(height):
            above, below = _within(y + whole, height, mode), _within(y + whole + 1, height, mode)
            near = picture[line * above : line * (above + 1)] if above >= 0 else beyond
            far = picture[line * below : line * (below + 1)] if below >= 0 else beyond
            _between(near, far, result[line * y : line * (y + 1)], part)
