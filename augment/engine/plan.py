"""Plans: what happens to each image of a batch, drawn and written down, ready to be rendered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from augment.engine.op import registry
from augment.errors import RecipeError

VERSION = 1


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
        """What it does, in words."""
        words = registry()[self.op].caption(self.values)
        ways = [
            f"{branch.weight:.0%} {', '.join(one.caption for one in branch.ops)}"
            for branch in self.branches
            if branch.ops
        ]
        return f"{words}: {' + '.join(ways)}" if ways else words

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


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What happens to each image of a batch. The same plan renders the same bytes, always.

    Attributes:
        seed: The seed it was drawn with.
        rows: One per image, in the order of the batch.
    """

    seed: int
    rows: tuple[Row, ...]

    def captions(self, row: int) -> list[str]:
        """Return in words what happens to one image, op by op."""
        return [applied.caption for applied in self.rows[row].ops]

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
            RecipeError: It is no plan, or an op has changed since, so that it would render other pixels.
        """
        try:
            read = json.loads(text)
            _check_versions(read["version"], read["op_versions"])
            rows = tuple(_read_row(row, len(read["rows"])) for row in read["rows"])
            return cls(seed=int(read["seed"]), rows=rows)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise RecipeError("This is not a plan as this program writes them.") from None


def _check_versions(version: int, op_versions: Mapping[str, int]) -> None:
    if version != VERSION:
        raise RecipeError(f"The plan has version {version}; this program reads version {VERSION}.")
    for name, drawn_with in op_versions.items():
        op = registry().get(name)
        if op is None or op.version != drawn_with:
            here = "has no such op" if op is None else f"has version {op.version}"
            raise RecipeError(f"The plan uses version {drawn_with} of {name}; this program {here}.")


def _and_within(applied: Applied) -> Iterator[Applied]:
    """Yield an op and what happens on its branches."""
    yield applied
    for branch in applied.branches:
        for one in branch.ops:
            yield from _and_within(one)


def _read_row(read: Mapping[str, Any], batch_size: int) -> Row:
    ops = tuple(_read_applied(applied, batch_size) for applied in read["ops"])
    return Row(int(read["id"]), int(read["epoch"]), ops, tuple(read["notes"]))


def _read_applied(read: Mapping[str, Any], batch_size: int) -> Applied:
    branches = tuple(
        Branch(float(branch["weight"]), tuple(_read_applied(one, 0) for one in branch["ops"]))
        for branch in read["branches"]
    )
    applied = Applied(**{**read, "branches": branches})
    op = registry()[applied.op]
    if set(applied.values) != {*op.params, *op.drawn_once}:
        raise ValueError("the values are not the arguments of the op")
    if (op.kind == "mix") != (applied.partner is not None):
        raise ValueError("a partner belongs to a mix op")
    if applied.partner is not None and not 0 <= applied.partner < batch_size:
        raise ValueError("the partner is not in the batch")
    if (op.kind == "policy") != bool(branches):
        raise ValueError("branches belong to a policy")
    return applied
