"""The inner loops of rendering, picture by picture, by OpenCV."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt
import stringzilla

from augment.engine.colour import Image
from augment.engine.geometry import Border, Matrix
from augment.engine.tone import Extent, Histogram, Means, Table

Rows = npt.NDArray[np.int64]


def extent(picture: Image) -> Extent:
    """Return the lowest and the highest level of each channel of a picture, uint8 (H, W, 3)."""
    # Line by line first, which the processor does for many levels at once.
    lines = picture.reshape(len(picture), -1)
    ends = [end.reduce(end.reduce(lines).reshape(-1, 3)) for end in (np.minimum, np.maximum)]
    return np.stack(ends)


def means(picture: Image) -> Means:
    """Return the mean level of each channel of a picture, uint8 (H, W, 3)."""
    height, width = picture.shape[:2]
    # The sums are whole numbers, and exact.
    return np.asarray(np.array(cv2.sumElems(picture)[:3]) / (height * width))


def histogram(picture: Image) -> Histogram:
    """Return how often each level occurs in each channel of a picture, uint8 (H, W, 3)."""
    counts = np.empty((256, 3), np.int64)
    for channel in range(3):
        found = cv2.calcHist([picture], [channel], None, [256], [0, 256])
        counts[:, channel] = found[:, 0]
    return counts


def look_up(source: Image, target: Image, rows: Rows, tables: Sequence[Table]) -> None:
    """Write pictures with every level replaced.

    Args:
        source: uint8 (B, H, W, 3).
        target: Of the same shape; only the rows given are written.
        rows: int64 (n,).
        tables: One a row, uint8 (256,), or (256, 3) for one a channel.
    """
    planes: list[Image] = []
    for row, table in zip(rows, tables, strict=True):
        if table.ndim == 1:
            np.copyto(target[row], source[row])
            _translate(target[row], table)
            continue
        planes = planes or list(np.empty((3, *source.shape[1:3]), np.uint8))
        cv2.split(source[row], planes)
        for channel, plane in enumerate(planes):
            _translate(plane, np.ascontiguousarray(table[:, channel]))
        cv2.merge(planes, dst=target[row])


def _translate(levels: Image, table: Table) -> None:
    """Replace every level, in place; a search library does that with the widest registers there are."""
    stringzilla.translate(levels.data.cast("B"), table.data, inplace=True)


def warp(
    source: Image, target: Image, rows: Rows, matrices: Sequence[Matrix], border: Border
) -> None:
    """Write pictures warped, bilinear: moved along one axis on a raster of 1/256 pixel, else 1/32.

    Args:
        source: uint8 (B, H, W, 3).
        target: Another array of the same shape; only the rows given are written.
        rows: int64 (n,).
        matrices: One a row, from a pixel of the output to where in the input it comes from.
        border: What lies beyond the pictures.
    """
    for row, matrix in zip(rows, matrices, strict=True):
        _warp(source[row], target[row], matrix, border)


def _warp(picture: Image, target: Image, matrix: Matrix, border: Border) -> None:
    height, width = picture.shape[:2]
    (xx, xy, x0), (yx, yy, y0) = matrix.tolist()
    whole = x0.is_integer() and y0.is_integer()
    if xy == yx == 0.0 and xx == yy == 1.0 and (whole or 0.0 in (x0, y0)):
        _move(picture, target, finely(x0), finely(y0), border)
    elif xy == yx == 0.0 and (xx, x0, yy, y0) in _mirrors(height, width):
        cv2.flip(picture, _mirrors(height, width)[xx, x0, yy, y0], dst=target)
    else:
        cv2.warpAffine(
            picture,
            matrix,
            (width, height),
            dst=target,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            **border.keywords,
        )


def _mirrors(height: int, width: int) -> dict[tuple[float, float, float, float], int]:
    """Return OpenCV's code of each mirroring, by the entries of its matrix that are not 0."""
    across, down = (-1.0, width - 1.0), (-1.0, height - 1.0)
    return {(*across, 1.0, 0.0): 1, (1.0, 0.0, *down): 0, (*across, *down): -1}


def _move(picture: Image, target: Image, x0: int, y0: int, border: Border) -> None:
    """Write a picture moved by parts of 1/256 pixel; in one direction at most by a fraction."""
    height, width = picture.shape[:2]
    right, down, part = x0 // 256, y0 // 256, max(x0 % 256, y0 % 256)
    across, below = int(x0 % 256 > 0), int(y0 % 256 > 0)
    sides = max(-down, 0), max(down + below, 0), max(-right, 0), max(right + across, 0)
    mode, value = border.keywords.values()
    padded = cv2.copyMakeBorder(picture, *sides, mode, value=value)
    padded = padded[max(down, 0) :, max(right, 0) :]
    near = padded[:height, :width]
    if part:
        far = padded[below : below + height, across : across + width]
        target[...] = (near * np.uint16(256 - part) + far * np.uint16(part) + np.uint16(128)) >> 8
    else:
        target[...] = near


def finely(pixels: float) -> int:
    """Return a distance in 1/256 pixel."""
    return round(pixels * 256)
