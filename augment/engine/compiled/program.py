"""A plan as a program: what the compiled call carries out for the pictures of a batch.

A program is flat. Each op of each row is a code, which says the function and its choices, and a row of
numbers, which are all of its other arguments. A mix takes the partner as it is at that stage, so all that
comes before it is finished over the whole batch; these are the passes of a program. Between two passes, a
picture goes through all of its ops at once.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from augment.engine import memory
from augment.engine.colour import Image
from augment.engine.compiled import generated
from augment.engine.geometry import BORDERS, border_of
from augment.engine.op import Op, registry
from augment.engine.plain import Ints, Mixes, Shares, over_threads, weighed
from augment.engine.plan import Applied, Branch, Column, Plan, Row

Floats = npt.NDArray[np.float64]

_BY_PYTHON = -1
"""The code of an op that is not compiled."""


class Call(NamedTuple):
    """An op that Python carries out for one picture.

    Attributes:
        op: The op.
        values: Its arguments.
        branches: For a policy that weighs branches: these.
    """

    op: Op
    values: Mapping[str, Any]
    branches: Sequence[Branch]


class Mixing(NamedTuple):
    """What is mixed at one stage.

    Attributes:
        partners: int64 (B,), the row that each is mixed with; its own where it is not mixed.
        codes: int64 (B,), the op that mixes a row; below 0 for none that is compiled.
        numbers: float64 (B, most), the arguments of these ops.
        calls: For the ops that Python carries out: the row, and what happens to it.
    """

    partners: Ints
    codes: Ints
    numbers: Floats
    calls: list[tuple[int, Call]]


class Part(NamedTuple):
    """What happens to pictures by themselves, between two passes.

    Attributes:
        starts: int64 (B,), the place of the first op of each row.
        ends: int64 (B,), the place after its last.
    """

    starts: Ints
    ends: Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class Program:
    """What happens to a batch, in arrays.

    Attributes:
        codes: int64 (n,), for all ops of a row one after the other.
        numbers: float64 (n, most).
        borders: int64 (n, 2): mode and level; a mode of -1 for none.
        calls: The ops that Python carries out, each at the place that its first number says.
        passes: In order: parts, and what is mixed between them.
    """

    codes: Ints
    numbers: Floats
    borders: Ints
    calls: Sequence[Call]
    passes: Sequence[Part | Mixing]


def program_of(plan: Plan) -> Program:
    """Return the program of a plan."""
    count = len(plan)
    columns = plan.columns if plan.columns is not None else columns_of(plan.rows)
    size, most = sum(len(column.rows) for column in columns), generated.codes().most
    rows, stages, codes = (np.empty(size, np.int64) for _ in range(3))
    partners = np.full(size, -1)
    numbers, borders = np.zeros((size, most)), np.full((size, 2), -1)
    calls: list[Call] = []
    first = 0
    for column in columns:
        at = slice(first, first := first + len(column.rows))
        rows[at], stages[at] = column.rows, column.stages
        if column.partners is not None:
            partners[at] = column.partners
        compiled = generated.compiled_op(column.op)
        if compiled is None:
            codes[at] = _BY_PYTHON
            numbers[at, 0] = np.arange(len(calls), len(calls) + len(column.rows))
            op = registry()[column.op]
            calls.extend(Call(op, each.values, each.branches) for each in column.applied())
            continue
        codes[at] = compiled.code(column.given)
        for place, name in enumerate(compiled.numbers):
            drawn = column.drawn.get(name)
            numbers[at, place] = column.given[name] if drawn is None else drawn
        if compiled.has_border and (border := border_of(column.given)):
            borders[at] = BORDERS[border.mode], border.value
    mixes = partners >= 0
    mixing = np.unique(stages[mixes])
    # Stages that mix are passes of their own: of a row that does not mix there, too, what happens at
    # that stage is not joined with what comes before or after.
    cuts = np.unique([mixing, mixing + 1])
    alone = np.flatnonzero(~mixes)
    parts = np.searchsorted(cuts, stages[alone], side="right")
    keys = parts * count + rows[alone]
    order = np.lexsort((stages[alone], keys))
    edges = np.searchsorted(keys[order], np.arange((len(cuts) + 1) * count + 1))
    order = alone[order]
    passes: list[Part | Mixing] = []
    for number in range(len(cuts) + 1):
        if number and cuts[number - 1] in mixing:
            at_once = np.flatnonzero(mixes & (stages == cuts[number - 1]))
            passes.append(_mixing(count, rows, codes, numbers, partners, calls, at_once))
        own = edges[number * count : (number + 1) * count + 1]
        if own[0] < own[-1]:
            passes.append(Part(own[:-1], own[1:]))
    return Program(
        codes=codes[order],
        numbers=numbers[order],
        borders=borders[order],
        calls=calls,
        passes=passes,
    )


def _mixing(
    count: int,
    rows: Ints,
    codes: Ints,
    numbers: Floats,
    partners: Ints,
    calls: Sequence[Call],
    at_once: Ints,
) -> Mixing:
    """Return what is mixed at one stage: the entries with these places."""
    mixed = rows[at_once]
    mixing = Mixing(
        np.arange(count), np.full(count, _BY_PYTHON), np.zeros((count, numbers.shape[1])), []
    )
    mixing.partners[mixed] = partners[at_once]
    mixing.codes[mixed] = codes[at_once]
    mixing.numbers[mixed] = numbers[at_once]
    for place in at_once[codes[at_once] == _BY_PYTHON].tolist():
        mixing.calls.append((int(rows[place]), calls[int(numbers[place, 0])]))
    return mixing


def columns_of(rows: Sequence[Row]) -> list[Column]:
    """Return the columns of rows that were not drawn but given, one for each op with its choices."""
    ops = registry()
    found: dict[tuple[int, str, tuple[Any, ...], bool], list[tuple[int, Applied]]] = {}
    for number, row in enumerate(rows):
        for place, applied in enumerate(row.ops):
            op = ops[applied.op]
            chosen = {n: v for n, v in applied.values.items() if n in op.params}
            # Two ops of a row at one stage happen in their order, which that of the columns must be.
            key = (place, applied.op, tuple(chosen.items()), bool(applied.branches))
            found.setdefault(key, []).append((number, applied))
    columns = []
    for (_, name, *_), each in sorted(found.items(), key=lambda item: item[0][0]):
        op, first = ops[name], each[0][1]
        mixes = first.partner is not None
        columns.append(
            Column(
                step=first.step,
                op=op.name,
                given={n: v for n, v in first.values.items() if n in op.params},
                drawn={
                    n: np.array([applied.values[n] for _, applied in each])
                    for n in first.values
                    if n not in op.params
                },
                rows=np.array([number for number, _ in each]),
                stages=np.array([applied.stage for _, applied in each]),
                partners=np.array([applied.partner for _, applied in each]) if mixes else None,
                branches=[applied.branches for _, applied in each] if first.branches else None,
            )
        )
    return columns


def run(plan: Plan, images: Image, out: Image, *, threads: int = 1) -> Mixes:
    """Carry out a plan by the compiled call; see `augment.engine.plain.run`.

    Beside the batch it takes one more, only where pictures are mixed, and some pictures for each thread.
    """
    with over_threads(threads) as each:
        return _Run(program_of(plan), images, out, each, threads).all()


class _Run:
    """A program that is carried out for pictures."""

    def __init__(
        self, program: Program, images: Image, out: Image, each: Callable[..., Any], threads: int
    ) -> None:
        self.program = program
        self.compiled = generated.load()
        self.count, self.height, self.width, _ = self.shape = images.shape
        size = 3 * self.height * self.width
        self.source = _writable(images).reshape(self.count, size)
        self.out = out.reshape(self.count, size)
        # Where a picture is still as it was given.
        self.is_source = np.ones(self.count, np.uint8)
        self.each = each
        step = -(-self.count // threads) or 1
        self.blocks = [(n, min(n + step, self.count)) for n in range(0, self.count, step)]

    def all(self) -> Mixes:
        """Carry out all passes, and return the partners and shares of the mixes."""
        passes = list(_together(self.program.passes))
        # The last mix writes into the result, so what it reads is elsewhere.
        mixes = sum(not isinstance(each, Part) for each in passes)
        before = self.out if mixes % 2 == 0 else self._other()
        shares: Mixes = []
        for each in passes:
            if isinstance(each, Part):
                take = partial(self._part, each, before)
                list(self.each(lambda block, take=take: take(*block), self.blocks))
                continue
            after = self._other() if before is self.out else self.out
            shares += self._mix(each, before, after)
            self.is_source[:] = 0
            before = after
        for row in np.flatnonzero(self.is_source):
            self.out[row] = self.source[row]
        return shares

    def _other(self) -> Image:
        """Return the second batch."""
        if not hasattr(self, "_second"):
            self._second = memory.array(self.out.shape)
        return self._second

    def _now(self, before: Image, row: int) -> Image:
        """Return the picture of a row as it is now."""
        now = self.source[row] if self.is_source[row] else before[row]
        return np.asarray(now.reshape(self.shape[1:]))

    def _part(self, part: Part, target: Image, first: int, last: int) -> None:
        """Take the pictures of some rows through their ops until the next mix."""
        program, places = self.program, part.starts.copy()
        while True:
            self.compiled.carry_out(
                first, last, self.source, target, self.is_source, places, part.ends,
                program.codes, program.numbers, program.borders, self.height, self.width,
            )  # fmt: skip
            waiting = first + np.flatnonzero(places[first:last] < part.ends[first:last])
            if not len(waiting):
                return
            for row in waiting.tolist():
                call = program.calls[int(program.numbers[places[row], 0])]
                now = self._now(target, row)
                made = memory.array(self.shape[1:])
                if not call.branches:
                    call.op.picture(now, out=made, values=call.values)
                else:
                    made = weighed(now, call.branches, _branches(now, call.branches))
                target[row] = made.reshape(-1)
                self.is_source[row] = 0
                places[row] += 1

    def _mix(
        self, stages: Sequence[Mixing], before: Image, after: Image
    ) -> Iterator[tuple[Ints, Shares]]:
        """Mix the pictures of all rows at a stage; or at one that pastes, and the next, which blends."""
        boxes, shares = np.zeros((self.count, 4), np.int64), np.ones(self.count)
        for stage in stages:
            self.compiled.describe(
                stage.codes, stage.numbers, self.height, self.width, boxes, shares
            )
        pasted, blended = stages[0].partners, stages[-1].partners
        arguments = self.source, before, self.is_source, after, self.width
        others = boxes, pasted, shares, blended, len(stages) > 1
        list(self.each(lambda block: self.compiled.mix(*block, *arguments, *others), self.blocks))
        area = (boxes[:, 1] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 2])
        kept = 1.0 - area / (self.height * self.width)
        # Of one stage a row has one or the other, and 1 for what it does not have.
        own = [kept, shares] if len(stages) > 1 else [kept * shares]
        for row, call in stages[0].calls:
            pictures = self._now(before, row), self._now(before, int(pasted[row]))
            target = after[row].reshape(self.shape[1:])
            own[0][row] = call.op.picture(*pictures, out=target, values=call.values)
        return zip((stage.partners for stage in stages), own, strict=True)


def _together(passes: Sequence[Part | Mixing]) -> Iterator[Part | list[Mixing]]:
    """Yield the passes, a stage that only pastes in one with the next one, if that only blends."""
    ends, waiting = generated.codes().ends, None
    for each in passes:
        if isinstance(each, Mixing) and not each.calls:
            mixed = each.codes[each.codes >= 0]
            if waiting and (mixed >= ends["paste"]).all():
                yield [waiting, each]
                waiting = None
                continue
            if waiting:
                yield [waiting]
            waiting = each if (mixed < ends["paste"]).all() else None
            if waiting:
                continue
        elif waiting:
            yield [waiting]
            waiting = None
        yield [each] if isinstance(each, Mixing) else each
    if waiting:
        yield [waiting]


def _branches(picture: Image, branches: Sequence[Branch]) -> Image:
    """Return what becomes of a picture on each of its branches."""
    rows = tuple(Row(0, 0, branch.ops, ()) for branch in branches)
    ends = np.empty((len(branches), *picture.shape), np.uint8)
    run(Plan(seed=0, rows=rows), np.stack([picture] * len(branches)), ends)
    return ends


def _writable(images: Image) -> Image:
    """Return the same memory as an array that could be written to, which the compiled calls never do.

    numba would compile them once more for arrays that are read-only.
    """
    if images.flags.writeable or not images.size:
        return images
    levels = (ctypes.c_uint8 * images.size).from_address(images.ctypes.data)
    return np.asarray(np.ctypeslib.as_array(levels).reshape(images.shape))
