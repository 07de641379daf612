"""One picture of a batch: drawn with the whole batch, rendered with its partners only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from augment.engine.colour import Image
from augment.engine.draw import draw
from augment.engine.limits import EPOCH
from augment.engine.op import registry
from augment.engine.plan import Plan, Row, Snapshot
from augment.engine.recipe import Recipe, Step
from augment.engine.render import render
from augment.engine.samples import Labels, Samples
from augment.inspect.mixing import is_mixing


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One picture, and the batch that it is in.

    Attributes:
        samples: The batch; never written to.
        row: Which of them; counted from the end where negative.

    Raises:
        IndexError: There is no such row.
    """

    samples: Samples
    row: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "row", range(len(self.samples))[self.row])

    @property
    def image(self) -> Image:
        """The picture before augmentation, uint8 (H, W, 3)."""
        return np.ascontiguousarray(self.samples.images[self.row])

    def alone(self) -> Subject:
        """Return it in a batch of its own."""
        return Subject(samples=self.samples.take([self.row]), row=0)

    def within(self, recipe: Recipe) -> Subject:
        """Return it in the smallest batch that draws the same: alone where nothing mixes."""
        return self if _may_mix(recipe) else self.alone()

    def drawn(self, recipe: Recipe, *, seed: int, epoch: int) -> Plan:
        """Draw for the whole batch; see `augment.draw`."""
        ids, labels = self.samples.ids, self.samples.labels
        return draw(recipe, ids, seed=seed, epoch=epoch, labels=labels, size=self._size)

    @property
    def _size(self) -> tuple[int, int]:
        """Height and width of the pictures."""
        _, height, width, _ = self.samples.images.shape
        return height, width

    def rendered(self, plan: Plan) -> tuple[Image, Labels]:
        """Return the picture and its label after all of a plan of its batch."""
        images, labels = self.snapshots(plan, [Snapshot(self.row)])
        return images[0], labels[0]

    def over_epochs(
        self, recipe: Recipe, *, seed: int, epoch: int, count: int
    ) -> tuple[tuple[Row, ...], Image, Labels]:
        """Return what is drawn for it in each of several epochs, the pictures, and their labels.

        After the last epoch that there can be comes the first.
        """
        epochs = np.arange(epoch, epoch + count) % (int(EPOCH.high) + 1)
        if not _may_mix(recipe):
            # Without partners an epoch is as good as a picture, and all are drawn in one go.
            same = np.full(count, self.row)
            labels = self.samples.labels[same]
            ids, size = self.samples.ids[same], self._size
            plan = draw(recipe, ids, seed=seed, epoch=epochs, labels=labels, size=size)
            return plan.rows, *_rendered(plan, self.samples, same)
        plans = [self.drawn(recipe, seed=seed, epoch=int(one)) for one in epochs]
        images, soft_labels = zip(*map(self.rendered, plans), strict=True)
        rows = tuple(plan.rows[self.row] for plan in plans)
        return rows, np.stack(images), np.stack(soft_labels)

    def snapshots(self, plan: Plan, snapshots: Sequence[Snapshot]) -> tuple[Image, Labels]:
        """Return pictures of the batch in the middle or at the end of its plan, and their labels.

        Only these, and the partners that they need, are rendered; see `augment.Plan.excerpt`.

        Args:
            plan: What happens to the whole batch.
            snapshots: Which rows, and when.

        Returns:
            uint8 (n, H, W, 3) and float32 (n, K), one row for each snapshot.
        """
        excerpt, rows, places = plan.excerpt(snapshots)
        images, labels = _rendered(excerpt, self.samples, np.asarray(rows))
        return images[places], labels[places]


def _rendered(plan: Plan, samples: Samples, rows: npt.NDArray[np.int64]) -> tuple[Image, Labels]:
    images, labels = render(plan, samples.images[rows], samples.labels[rows])
    assert labels is not None
    return images, labels


def _may_mix(recipe: Recipe) -> bool:
    return any(
        step.probability > 0.0 and any(map(is_mixing, _ops_of(step))) for step in recipe.walk()
    )


def _ops_of(step: Step) -> list[str]:
    """Return the names of the ops that a step itself may let happen."""
    op = registry()[step.op]
    return [entry.op for entry in op.pool(step.params)] if op.pool else [step.op]
