"""Plans: what happens to each image of a batch, drawn and written down, ready to be rendered.

Only the engine makes plans. All other code reads them by `Plan.rows`, `Plan.captions` and the JSON, and
cuts them by `Plan.filter`, `Plan.take` and `Plan.excerpt`, so that what a plan is inside can change.

A drawn plan is columns, one block of arrays for each op of each step; the rows, captions and JSON are
made of them when they are asked for.
"""

from __future__ import annotations

import functools
import itertools
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy.typing as npt

from augment.engine.arrays import Ints
from augment.engine.op import Op, registry
from augment.engine.recipe import quoted
from augment.engine.spans import check_values
from augment.errors import RecipeError
from augment.json_text import NotJson, parse

VERSION = 1

_NOT_A_PLAN = "This is not a plan as this program writes them"
_ROUNDING = 1e-6


class Branch(NamedTuple):
    """One of several ways that a picture goes at once.

    Attributes:
        weight: Its share of the sum.
        ops: What happens on it, in this order; none of them mixes.
    """

    weight: float
    ops: tuple[Applied, ...]


class Applied(NamedTuple):
    """One op that happens to one image.

    Attributes:
        step: The id of the step it comes from.
        op: The name of the op.
        values: Every argument of the op: the parameters and what was drawn.
        partner: For mix ops, the row of the other image.
        stage: When it happens; all of a stage, over the batch, comes before the next.
        branches: For policies that weigh branches: these. What their weights lack of 1 is the
            picture itself.
    """

    step: str
    op: str
    values: dict[str, Any]
    partner: int | None
    stage: int
    branches: tuple[Branch, ...] = ()

    @property
    def caption(self) -> str:
        """What it does, as a short text on one line."""
        head, *branches = self.caption_lines()
        return f"{head}: {' + '.join(branches)}" if branches else head

    def caption_lines(self) -> list[str]:
        """Return what it does, and then for each branch its weight and what happens on it."""
        return [
            registry()[self.op].caption(self.values),
            *(
                f"{branch.weight:.0%} {', '.join(one.caption for one in branch.ops)}"
                for branch in self.branches
                if branch.ops
            ),
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-able values."""
        described = self._asdict()
        described["branches"] = [
            {"weight": branch.weight, "ops": [one.to_dict() for one in branch.ops]}
            for branch in self.branches
        ]
        return described


class Row(NamedTuple):
    """All that happens to one image.

    Attributes:
        id: The sample's stable id.
        epoch: The epoch it was drawn for.
        ops: In the order in which they happen.
        notes: What did not happen, and why.
    """

    id: int
    epoch: int
    ops: tuple[Applied, ...]
    notes: tuple[str, ...]


class Column(NamedTuple):
    """One op of one step, for the rows that it happens to; nothing may write into its arrays.

    A row that a policy gives the same op more than once is there once for each time.

    Attributes:
        step: The id of the step.
        op: The name of the op.
        given: The parameters, the same for all rows.
        drawn: What was drawn: (n,) each, in the dtype of the distribution.
        rows: int64 (n,), the rows of the batch; at least one.
        stages: int64 (n,), when the op happens to each of them.
        partners: For mix ops, int64 (n,): the rows of the other images.
        branches: For policies that weigh branches: those of each row, n in all.
    """

    step: str
    op: str
    given: Mapping[str, Any]
    drawn: Mapping[str, npt.NDArray[Any]]
    rows: Ints
    stages: Ints
    partners: Ints | None = None
    branches: Sequence[tuple[Branch, ...]] | None = None

    def applied(self) -> Iterator[Applied]:
        """Yield what happens to each row, in numbers of Python."""
        count = len(self.rows)
        names = list(self.drawn)
        drawn = [values.tolist() for values in self.drawn.values()]
        partners = (
            itertools.repeat(None, count) if self.partners is None else self.partners.tolist()
        )
        branches = itertools.repeat((), count) if self.branches is None else self.branches
        each = zip(*drawn, strict=True) if drawn else itertools.repeat((), count)
        for values, partner, stage, ways in zip(
            each, partners, self.stages.tolist(), branches, strict=True
        ):
            arguments = {**self.given, **dict(zip(names, values, strict=True))}
            yield Applied(self.step, self.op, arguments, partner, stage, ways)


class Snapshot(NamedTuple):
    """An image of a batch at one point of its plan.

    Attributes:
        row: Its row in the batch.
        stage: It is as it is before this stage; after all of the plan where the stage is infinite.
    """

    row: int
    stage: float = math.inf


class Excerpt(NamedTuple):
    """The smallest plan that renders some snapshots of a batch; see `Plan.excerpt`.

    Attributes:
        plan: The plan, whose rows are the snapshots and the partners that they need.
        rows: For each row of the plan, the row of the batch whose image it starts from.
        places: For each snapshot, its row in the plan.
    """

    plan: Plan
    rows: list[int]
    places: list[int]


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Plan:
    """What happens to each image of a batch. The same plan renders the same bytes, always.

    Made by `augment.draw` and read back by `from_json`; nothing but the engine calls the constructors.

    Attributes:
        seed: The seed it was drawn with.
        columns: What was drawn, in the order of the steps; None for a plan that was made of rows. The
            ops of an image happen by their stage, and in the order of the columns within a stage.
    """

    seed: int
    columns: tuple[Column, ...] | None
    _count: int
    # Of a plan that was drawn, what its rows need beside the columns.
    _ids: Ints
    _epochs: Ints
    _notes: Mapping[int, Sequence[str]]

    def __init__(self, *, seed: int, rows: tuple[Row, ...]) -> None:
        """Make a plan of rows, one per image, in the order of the batch."""
        vars(self).update(seed=seed, columns=None, rows=rows, _count=len(rows))

    @classmethod
    def drawn(
        cls,
        *,
        seed: int,
        ids: Ints,
        epochs: Ints,
        notes: Mapping[int, Sequence[str]],
        columns: tuple[Column, ...],
    ) -> Plan:
        """Make a plan of columns.

        Args:
            seed: The seed it was drawn with.
            ids: int64 (B,), which nothing may write into later.
            epochs: int64 (B,), as well.
            notes: The notes of each row that has some.
            columns: What was drawn, in the order of the steps.
        """
        plan = cls.__new__(cls)
        vars(plan).update(
            seed=seed, columns=columns, _count=len(ids), _ids=ids, _epochs=epochs, _notes=notes
        )
        return plan

    @functools.cached_property
    def rows(self) -> tuple[Row, ...]:
        """One per image, in the order of the batch."""
        ops: list[list[Applied]] = [[] for _ in range(self._count)]
        for column in self.columns or ():
            for row, applied in zip(column.rows.tolist(), column.applied(), strict=True):
                ops[row].append(applied)
        return tuple(
            Row(
                sample,
                epoch,
                tuple(sorted(ops[row], key=lambda applied: applied.stage)),
                tuple(self._notes.get(row, ())),
            )
            for row, (sample, epoch) in enumerate(
                zip(self._ids.tolist(), self._epochs.tolist(), strict=True)
            )
        )

    def __len__(self) -> int:
        """Return the number of images."""
        return self._count

    def __eq__(self, other: object) -> bool:
        """Whether the other is a plan with the same seed and the same rows."""
        if not isinstance(other, Plan):
            return NotImplemented
        return (self.seed, self.rows) == (other.seed, other.rows)

    # What happens to a row is in dicts.
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Return the seed and the rows."""
        return f"{type(self).__name__}(seed={self.seed!r}, rows={self.rows!r})"

    def captions(self, row: int) -> list[str]:
        """Return a short text for each op that happens to one image."""
        return [applied.caption for applied in self.rows[row].ops]

    @property
    def mixes(self) -> bool:
        """Whether any image is mixed with another."""
        if self.columns is not None:
            return any(column.partners is not None for column in self.columns)
        return any(applied.partner is not None for row in self.rows for applied in row.ops)

    def filter(self, keep: Callable[[Op], bool]) -> Plan:
        """Return the plan with only those ops of each image that `keep` accepts."""
        known = registry()
        accepted = {name for name, op in known.items() if keep(op)}
        rows = (
            row._replace(ops=tuple(applied for applied in row.ops if applied.op in accepted))
            for row in self.rows
        )
        return Plan(seed=self.seed, rows=tuple(rows))

    def take(self, rows: Sequence[int]) -> Plan:
        """Return the plan of some images alone, in the order given; one may be there more than once.

        Raises:
            ValueError: The plan mixes images, so that one needs others; see `excerpt`.
        """
        if self.mixes:
            raise ValueError("rows of a plan that mixes images cannot be taken apart")
        return Plan(seed=self.seed, rows=tuple(self.rows[row] for row in rows))

    def excerpt(self, snapshots: Sequence[Snapshot]) -> Excerpt:
        """Return the smallest plan that renders some images as the whole plan does, to the byte.

        It has one row for each distinct snapshot, and one for each partner that any of them needs, up
        to the stage where it is needed.

        Args:
            snapshots: Which images, and when; at least one.
        """
        until = _partners(self, snapshots)
        needed = list(dict.fromkeys([*snapshots, *until.values()]))
        places = {snapshot: place for place, snapshot in enumerate(needed)}
        rows = [
            self.rows[snapshot.row]._replace(
                ops=tuple(
                    applied
                    if applied.partner is None
                    else applied._replace(partner=places[until[applied.partner]])
                    for applied in self.rows[snapshot.row].ops
                    if applied.stage < snapshot.stage
                )
            )
            for snapshot in needed
        ]
        sources = [snapshot.row for snapshot in needed]
        boundaries = _mixes_between(self, rows)
        if boundaries:
            # Mixed with itself, this row is not looked at: it only keeps the boundaries.
            own, place = snapshots[0].row, len(rows)
            ops = tuple(applied._replace(partner=place) for applied in boundaries)
            rows.append(self.rows[own]._replace(ops=ops))
            sources.append(own)
        return Excerpt(
            plan=Plan(seed=self.seed, rows=tuple(rows)),
            rows=sources,
            places=[places[snapshot] for snapshot in snapshots],
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as JSON-able values."""
        used = {one.op for row in self.rows for applied in row.ops for one in _and_within(applied)}
        return {
            "version": VERSION,
            "seed": self.seed,
            "op_versions": {name: registry()[name].version for name in sorted(used)},
            "rows": [
                {
                    "id": row.id,
                    "epoch": row.epoch,
                    "ops": [applied.to_dict() for applied in row.ops],
                    "notes": list(row.notes),
                }
                for row in self.rows
            ],
        }

    def to_json(self, indent: int | None = None) -> str:
        """Return the plan as JSON; floats keep every bit."""
        return json.dumps(self.to_dict(), indent=indent)

    @classmethod
    def from_json(cls, text: str | bytes) -> Plan:
        """Read a plan that `to_json` wrote.

        Raises:
            RecipeError: It is not a plan, or an op has changed since, so that it would render other
                pixels.
        """
        try:
            return _read_plan(parse(text))
        except NotJson as error:
            raise RecipeError(f"{_NOT_A_PLAN}: it {error}.") from None


def _partners(plan: Plan, snapshots: Sequence[Snapshot]) -> dict[int, Snapshot]:
    """Return the partners that are needed for snapshots, each at the last stage it is needed at."""
    until = {row: Snapshot(row, stage) for row, stage in sorted(snapshots)}
    needed: dict[int, Snapshot] = {}
    mixes = [
        (applied.stage, number, applied.partner)
        for number, row in enumerate(plan.rows)
        for applied in row.ops
        if applied.partner is not None
    ]
    # From the last stage to the first, so that what a partner is needed for is known before its own.
    for stage, row, partner in sorted(mixes, reverse=True):
        if row in until and stage < until[row].stage:
            needed.setdefault(partner, Snapshot(partner, stage))
            until[partner] = max(until.get(partner, needed[partner]), needed[partner])
    return needed


def _mixes_between(plan: Plan, rows: Sequence[Row]) -> list[Applied]:
    """Return one mix for each stage in which only other rows mix, between ops of these rows.

    A mix anywhere in the batch ends the fusing of neighbouring ops everywhere, so an excerpt without
    it would fuse what the whole plan does not.
    """
    mixing = {
        applied.stage: applied
        for row in plan.rows
        for applied in row.ops
        if applied.partner is not None
    }
    for row in rows:
        for applied in row.ops:
            if applied.partner is not None:
                mixing.pop(applied.stage, None)
    spans = [(row.ops[0].stage, row.ops[-1].stage) for row in rows if len(row.ops) > 1]
    return [
        mixing[stage]
        for stage in sorted(mixing)
        if any(first <= stage <= last for first, last in spans)
    ]


def _and_within(applied: Applied) -> Iterator[Applied]:
    """Yield an op and what happens on its branches."""
    yield applied
    for branch in applied.branches:
        for one in branch.ops:
            yield from _and_within(one)


def _read_plan(read: Any) -> Plan:
    """Return the plan that JSON-able values describe; every value in it is checked."""
    entries = _entries("the plan", read, ("version", "seed", "op_versions", "rows"))
    version, op_versions, rows = entries["version"], entries["op_versions"], entries["rows"]
    if isinstance(version, bool) or version != VERSION:
        raise RecipeError(
            f"The plan has version {quoted(version)}; this program reads version {VERSION}."
        )
    if not isinstance(op_versions, dict):
        raise _wrong("the plan", "op_versions", op_versions, "an object")
    for name, drawn_with in op_versions.items():
        _check_version(name, drawn_with)
    if not isinstance(rows, list):
        raise _wrong("the plan", "rows", rows, "a list")
    return Plan(
        seed=_whole("the plan", "seed", entries["seed"], None),
        rows=tuple(_read_row(row, f"row {n}", len(rows)) for n, row in enumerate(rows)),
    )


def _check_version(name: str, drawn_with: Any) -> None:
    op = registry().get(name)
    if op is None or isinstance(drawn_with, bool) or op.version != drawn_with:
        here = "has no such op" if op is None else f"has version {op.version}"
        raise RecipeError(
            f"The plan uses version {quoted(drawn_with)} of {quoted(name)}; this program {here}."
        )


def _read_row(read: Any, where: str, batch_size: int) -> Row:
    entries = _entries(where, read, ("id", "epoch", "ops", "notes"))
    notes = entries["notes"]
    if not isinstance(notes, list) or not all(isinstance(note, str) for note in notes):
        raise _wrong(where, "notes", notes, "a list of sentences")
    ops = _read_ops(entries["ops"], where, batch_size)
    for before, after in itertools.pairwise(ops):
        # Of a stage in which the row mixes, nothing else is rendered.
        mixes = before.partner is not None or after.partner is not None
        if after.stage < before.stage + mixes:
            raise _wrong(where, "stage", after.stage, "later than that of the op before it")
    return Row(
        _whole(where, "id", entries["id"], 64),
        _whole(where, "epoch", entries["epoch"], 64),
        ops,
        tuple(notes),
    )


def _read_ops(read: Any, where: str, batch_size: int) -> tuple[Applied, ...]:
    if not isinstance(read, list):
        raise _wrong(where, "ops", read, "a list")
    return tuple(_read_applied(one, where, batch_size) for one in read)


def _read_applied(read: Any, where: str, batch_size: int) -> Applied:
    """Return an op of a row; of a branch, which no batch belongs to, where `batch_size` is 0."""
    entries = _entries(where, read, Applied._fields)
    op = registry().get(entries["op"]) if isinstance(entries["op"], str) else None
    if op is None:
        raise _wrong(where, "op", entries["op"], "the name of an op")
    where = f"{where}, {op.name}"
    if not isinstance(entries["step"], str):
        raise _wrong(where, "step", entries["step"], "the id of a step")
    if not isinstance(entries["values"], dict):
        raise _wrong(where, "values", entries["values"], "an object")
    try:
        values = check_values(op, entries["values"])
    except ValueError as error:
        raise RecipeError(f"{_NOT_A_PLAN}: {where}: {error}.") from None
    partner = entries["partner"]
    if op.mixes:
        partner = _whole(where, "partner", partner, None)
        if not 0 <= partner < batch_size:
            raise _wrong(where, "partner", partner, f"one of the {batch_size} rows")
    elif partner is not None:
        raise _wrong(where, "partner", partner, "null, because it does not mix")
    branches = entries["branches"]
    if not isinstance(branches, list) or bool(branches) != (op.kind == "policy"):
        raise _wrong(where, "branches", branches, "a list, empty unless it is a policy's")
    if branches and not batch_size:
        raise _wrong(where, "op", op.name, "an op that happens on a branch, not a policy")
    stage = _whole(where, "stage", entries["stage"], 32)
    weighed = tuple(_read_branch(branch, where) for branch in branches)
    if sum(branch.weight for branch in weighed) > 1.0 + _ROUNDING:
        raise _wrong(where, "the sum of the weights", sum(b.weight for b in weighed), "at most 1")
    return Applied(entries["step"], op.name, values, partner, stage, weighed)


def _read_branch(read: Any, where: str) -> Branch:
    entries = _entries(where, read, ("weight", "ops"))
    weight = entries["weight"]
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= 1:
        raise _wrong(where, "weight", weight, "a number from 0 to 1")
    return Branch(float(weight), _read_ops(entries["ops"], f"{where}, branch", 0))


def _entries(where: str, read: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return an object of a plan, which has these entries and no others."""
    if not isinstance(read, dict) or set(read) != set(names):
        raise RecipeError(
            f"{_NOT_A_PLAN}: {where} holds {quoted(read)} where an object with "
            f"{', '.join(names)} must be."
        )
    return read


def _whole(where: str, name: str, value: Any, bits: int | None) -> int:
    """Return a whole number; with `bits`, one that fits into so many, and is signed."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(where, name, value, "a whole number")
    if bits is not None and not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
        raise _wrong(where, name, value, f"a whole number of {bits} bits")
    return value


def _wrong(where: str, name: str, value: Any, allowed: str) -> RecipeError:
    return RecipeError(f"{_NOT_A_PLAN}: {where}: {name} is {quoted(value)}; it must be {allowed}.")
