"""What happens to one picture between two mixes, neighbours of one kind in one go.

Neighbouring tone ops become one table, and so one lookup: exactly what they give one after the other.
Neighbouring affine ops become one matrix, and so one interpolation and one reflection at the border,
where one warp after the other would blur and reflect twice.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from augment.ops import registry
from augment.ops._colour import Image
from augment.ops._geometry import Matrix, compose
from augment.ops._tone import Histogram, Table
from augment.plan import Applied

_BORDER = cv2.BORDER_REFLECT


def transformed(picture: Image, ops: Sequence[Applied]) -> Image:
    """Return the picture after ops that do not mix; the picture itself is not written to.

    Args:
        picture: uint8 (H, W, 3).
        ops: What happens, in this order.
    """
    known = registry()
    for kind, run in itertools.groupby(ops, key=lambda applied: known[applied.op].kind):
        if kind == "tone":
            picture = _toned(picture, run)
        elif kind == "affine":
            picture = _warped(picture, run)
        else:
            for applied in run:
                picture = known[applied.op].function(picture, **applied.values)
    return picture


def _toned(picture: Image, ops: Iterable[Applied]) -> Image:
    known = registry()
    histogram: Histogram | None = None
    table: Table | None = None
    for applied in ops:
        op = known[applied.op]
        if op.reads:
            histogram = _histogram(picture) if histogram is None else histogram
            seen = histogram if table is None else _pushed(histogram, table)
            following: Table = op.function(seen, **applied.values)
        else:
            following = op.function(**applied.values)
        table = following if table is None else _chained(table, following)
    if table is None:
        return picture
    return np.asarray(cv2.LUT(picture, table.reshape(1, 256, -1)), np.uint8)


def _histogram(picture: Image) -> Histogram:
    """Return how often each level occurs in each channel, shape (256, 3)."""
    channels = [cv2.calcHist([picture], [channel], None, [256], [0, 256]) for channel in range(3)]
    return np.stack([counts.ravel() for counts in channels], axis=1).astype(np.int64)


def _pushed(histogram: Histogram, table: Table) -> Histogram:
    """Return the histogram that the picture has after the table."""
    columns = np.broadcast_to(table.reshape(256, -1), (256, 3))
    pushed = [
        np.bincount(columns[:, channel], histogram[:, channel], minlength=256)
        for channel in range(3)
    ]
    return np.stack(pushed, axis=1).astype(np.int64)


def _chained(first: Table, then: Table) -> Table:
    """Return the table of `first` followed by `then`, per channel where either is."""
    if then.ndim == 1:
        return np.asarray(then[first])
    columns = np.broadcast_to(first.reshape(256, -1), (256, 3))
    return np.take_along_axis(then, columns.astype(np.intp), axis=0)


def _warped(picture: Image, ops: Iterable[Applied]) -> Image:
    height, width = picture.shape[:2]
    known = registry()
    matrix: Matrix = functools.reduce(
        compose, (known[one.op].function(height, width, **one.values) for one in ops)
    )
    if (matrix[:, :2] == np.eye(2)).all() and 0.0 in matrix[:, 2]:
        return _moved(picture, matrix[0, 2], matrix[1, 2])
    return np.asarray(
        cv2.warpAffine(
            picture,
            matrix,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=_BORDER,
        ),
        np.uint8,
    )


def _moved(picture: Image, dx: float, dy: float) -> Image:
    """Return the picture moved along one axis: seven times as fast as the general warp.

    Args:
        picture: uint8 (H, W, 3).
        dx: How far right of itself each pixel's colour comes from, in pixels; 0 if dy is not.
        dy: The same, downwards.
    """
    height, width = picture.shape[:2]
    whole = math.floor(dx or dy)
    fraction = (dx or dy) - whole
    before, after = max(-whole, 0), max(whole + 1, 0)
    if dx:
        padded = cv2.copyMakeBorder(picture, 0, 0, before, after, _BORDER)
        near = padded[:, max(whole, 0) : max(whole, 0) + width]
        far = padded[:, max(whole, 0) + 1 : max(whole, 0) + 1 + width]
    else:
        padded = cv2.copyMakeBorder(picture, before, after, 0, 0, _BORDER)
        near = padded[max(whole, 0) : max(whole, 0) + height]
        far = padded[max(whole, 0) + 1 : max(whole, 0) + 1 + height]
    return np.asarray(cv2.addWeighted(near, 1.0 - fraction, far, fraction, 0.0), np.uint8)
