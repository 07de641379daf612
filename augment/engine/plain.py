"""Rendering picture by picture, by OpenCV: for a few pictures, and what the compiled call is tested by.

Between two mixes, neighbours of one kind happen in one go. Neighbouring tone ops become one table, and
so one lookup: exactly what they give one after the other. One that reads a statistic begins a new
lookup, because the statistic is measured on the picture before it. Neighbouring affine ops with the
same border become one matrix, and so one interpolation and one border, where one warp after the other
would blur and reflect twice.
"""

from __future__ import annotations

import functools
import itertools
import math
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import stringzilla

from augment.engine.colour import Image
from augment.engine.geometry import Border, Box, Matrix, border_of, compose
from augment.engine.op import Op, registry
from augment.engine.plan import Applied, Branch, Plan
from augment.engine.tone import Extent, Histogram, Means, Table

Ints = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]
Part = list[Sequence[Applied]]
"""For each row, what happens to it in one part of a plan."""

_STAGE = attrgetter("stage")


Mixes = list[tuple[Ints, Shares]]
"""For each stage that mixes: int64 (B,), the partner of each row, and float64 (B,), its own share."""


@contextmanager
def over_threads(threads: int) -> Iterator[Callable[..., Iterator[Any]]]:
    """Yield a `map` that so many threads share."""
    if threads == 1:
        yield map
    else:
        with ThreadPoolExecutor(threads) as pool:
            yield pool.map


def run(plan: Plan, images: Image, out: Image, *, threads: int = 1) -> Mixes:
    """Carry out a plan.

    Args:
        plan: What happens.
        images: uint8 (B, H, W, 3), C-contiguous; never written to.
        out: Another array of that shape, where the pictures go.
        threads: How many threads share the pictures.
    """
    parts, rows = list(_parts(plan)), range(len(images))
    mixes: Mixes = []
    pictures, other = images, np.empty_like(out) if len(parts) > 1 else out
    with over_threads(threads) as each:
        for number, part in enumerate(parts):
            # Each part reads from one array and writes into another, the last into the result.
            target = out if (len(parts) - number) % 2 == 1 else other
            own = np.ones(len(images))
            list(each(partial(_take_row, pictures, part, target, own), rows))
            partners = {
                row: ops[0].partner
                for row, ops in enumerate(part)
                if ops and ops[0].partner is not None
            }
            if partners:
                mixes.append((np.array([partners.get(row, row) for row in rows]), own))
            pictures = target
    if not parts:
        np.copyto(out, images)
    return mixes


def _parts(plan: Plan) -> Iterator[Part]:
    """Yield the plan in parts, in each of which a row mixes once or not at all.

    All that comes before a mixing stage is finished over the whole batch before it, because the
    partner is taken as it is then.
    """
    ops = registry()
    mixing = {applied.stage for row in plan.rows for applied in row.ops if ops[applied.op].mixes}
    taken = [0] * len(plan.rows)
    for stage in sorted(mixing):
        yield from filter(any, (_until(plan, taken, end) for end in (stage, stage + 1)))
    yield from filter(any, [_until(plan, taken, None)])


def _until(plan: Plan, taken: list[int], stage: int | None) -> Part:
    """Return for each row the ops not yet taken that come before a stage, and take them."""
    part: Part = []
    for index, row in enumerate(plan.rows):
        start, end = taken[index], len(row.ops)
        if stage is not None:
            end = bisect_left(row.ops, stage, lo=start, key=_STAGE)
        part.append(row.ops[start:end])
        taken[index] = end
    return part


def _take_row(pictures: Image, part: Part, target: Image, own: Shares, row: int) -> None:
    """Write the picture of a row, and the share of it that is still its own."""
    ops = part[row]
    if not ops or ops[0].partner is None:
        transform(pictures[row], target[row], ops)
    else:
        op, partner = registry()[ops[0].op], pictures[ops[0].partner]
        own[row] = _mix(op, pictures[row], partner, target[row], ops[0].values)


def _mix(op: Op, picture: Image, partner: Image, out: Image, values: Mapping[str, Any]) -> float:
    """Write a picture mixed with its partner, and return the share that is still its own."""
    if op.kind == "paste":
        height, width, _ = picture.shape
        box: Box = op.function(height, width, **values)
        top, bottom, left, right = box
        np.copyto(out, picture)
        out[top:bottom, left:right] = partner[top:bottom, left:right]
        return 1.0 - (bottom - top) * (right - left) / float(height * width)
    if op.kind == "blend":
        share: float = op.function(**values)
        cv2.addWeighted(picture, share, partner, 1.0 - share, 0.0, dst=out)
        return share
    return op.picture(picture, partner, out=out, values=values)


class _Run(NamedTuple):
    """Neighbours that happen in one go; one op alone, where its kind cannot be joined."""

    kind: str
    ops: Sequence[Applied]
    border: Border = Border("reflect")


def transform(picture: Image, out: Image, ops: Sequence[Applied]) -> None:
    """Write a picture after ops that do not mix.

    Args:
        picture: uint8 (H, W, 3); never written to.
        out: Another array of that shape.
        ops: What happens.
    """
    runs = list(_runs(ops))
    if not runs:
        np.copyto(out, picture)
    for number, run in enumerate(runs):
        after = out if number == len(runs) - 1 else np.empty_like(out)
        _take(run, picture, after)
        picture = after


def _runs(ops: Sequence[Applied]) -> Iterator[_Run]:
    known = registry()
    for kind, run in itertools.groupby(ops, key=lambda applied: known[applied.op].kind):
        if kind == "affine":
            yield from _with_one_border(run)
        elif kind == "tone":
            yield from _of_one_picture(run)
        else:
            yield from (_Run(kind, [applied]) for applied in run)


def _of_one_picture(ops: Iterator[Applied]) -> Iterator[_Run]:
    """Yield neighbours whose table needs no statistic but of the picture before all of them."""
    known = registry()
    together: list[Applied] = []
    for applied in ops:
        if known[applied.op].reads and together:
            yield _Run("tone", together)
            together = []
        together.append(applied)
    yield _Run("tone", together)


def _with_one_border(ops: Iterator[Applied]) -> Iterator[_Run]:
    """Yield neighbours that share a border; one that needs none, such as a flip, goes with any."""
    together: list[Applied] = []
    border: Border | None = None
    for applied in ops:
        own = border_of(applied.values)
        if own and border and own != border:
            yield _Run("affine", together, border)
            together = []
        together.append(applied)
        border = own or border
    yield _Run("affine", together, border or Border("reflect"))


def _take(run: _Run, picture: Image, out: Image) -> None:
    """Let one run of ops happen to a picture."""
    known, height, width = registry(), *picture.shape[:2]
    if run.kind == "tone":
        look_up(picture, out, _table(picture, run.ops))
    elif run.kind == "affine":
        matrices = (known[one.op].function(height, width, **one.values) for one in run.ops)
        warp(picture, out, functools.reduce(compose, matrices), run.border)
    else:
        [one] = run.ops
        if run.kind == "colour":
            cv2.transform(picture, known[one.op].function(**one.values), dst=out)
        elif run.kind == "policy":
            ends = np.empty((len(one.branches), *picture.shape), np.uint8)
            for end, branch in zip(ends, one.branches, strict=True):
                transform(picture, end, branch.ops)
            out[...] = weighed(picture, one.branches, ends)
        else:
            known[one.op].picture(picture, out=out, values=one.values)


def _table(picture: Image, ops: Sequence[Applied]) -> Table:
    """Return the table of all ops, one after the other, shape (256,) or (256, 3)."""
    known = registry()
    tables = (
        known[one.op].function(
            *(_STATISTICS[name](picture) for name in known[one.op].reads), **one.values
        )
        for one in ops
    )
    return functools.reduce(_chained, tables)


def _chained(first: Table, then: Table) -> Table:
    """Return the table of `first` followed by `then`, per channel where either is."""
    if then.ndim == 1:
        return np.asarray(then[first])
    columns = np.broadcast_to(first.reshape(256, -1), (256, 3))
    return np.take_along_axis(then, columns.astype(np.intp), axis=0)


def weighed(picture: Image, branches: Sequence[Branch], ends: Image) -> Image:
    """Return the weighted sum of the ways that a picture goes at once, and of the picture itself.

    Args:
        picture: uint8 (H, W, 3).
        branches: The ways.
        ends: uint8 (n, H, W, 3), what becomes of the picture on each of them.
    """
    own = 1.0 - math.fsum(branch.weight for branch in branches)
    total = cv2.addWeighted(picture, own, picture, 0.0, 0.0, dtype=cv2.CV_32F)
    for end, branch in zip(ends, branches, strict=True):
        total = cv2.addWeighted(total, 1.0, end.astype(np.float32), branch.weight, 0.0)
    return np.asarray(np.clip(np.rint(total), 0, 255), np.uint8)


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


_STATISTICS = {"extent": extent, "means": means, "histogram": histogram}


def look_up(picture: Image, out: Image, table: Table) -> None:
    """Write a picture with every level replaced.

    Args:
        picture: uint8 (H, W, 3).
        out: Another array of that shape.
        table: uint8 (256,), or (256, 3) for one a channel.
    """
    if table.ndim == 1:
        np.copyto(out, picture)
        _translate(out, table)
        return
    planes = list(np.empty((3, *picture.shape[:2]), np.uint8))
    cv2.split(picture, planes)
    for channel, plane in enumerate(planes):
        _translate(plane, np.ascontiguousarray(table[:, channel]))
    cv2.merge(planes, dst=out)


def _translate(levels: Image, table: Table) -> None:
    """Replace every level, in place; a search library does that with the widest registers there are."""
    stringzilla.translate(levels.data.cast("B"), table.data, inplace=True)


def warp(picture: Image, target: Image, matrix: Matrix, border: Border) -> None:
    """Write a picture warped, bilinear: moved along one axis on a raster of 1/256 pixel, else 1/32.

    Args:
        picture: uint8 (H, W, 3).
        target: Another array of that shape.
        matrix: From a pixel of the output to where in the input it comes from.
        border: What lies beyond the picture.
    """
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
