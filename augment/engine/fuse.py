"""What happens to pictures between two mixes, neighbours of one kind in one go.

Neighbouring tone ops become one table, and so one lookup: exactly what they give one after the other. One
that reads a statistic begins a new lookup, because the statistic is measured on the picture before it.
Neighbouring affine ops with the same border become one matrix, and so one interpolation and one border,
where one warp after the other would blur and reflect twice.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from augment.engine import kernels
from augment.engine.colour import Image
from augment.engine.geometry import Border, Matrix, border_of, compose
from augment.engine.op import registry
from augment.engine.plan import Applied, Branch
from augment.engine.tone import Table


class _Run(NamedTuple):
    """Neighbours that happen in one go; one op alone, where its kind cannot be joined."""

    kind: str
    ops: Sequence[Applied]
    border: Border = Border("reflect")


def transform(
    source: Image, target: Image, scratch: Image, todo: Mapping[int, Sequence[Applied]]
) -> None:
    """Write pictures after ops that do not mix.

    All pictures take their first run of ops together, then their second, and so on, because a loop
    over many pictures is faster than many loops over one.

    Args:
        source: uint8 (B, H, W, 3); never written to.
        target: An array of the same shape, where the pictures go.
        scratch: Another, whose content does not matter before nor after.
        todo: What happens to which row; no other row of the arrays is touched.
    """
    runs = {row: list(_runs(ops)) for row, ops in todo.items()}
    for row, own in runs.items():
        if not own:
            target[row] = source[row]
    for number in range(max(map(len, runs.values()), default=0)):
        together: dict[tuple[str, Border, bool], list[int]] = {}
        for row, own in runs.items():
            if number < len(own):
                # Back and forth between two arrays, so that the last run ends in the target.
                to_target = (len(own) - number) % 2 == 1
                key = (own[number].kind, own[number].border, to_target)
                together.setdefault(key, []).append(row)
        for (kind, border, to_target), rows in together.items():
            after, before = (target, scratch) if to_target else (scratch, target)
            ops = [runs[row][number].ops for row in rows]
            _take(kind, border, source if number == 0 else before, after, rows, ops)


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


def _take(
    kind: str,
    border: Border,
    source: Image,
    target: Image,
    rows: list[int],
    ops: list[Sequence[Applied]],
) -> None:
    """Let one run of ops of one kind happen to each of some rows."""
    if kind == "tone":
        tables = [_table(source[row], own) for row, own in zip(rows, ops, strict=True)]
        kernels.current().look_up(source, target, np.array(rows), tables)
    elif kind == "affine":
        height, width = source.shape[1:3]
        matrices = [_matrix(height, width, own) for own in ops]
        kernels.current().warp(source, target, np.array(rows), matrices, border)
    elif kind == "colour":
        known = registry()
        for row, [applied] in zip(rows, ops, strict=True):
            matrix = known[applied.op].function(**applied.values)
            cv2.transform(source[row], matrix, dst=target[row])
    elif kind == "policy":
        for row, [applied] in zip(rows, ops, strict=True):
            target[row] = _weighed(source[row], applied.branches)
    else:
        known = registry()
        for row, [applied] in zip(rows, ops, strict=True):
            known[applied.op].picture(source[row], out=target[row], values=applied.values)


def _matrix(height: int, width: int, ops: Sequence[Applied]) -> Matrix:
    known = registry()
    matrices = (known[applied.op].function(height, width, **applied.values) for applied in ops)
    return functools.reduce(compose, matrices)


def _table(picture: Image, ops: Sequence[Applied]) -> Table:
    """Return the table of all ops, one after the other, shape (256,) or (256, 3)."""
    known, kernel = registry(), kernels.current()
    tables = (
        known[applied.op].function(
            *(getattr(kernel, statistic)(picture) for statistic in known[applied.op].reads),
            **applied.values,
        )
        for applied in ops
    )
    return functools.reduce(_chained, tables)


def _chained(first: Table, then: Table) -> Table:
    """Return the table of `first` followed by `then`, per channel where either is."""
    if then.ndim == 1:
        return np.asarray(then[first])
    columns = np.broadcast_to(first.reshape(256, -1), (256, 3))
    return np.take_along_axis(then, columns.astype(np.intp), axis=0)


def _weighed(picture: Image, branches: Sequence[Branch]) -> Image:
    """Return the weighted sum of the ways that a picture goes at once, and of the picture itself."""
    own = 1.0 - math.fsum(branch.weight for branch in branches)
    starts = np.stack([picture] * len(branches))
    ends = np.empty_like(starts)
    transform(starts, ends, np.empty_like(starts), {n: b.ops for n, b in enumerate(branches)})
    total = cv2.addWeighted(picture, own, picture, 0.0, 0.0, dtype=cv2.CV_32F)
    for end, branch in zip(ends, branches, strict=True):
        total = cv2.addWeighted(total, 1.0, end.astype(np.float32), branch.weight, 0.0)
    return np.asarray(np.clip(np.rint(total), 0, 255), np.uint8)
