"""One picture of a batch: drawn with the whole batch, rendered with its partners only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from augment.engine.colour import Image
from augment.engine.draw import draw
from augment.engine.op import Op, registry
from augment.engine.plan import Plan, Row, Snapshot
from augment.engine.recipe import Recipe, Step
from augment.engine.render import Batch, render

Label = npt.NDArray[np.float32]


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
        batch = self.snapshots(plan, [Snapshot(self.row)])
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

    def snapshots(self, plan: Plan, snapshots: Sequence[Snapshot]) -> Batch:
        """Return pictures of the batch in the middle or at the end of its plan.

        Only these, and the partners that they need, are rendered; see `augment.Plan.excerpt`.

        Args:
            plan: What happens to the whole batch.
            snapshots: Which rows, and when.

        Returns:
            One picture and label for each snapshot.
        """
        plan, rows, places = plan.excerpt(snapshots)
        labels = None if self.labels is None else self.labels[rows]
        batch = render(plan, self.images[rows], labels)
        return Batch(batch.images[places], None if batch.labels is None else batch.labels[places])


def _may_mix(recipe: Recipe) -> bool:
    return any(registry()[name].kind == "mix" for step in recipe.walk() for name in _ops_of(step))


def _ops_of(step: Step) -> list[str]:
    """Return the names of the ops that a step itself may let happen."""
    op: Op = registry()[step.op]
    return [member.op for member in op.pool(step.params)] if op.pool else [step.op]
