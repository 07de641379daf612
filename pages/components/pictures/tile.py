"""Tiles for the browser: what was drawn for a picture, with every value, and its label."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from augment import Op, registry
from augment.engine.params import label_of
from augment.engine.plan import Applied, Row
from augment.inspect.sheet import SMALLEST_SHARE
from augment.inspect.views import TileGroup, ViewTile
from pages.components.parts.image_grid.image_grid import (
    Detail,
    Headings,
    Share,
    Tile,
    contact_sheet,
    grid_frame,
)
from pages.components.pictures.picture_choice import Pictures


def tile(
    name: str,
    row: Row,
    label: npt.NDArray[np.float32] | None,
    class_names: Sequence[str],
    *,
    own: int | None = None,
    others: Sequence[str] = (),
    shown: int | None = None,
) -> Tile:
    """Return the tile of a picture, from a row of a plan.

    Args:
        name: Its heading.
        row: What was drawn for it.
        label: Its label afterwards, (K,), or None.
        class_names: The names of the K classes.
        own: The index of the class that it had before, or None if that is not known.
        others: The names of the pictures of the batch, for those it was mixed with.
        shown: How many of these, from the first on, are on the sheet before; None for all.
    """
    return Tile(
        name=name,
        captions=tuple("\n".join(applied.caption_lines()) for applied in row.ops),
        notes=row.notes,
        shares=() if label is None else shares(label, class_names, own),
        details=tuple(details(row.ops, others, shown)),
    )


def group_frame(
    group: TileGroup, pictures: Pictures, *, layout: Literal["single", "strip"] = "single"
) -> bytes:
    """Return the tiles of a view as the bytes that the browser shows; see `grid_frame`."""
    of, before = [each.of for each in group.tiles], pictures.sheet
    if len(set(of)) == 1 and not any(each.ops for each in group.tiles):
        # No other picture is looked at, so none has to be sent.
        before, of = contact_sheet(pictures.images[of[:1]]), [0] * len(of)
    headings = None
    if group.headings:
        across, *down = group.headings
        headings = Headings(
            across_title=across.title,
            across=across.texts,
            down_title=down[0].title if down else "",
            down=down[0].texts if down else (),
        )
    return grid_frame(
        [_of_view(each, pictures) for each in group.tiles],
        before=before,
        before_of=of,
        after=contact_sheet(group.images),
        size=pictures.size,
        layout=layout,
        headings=headings,
    )


def _of_view(shown: ViewTile, pictures: Pictures) -> Tile:
    own = pictures.own_classes[shown.of]
    return Tile(
        name=shown.name,
        captions=shown.texts or tuple("\n".join(each.caption_lines()) for each in shown.ops),
        notes=shown.notes,
        shares=() if shown.label is None else shares(shown.label, pictures.class_names, own),
        details=tuple(details(shown.ops, pictures.names)),
        mark=shown.mark,
    )


def shares(
    label: npt.NDArray[np.float32], class_names: Sequence[str], own: int | None
) -> tuple[Share, ...]:
    """Return each class of a label with its share, largest first; nothing for a picture not mixed.

    Args:
        label: float32 (K,), shares that sum to 1.
        class_names: The names of the K classes.
        own: The index of the class that the picture had before, or None if that is not known.
    """
    found = tuple(
        Share(name=class_names[k], index=int(k), share=float(label[k]), is_own=bool(k == own))
        for k in np.argsort(-label, kind="stable")
        if label[k] > SMALLEST_SHARE
    )
    # One class alone says something only where it is another than before.
    return found if len(found) > 1 or (own is not None and not found[0].is_own) else ()


def details(
    drawn: Sequence[Applied], others: Sequence[str] = (), shown: int | None = None
) -> Iterator[Detail]:
    """Yield each op that was drawn with all its values, also those on the branches of a policy.

    Args:
        drawn: The ops applied to a picture, in this order.
        others: The names of the pictures of the batch, for those it was mixed with.
        shown: How many of these, from the first on, are on the sheet before; None for all.
    """
    for applied in drawn:
        op = registry()[applied.op]
        values = [
            (_label(op, name), op.format(name, applied.values[name]))
            for name in (*op.drawn_once, *_settings(op, applied.values))
        ]
        partner = applied.partner
        if partner is not None and partner < len(others):
            values.insert(0, ("Mixed with", others[partner]))
        in_sight = partner is not None and partner < (len(others) if shown is None else shown)
        yield Detail(title=op.title, values=tuple(values), partner=partner if in_sight else None)
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
