"""The texts of a tile: what was drawn for a picture, with every value, and its label."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from augment import Op, registry
from augment.engine.params import label_of
from augment.engine.plan import Applied, Row
from augment.inspect.sheet import mixed_shares
from pages.components.parts.image_grid.image_grid import Detail, Tile


def tile(
    name: str,
    row: Row,
    label: npt.NDArray[np.float32] | None,
    class_names: Sequence[str],
    *,
    others: Sequence[str] = (),
) -> Tile:
    """Return the tile of a picture, from a row of a plan.

    Args:
        name: Its heading.
        row: What was drawn for it.
        label: Its label afterwards, (K,), or None.
        class_names: The names of the K classes.
        others: The names of the pictures of the batch, for those it was mixed with.
    """
    return Tile(
        name=name,
        captions=tuple("\n".join(applied.caption_lines()) for applied in row.ops),
        notes=row.notes,
        shares=() if label is None else mixed_shares(label, class_names),
        details=tuple(details(row.ops, others)),
    )


def details(drawn: Sequence[Applied], others: Sequence[str] = ()) -> Iterator[Detail]:
    """Yield each op that was drawn with all its values, also those on the branches of a policy.

    Args:
        drawn: The ops applied to a picture, in this order.
        others: The names of the pictures of the batch, for those it was mixed with.
    """
    for applied in drawn:
        op = registry()[applied.op]
        values = [
            (_label(op, name), op.format(name, applied.values[name]))
            for name in (*op.drawn_once, *_settings(op, applied.values))
        ]
        if applied.partner is not None and applied.partner < len(others):
            values.insert(0, ("Mixed with", others[applied.partner]))
        yield Detail(title=op.title, values=tuple(values))
        for branch in applied.branches:
            for one in details(branch.ops):
                yield dataclasses.replace(one, title=f"{branch.weight:.0%}: {one.title}")


def _settings(op: Op, values: dict[str, Any]) -> list[str]:
    """Return the parameters that have an effect and are not the limits of a draw."""
    limits = {name for draw in op.draws.values() for name in draw.param_names}
    return [
        name
        for name, param in op.params.items()
        if name in values and name not in limits and param.applies(values)
    ]


def _label(op: Op, name: str) -> str:
    return label_of(name) if name in op.params else f"{label_of(name)} (drawn)"
