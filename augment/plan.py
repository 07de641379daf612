"""Plans: what happens to each image of a batch, drawn and written down, ready to be rendered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from augment.errors import RecipeError
from augment.ops import registry

VERSION = 1


class Applied(NamedTuple):
    """One op that happens to one image.

    Attributes:
        step: The id of the step it comes from.
        op: The name of the op.
        values: Every argument of the op: the parameters and what was drawn.
        partner: For mix ops, the row of the other image.
        stage: When it happens; all of a stage, over the batch, comes before the next.
    """

    step: str
    op: str
    values: dict[str, Any]
    partner: int | None
    stage: int

    @property
    def caption(self) -> str:
        """What it does, in words."""
        return registry()[self.op].caption(self.values)


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
        used = {applied.op for row in self.rows for applied in row.ops}
        return {
            "version": VERSION,
            "seed": self.seed,
            "op_versions": {name: registry()[name].version for name in sorted(used)},
            "rows": [
                {
                    "id": row.id,
                    "epoch": row.epoch,
                    "ops": [applied._asdict() for applied in row.ops],
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


def _read_row(read: Mapping[str, Any], batch_size: int) -> Row:
    ops = tuple(Applied(**applied) for applied in read["ops"])
    for applied in ops:
        op = registry()[applied.op]
        if set(applied.values) != {*op.params, *op.draws}:
            raise ValueError("the values are not the arguments of the op")
        if (op.kind == "mix") != (applied.partner is not None):
            raise ValueError("a partner belongs to a mix op")
        if applied.partner is not None and not 0 <= applied.partner < batch_size:
            raise ValueError("the partner is not in the batch")
    return Row(int(read["id"]), int(read["epoch"]), ops, tuple(read["notes"]))
