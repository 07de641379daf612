"""The picture being looked at: drawn with its whole batch, rendered with none but its partners."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from augment.engine.colour import Image
from augment.engine.draw import draw
from augment.engine.op import Op, registry
from augment.engine.plan import Applied, Plan, Row
from augment.engine.recipe import Recipe, Step
from augment.engine.render import Batch, render

Label = npt.NDArray[np.float32]


class Moment(NamedTuple):
    """A row of a batch as it is before a stage of a plan; at the end, if the stage is infinite."""

    row: int
    stage: float = math.inf


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One picture, and the batch that it is in.

    Attributes:
        images: uint8 (B, S, S, 3); never written to.
        labels: float (B, K), or None.
        ids: int64 (B,).
        row: Which of them; counted from the end where negative.
    """

    images: Image
    labels: npt.NDArray[Any] | None
    ids: npt.NDArray[np.int64]
    row: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "row", range(len(self.ids))[self.row])

    def within(self, recipe: Recipe) -> Subject:
        """Return it in the smallest batch that draws the same: its own, or itself where none mixes."""
        return self if _may_mix(recipe) else self.repeated(1)

    def repeated(self, count: int) -> Subject:
        """Return a batch of nothing but this picture, so many times."""
        rows = np.full(count, self.row)
        labels = None if self.labels is None else self.labels[rows]
        return replace(self, images=self.images[rows], labels=labels, ids=self.ids[rows], row=0)

    def drawn(self, recipe: Recipe, *, seed: int, epoch: int | npt.ArrayLike) -> Plan:
        """Draw for the whole batch; see `augment.draw`."""
        return draw(recipe, self.ids, seed=seed, epoch=epoch, labels=self.labels)

    def rendered(self, plan: Plan) -> tuple[Image, Label | None]:
        """Return the picture and its label after all of a plan of its batch."""
        batch = self.at(plan, [Moment(self.row)])
        return batch.images[0], None if batch.labels is None else batch.labels[0]

    def over_epochs(
        self, recipe: Recipe, *, seed: int, epoch: int, count: int
    ) -> tuple[tuple[Row, ...], Image, Label | None]:
        """Return what is drawn for it in each of several epochs, the pictures, and their labels."""
        epochs = np.arange(epoch, epoch + count)
        if not _may_mix(recipe):
            # Without partners an epoch is as good as a picture, and all are drawn in one go.
            each = self.repeated(count)
            plan = each.drawn(recipe, seed=seed, epoch=epochs)
            images, labels = render(plan, each.images, each.labels)
            return plan.rows, images, labels
        plans = [self.drawn(recipe, seed=seed, epoch=int(one)) for one in epochs]
        pictures, soft_labels = zip(*map(self.rendered, plans), strict=True)
        return (
            tuple(plan.rows[self.row] for plan in plans),
            np.stack(pictures),
            None if self.labels is None else np.stack(soft_labels),
        )

    def at(self, plan: Plan, moments: Sequence[Moment]) -> Batch:
        """Return what `augment.render` has made of some rows at some moments.

        It renders one row for each moment, and one for each partner that any of them needs, up to
        where it is needed.

        Args:
            plan: What happens to the whole batch.
            moments: Which rows, and when.

        Returns:
            One picture and label for each moment.
        """
        until = _partners(plan, moments)
        wanted = list(dict.fromkeys([*moments, *until.values()]))
        places = {moment: place for place, moment in enumerate(wanted)}
        rows = [
            plan.rows[moment.row]._replace(
                ops=tuple(
                    applied
                    if applied.partner is None
                    else applied._replace(partner=places[until[applied.partner]])
                    for applied in plan.rows[moment.row].ops
                    if applied.stage < moment.stage
                )
            )
            for moment in wanted
        ]
        sources = [moment.row for moment in wanted]
        missing = _missing_mixes(plan, rows)
        if missing:
            # Mixing with itself, this row only keeps the parts that the others are rendered in.
            place = len(rows)
            ops = tuple(applied._replace(partner=place) for applied in missing)
            rows.append(plan.rows[self.row]._replace(ops=ops))
            sources.append(self.row)
        labels = None if self.labels is None else self.labels[sources]
        batch = render(Plan(seed=plan.seed, rows=tuple(rows)), self.images[sources], labels)
        found = [places[moment] for moment in moments]
        return Batch(batch.images[found], None if batch.labels is None else batch.labels[found])


def _may_mix(recipe: Recipe) -> bool:
    return any(registry()[name].kind == "mix" for step in recipe.walk() for name in _ops_of(step))


def _ops_of(step: Step) -> list[str]:
    """Return the names of the ops that a step itself may let happen."""
    op: Op = registry()[step.op]
    return [member.op for member in op.pool(step.params)] if op.pool else [step.op]


def _partners(plan: Plan, moments: Sequence[Moment]) -> dict[int, Moment]:
    """Return the partners that are needed for some moments, each with the last moment it is needed at."""
    until = {row: Moment(row, stage) for row, stage in sorted(moments)}
    needed: dict[int, Moment] = {}
    mixes = [
        (applied.stage, number, applied.partner)
        for number, row in enumerate(plan.rows)
        for applied in row.ops
        if applied.partner is not None
    ]
    # From the last stage to the first, so that what a partner is needed for is known before its own.
    for stage, row, partner in sorted(mixes, reverse=True):
        if row in until and stage < until[row].stage:
            needed.setdefault(partner, Moment(partner, stage))
            until[partner] = max(until.get(partner, needed[partner]), needed[partner])
    return needed


def _missing_mixes(plan: Plan, rows: Sequence[Row]) -> list[Applied]:
    """Return a mix for each stage in which only other rows mix, but which parts the ops of these.

    A mix anywhere in the batch ends what is fused before it everywhere.
    """
    known = registry()
    mixing = {
        applied.stage: applied
        for row in plan.rows
        for applied in row.ops
        if known[applied.op].kind == "mix"
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
