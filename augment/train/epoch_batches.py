"""Which pictures a run trains on in each epoch, batch by batch, and the bytes that it sees of them.

All of it is a function of the configuration and the prepared set, without Keras: the trainer feeds these
batches, and a page shows them again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from augment.data.batches import (
    Rows,
    batch_rows,
    class_weights,
    copy_ids,
    order,
    oversampled_rows,
    per_class_rows,
)
from augment.data.overview import class_warnings
from augment.data.source import TRAIN, VALIDATION
from augment.data.store.prepared import Prepared
from augment.engine.draw import draw
from augment.engine.plan import Plan, Snapshot
from augment.engine.render import render
from augment.engine.samples import Images, Labels, one_hot_rows
from augment.runs.config import MOST_EPOCHS, RunConfig
from augment.runs.stages import head_epochs, is_augmented, pictures_an_epoch, validated_epochs
from augment.system.units import counted

Weights = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingPictures:
    """The pictures of one batch as the model sees them.

    Attributes:
        images: uint8 (B, S, S, 3), RGB, augmented.
        labels: float32 (B, K), shares that sum to 1 in each row.
        ids: int64 (B,), the id of the sample that each picture was made from.
        weights: float32 (B,), how much the loss of each picture counts.
        epochs: int64 (B,), the engine's epoch of each picture's draws.
    """

    images: Images
    labels: Labels
    ids: Rows
    weights: Weights
    epochs: Rows


@dataclass(frozen=True, kw_only=True, eq=False)
class _Copies:
    """The rows of a batch, and the number of the copy of each, from 0."""

    rows: Rows
    copies: Rows


class EpochBatches:
    """The training batches of a run. Epochs are counted from 1, through all stages; batches from 0.

    Epoch e is drawn as the engine's epoch e - 1. Where oversampling takes a sample several times in an
    epoch, each copy is drawn anew: copy c, from 0, as the engine's epoch e - 1 + 1000 c (no run has more
    epochs than `MOST_EPOCHS`, 1000). The first epoch is not augmented if it trains the head alone.

    The order of an epoch, its batches, and the samples of each class that a run is restricted to, are
    functions of the seed and the ids. Samples that are left over after the last full batch form a batch
    of their own in head epochs, and are left out in others.

    Threads may share it.

    Attributes:
        ids: int64 (N,), the samples that the run trains on.
        labels: int64 (N,), their classes.
        is_weighted: Whether the pictures of a batch may have other weights than 1.

    Raises:
        DataError: The set has no training split.
    """

    def __init__(self, config: RunConfig, prepared: Prepared) -> None:
        split = prepared.split(TRAIN)
        self._config = config
        self._images = split.images
        self._chosen = per_class_rows(
            split.labels, split.ids, per_class=config.per_class, seed=config.seed
        )
        self.ids, self.labels = split.ids[self._chosen], split.labels[self._chosen]
        self._one_hot = one_hot_rows(self.labels, split.class_count)
        self.is_weighted = config.balance == "class_weights"
        self._class_weights = class_weights(self.labels, split.class_count)
        self._last: tuple[int, list[_Copies]] = (0, [])

    def steps(self, epoch: int) -> int:
        """Return how many batches an epoch has."""
        return len(self._batches(epoch))

    def rows(self, epoch: int) -> list[Rows]:
        """Return the rows of the samples in `ids` of which each batch of an epoch is made."""
        return [batch.rows for batch in self._batches(epoch)]

    def pictures_in(self, epoch: int) -> int:
        """Return how many pictures an epoch has."""
        return sum(len(batch.rows) for batch in self._batches(epoch))

    def pictures(self, epoch: int, batch: int, first: int | None = None) -> TrainingPictures:
        """Return a batch as the model sees it in an epoch, or its first pictures alone.

        Of a part, only these pictures and the partners that they need are rendered, to the same bytes.
        The weight of a picture is the mean of the weights of the classes by the shares of its label, so
        a mixed picture counts as much as its parts. It is 1 without class weights.
        """
        chosen = self._batches(epoch)[batch]
        rows = chosen.rows[:first]
        places = np.arange(len(rows))
        plan, read = self.plan(epoch, batch), rows
        if plan is not None and len(rows) < len(chosen.rows):
            plan, sources, kept = plan.excerpt([Snapshot(row) for row in range(len(rows))])
            read, places = chosen.rows[sources], np.asarray(kept)
        images, labels = self._images[self._chosen[read]], self._one_hot[read]
        if plan is not None:
            augmented = render(plan, images, labels)
            assert augmented.labels is not None
            images, labels = augmented.images[places], augmented.labels[places]
        weights = np.ones(len(rows), np.float32)
        if self.is_weighted:
            weights = np.asarray(labels @ self._class_weights, np.float32)
        return TrainingPictures(
            images=images,
            labels=labels,
            ids=self.ids[rows],
            weights=weights,
            epochs=_epochs(chosen, epoch)[:first],
        )

    def plan(self, epoch: int, batch: int) -> Plan | None:
        """Return what happens to each picture of a batch; None in an epoch that is not augmented.

        No picture is read or rendered. The rows of the plan are those of `rows`.
        """
        if not is_augmented(self._config, epoch):
            return None
        chosen = self._batches(epoch)[batch]
        return draw(
            self._config.recipe,
            self.ids[chosen.rows],
            seed=self._config.seed,
            epoch=_epochs(chosen, epoch),
            labels=self._one_hot[chosen.rows],
            size=(self._config.size, self._config.size),
        )

    def _batches(self, epoch: int) -> list[_Copies]:
        last = self._last  # read once, as another thread may replace it
        if last[0] != epoch:
            last = self._last = (epoch, self._of(epoch))
        return last[1]

    def _of(self, epoch: int) -> list[_Copies]:
        config, number = self._config, epoch - 1
        if config.balance == "oversampling":
            rows, copies = oversampled_rows(self.labels, self.ids, seed=config.seed, epoch=number)
        else:
            rows = np.arange(len(self.ids))
            copies = np.zeros(len(rows), np.int64)
        ids = copy_ids(self.ids[rows], copies)
        places = batch_rows(ids, batch_size=config.batch_size, seed=config.seed, epoch=number)
        if epoch <= head_epochs(config) and (taken := sum(map(len, places))) < len(ids):
            places = [*places, order(ids, seed=config.seed, epoch=number)[taken:]]
        return [_Copies(rows=rows[each], copies=copies[each]) for each in places]


def _epochs(chosen: _Copies, epoch: int) -> Rows:
    """Return the engine's epoch of each picture of a batch of an epoch."""
    return epoch - 1 + MOST_EPOCHS * chosen.copies


def warnings(config: RunConfig, prepared: Prepared) -> tuple[str, ...]:
    """Return a sentence for each thing that a user should know of this training before it starts."""
    batches = EpochBatches(config, prepared)
    found = list(class_warnings(prepared))
    trained = np.bincount(batches.labels)
    if trained.max() == 1:
        found.append(
            "There is one training picture of each class, so a class is learned from it alone;"
            " the figures say little."
        )
    pictures = batches.pictures_in(config.epochs)
    if config.batch_size > pictures:
        found.append(
            f"batch_size is {config.batch_size:,}, but there are only"
            f" {counted(pictures, 'training picture')}, so an epoch is one step on all of them."
        )
    times = len(
        validated_epochs(
            config,
            training=pictures_an_epoch(config, prepared),
            validation=len(prepared.splits.get(VALIDATION, ())),
        )
    )
    if config.patience and config.patience >= times:
        found.append(
            f"patience is {config.patience}, but the model is validated only"
            f" {counted(times, 'time')}, so the training never ends early."
        )
    return tuple(found)
