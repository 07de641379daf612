"""What happens to one picture between two mixes, neighbours of one kind in one go.

Neighbouring tone ops become one table, and so one lookup: exactly what they give one after the other.
Neighbouring affine ops with the same border become one matrix, and so one interpolation and one border,
where one warp after the other would blur and reflect twice.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence

import cv2
import numpy as np

from augment.ops import registry
from augment.ops._colour import Image
from augment.ops._geometry import Border, Matrix, border_of, compose
from augment.ops._tone import Histogram, Table
from augment.plan import Applied, Branch
from augment.warping import warp


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
        elif kind == "policy":
            for applied in run:
                picture = _weighed(picture, applied.branches)
        else:
            for applied in run:
                picture = known[applied.op].function(picture, **applied.values)
    return picture


def _weighed(picture: Image, branches: Sequence[Branch]) -> Image:
    """Return the weighted sum of the ways that a picture goes at once, and of the picture itself."""
    own = 1.0 - math.fsum(branch.weight for branch in branches)
    total = picture * np.float32(own)
    for branch in branches:
        total += transformed(picture, branch.ops) * np.float32(branch.weight)
    return np.asarray(np.clip(np.rint(total), 0, 255), np.uint8)


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
    for border, neighbours in _with_one_border(ops):
        matrix: Matrix = functools.reduce(
            compose, (known[one.op].function(height, width, **one.values) for one in neighbours)
        )
        picture = warp(picture, matrix, border)
    return picture


def _with_one_border(ops: Iterable[Applied]) -> Iterator[tuple[Border, list[Applied]]]:
    """Yield neighbours that share a border; one that needs none, such as a flip, goes with any."""
    together: list[Applied] = []
    border: Border | None = None
    for applied in ops:
        own = border_of(applied.values)
        if own and border and own != border:
            yield border, together
            together = []
        together.append(applied)
        border = own or border
    yield border or Border("reflect"), together
