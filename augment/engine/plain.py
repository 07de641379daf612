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
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import stringzilla

from augment.engine import memory
from augment.engine.colour import Image
from augment.engine.geometry import Border, Box, Matrix, border_of, compose
from augment.engine.op import registry
from augment.engine.plan import Applied, Branch, Plan
from augment.engine.tone import Extent, Histogram, Means, Table

Ints = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]
Part = list[Sequence[Applied]]
"""For each row, what happens to it in one part of a plan."""

_STAGE = attrgetter("stage")
_UNSEEN = 0.499
"""In levels: less than this changes no pixel, since a half is what rounds to another level."""


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
    with over_threads(threads) as each:
        return _Rendering(plan, images, out, each).all()


class _Rendering:
    """A plan that is carried out for pictures.

    A picture is written into the result and into a second batch in turns, and last into the result.
    What is pasted goes into the picture where it is, if that is no longer the one that was given.
    """

    def __init__(self, plan: Plan, images: Image, out: Image, each: Callable[..., Any]) -> None:
        self.parts, self.each = list(_parts(plan)), each
        self.now: list[Image] = list(images)
        self.out: list[Image] = list(out)
        self.writes = [0] * len(images)
        for part in self.parts:
            for row, ops in enumerate(part):
                self.writes[row] += bool(ops) and not (self.writes[row] and _pastes(ops))
        self.left = self.writes.copy()
        needs_second = max(self.left, default=0) > 1
        self.second: list[Image] = list(memory.array(out.shape)) if needs_second else self.out

    def all(self) -> Mixes:
        """Carry out all parts, and return the partners and shares of the mixes."""
        mixes: Mixes = []
        for part in self.parts:
            own, cuts = np.ones(len(self.now)), list[tuple[Image, Image]]()
            after = list(self.each(partial(self._take, part, own, cuts), range(len(own))))
            for place, cut in cuts:
                place[...] = cut
            self.now = after
            partners = {
                row: ops[0].partner
                for row, ops in enumerate(part)
                if ops and ops[0].partner is not None
            }
            if partners:
                mixes.append((np.array([partners.get(row, row) for row in range(len(own))]), own))
        for picture, result, writes in zip(self.now, self.out, self.writes, strict=True):
            if not writes:
                np.copyto(result, picture)
        return mixes

    def _take(self, part: Part, own: Shares, cuts: list[tuple[Image, Image]], row: int) -> Image:
        """Return the picture of a row after a part.

        It notes the share of it that is still its own and, because its partner may be taken elsewhere
        too, what is to be pasted and where.
        """
        ops, picture = part[row], self.now[row]
        if not ops:
            return picture
        is_given = self.left[row] == self.writes[row]
        if is_given or not _pastes(ops):
            target = self.out[row] if self.left[row] % 2 else self.second[row]
            self.left[row] -= 1
        else:
            target = picture
        if ops[0].partner is None:
            transform(picture, target, ops)
            return target
        op, values, partner = registry()[ops[0].op], ops[0].values, self.now[ops[0].partner]
        if op.kind == "paste":
            if is_given:
                np.copyto(target, picture)
            height, width, _ = picture.shape
            box: Box = op.function(height, width, **values)
            top, bottom, left, right = box
            cuts.append((target[top:bottom, left:right], partner[top:bottom, left:right].copy()))
            own[row] = 1.0 - (bottom - top) * (right - left) / float(height * width)
        elif op.kind == "blend":
            own[row] = _blend(picture, partner, op.function(**values), target)
        else:
            own[row] = op.picture(picture, partner, out=target, values=values)
        return target


def _pastes(ops: Sequence[Applied]) -> bool:
    return registry()[ops[0].op].kind == "paste"


def _blend(picture: Image, partner: Image, share: float, out: Image) -> float:
    """Write a picture and its partner blended, and return the share of the picture."""
    if 255.0 * (1.0 - share) < _UNSEEN:
        np.copyto(out, picture)
    elif 255.0 * share < _UNSEEN:
        np.copyto(out, partner)
    else:
        cv2.addWeighted(picture, share, partner, 1.0 - share, 0.0, dst=out)
    return share


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
    ends = [cv2.minMaxLoc(plane)[:2] for plane in cv2.split(picture)]
    return np.array(ends, np.uint8).T


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
    for plane, levels in zip(planes, np.ascontiguousarray(table.T), strict=True):
        _translate(plane, levels)
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
    turned, whole = (xx, xy, yx, yy), x0.is_integer() and y0.is_integer()
    if whole and turned in _MIRRORS:
        # Mirrored in place, and then moved by what is left.
        x0, y0 = (width - 1 - x0 if xx < 0 else x0), (height - 1 - y0 if yy < 0 else y0)
        if x0 == y0 == 0.0:
            cv2.flip(picture, _MIRRORS[turned], dst=target)
            return
        picture, turned = np.asarray(cv2.flip(picture, _MIRRORS[turned]), np.uint8), _UPRIGHT
    if turned == _UPRIGHT and (whole or 0.0 in (x0, y0)):
        _move(picture, target, finely(x0), finely(y0), border)
        return
    if border.mode != "constant":
        picture, matrix = _padded(picture, matrix, border)
    cv2.warpAffine(
        picture,
        matrix,
        (width, height),
        dst=target,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        **border.keywords,
    )


def _padded(picture: Image, matrix: Matrix, border: Border) -> tuple[Image, Matrix]:
    """Return a picture with as much border as a warp reads, and the matrix of the same warp of that.

    OpenCV takes up to four times as long for a pixel that it finds beyond the border. Where the same
    warp would not be the same to the bit, or needs a large border, they are returned as they were given.
    """
    height, width = picture.shape[:2]
    (xx, xy, x0), (yx, yy, y0) = matrix.tolist()
    left, right = _beyond(x0, xx * (width - 1), xy * (height - 1), width)
    top, bottom = _beyond(y0, yx * (width - 1), yy * (height - 1), height)
    if left + right > width or top + bottom > height:
        return picture, matrix
    added = np.array(((left,), (top,)))
    lines, start = matrix[:, 1:2] * np.arange(height), matrix[:, 2:]
    # Where OpenCV begins each line, in 1/1024 pixel.
    begin, begin_moved = (
        np.rint((lines + start) * 1024.0),
        np.rint((lines + (start + added)) * 1024.0),
    )
    if (begin_moved - begin != 1024 * added).any():
        return picture, matrix
    mode, value = border.keywords.values()
    padded = cv2.copyMakeBorder(picture, top, bottom, left, right, mode, value=value)
    return np.asarray(padded, np.uint8), np.hstack((matrix[:, :2], start + added))


def _beyond(start: float, across: float, down: float, size: int) -> tuple[int, int]:
    """Return how many pixels before and behind a side are read, from where its corners come from."""
    low, high = min(across, 0.0) + min(down, 0.0), max(across, 0.0) + max(down, 0.0)
    # One more for rounding, and behind it the neighbour.
    return max(math.ceil(1.0 - start - low), 0), max(math.floor(start + high) + 3 - size, 0)


_UPRIGHT = (1.0, 0.0, 0.0, 1.0)
_MIRRORS = {(-1.0, 0.0, 0.0, 1.0): 1, (1.0, 0.0, 0.0, -1.0): 0, (-1.0, 0.0, 0.0, -1.0): -1}
"""OpenCV's code of each mirroring, by the entries of its matrix that are not a distance."""


def _move(picture: Image, target: Image, x0: int, y0: int, border: Border) -> None:
    """Write a picture moved by parts of 1/256 pixel; in one direction at most by a fraction."""
    height, width = picture.shape[:2]
    right, down, part = x0 // 256, y0 // 256, max(x0 % 256, y0 % 256)
    across, below = int(x0 % 256 > 0), int(y0 % 256 > 0)
    sides = max(-down, 0), max(down + below, 0), max(-right, 0), max(right + across, 0)
    mode, value = border.keywords.values()
    padded = cv2.copyMakeBorder(picture, *sides, mode, value=value)
    padded = padded[max(down, 0) :, max(right, 0) :]
    near, far = padded[:height, :width], padded[below : below + height, across : across + width]
    if part:
        # Exact in floats; with half of 1/256 more, a half becomes the upper level and not the even one.
        cv2.addWeighted(near, 1.0 - part / 256, far, part / 256, 1 / 512, dst=target)
    else:
        np.copyto(target, near)


def finely(pixels: float) -> int:
    """Return a distance in 1/256 pixel."""
    return round(pixels * 256)
