"""What each epoch of a run trains, and which epochs are validated: functions of the configuration.

An epoch is one pass over the training pictures, counted from 1 through the whole run. In a *head epoch*
the body of the network is frozen: it turns each picture into features once, and the head is fitted on the
features of all head epochs so far. The other epochs train the body and the head by gradient descent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from augment.data.batches import per_class_rows
from augment.data.source import TRAIN

if TYPE_CHECKING:
    from augment.data import Prepared
    from augment.runs.config import RunConfig

VALIDATION_SHARE = 0.1
"""The largest part of a run that validation may take."""

# Costs of one picture, in units of a training step of the whole network, on two cores, in turns in one
# process: a forward pass takes 0.33 (small, 32 px), 0.32 (densenet121, 64 px), 0.19 (densenet121, 32 px)
# and 0.21 (lite0, 64 px); a training step of the last block 0.26 (lite0, 64 px).
_FORWARD = 0.33
_LAST_BLOCK = 0.26


def head_epochs(config: RunConfig) -> int:
    """Return how many epochs, the first ones, train the head alone on the features of a frozen body."""
    return config.epochs if config.trainable == "head" else config.head_epochs


def is_augmented(config: RunConfig, epoch: int) -> bool:
    """Return whether the pictures of an epoch, from 1, are augmented: all but the first head epoch."""
    return epoch > 1 or not head_epochs(config)


def first_augmented(config: RunConfig) -> int:
    """Return the first epoch that is augmented, if any is: not one that trains the head alone."""
    return 1 if is_augmented(config, 1) else min(2, config.epochs)


def pictures_an_epoch(config: RunConfig, prepared: Prepared) -> int:
    """Return how many pictures an epoch has, before those that fill no batch are left out.

    Raises:
        DataError: There is no training split.
    """
    split = prepared.split(TRAIN)
    chosen = per_class_rows(split.labels, split.ids, per_class=config.per_class, seed=config.seed)
    if config.balance != "oversampling":
        return len(chosen)
    counts = np.bincount(split.labels[chosen])
    return int(counts.max() * np.count_nonzero(counts))


def validated_epochs(config: RunConfig, *, training: int, validation: int) -> tuple[int, ...]:
    """Return the epochs after which the model is validated, from 1, in ascending order.

    The last one always is, and so are all head epochs, whose features of the validation pictures are
    computed once. The others are spread evenly, as many as keep validation below `VALIDATION_SHARE` of
    the run. The clock decides nothing, so two runs of one configuration are validated alike.

    Args:
        config: The configuration of the run.
        training: Pictures in an epoch.
        validation: Validation pictures; 0 gives no epochs.
    """
    if not validation:
        return ()
    heads = head_epochs(config)
    bodies = config.epochs - heads
    per_picture = _LAST_BLOCK if config.trainable == "last_block" else 1.0
    cost = training * (heads * _FORWARD + bodies * per_picture)
    allowed = cost * VALIDATION_SHARE / (1 - VALIDATION_SHARE) / (validation * _FORWARD)
    times = max(1, min(bodies, int(allowed) - bool(heads)))
    spread = {heads + round((number + 1) * bodies / times) for number in range(times)}
    return tuple(sorted({*range(1, heads + 1), *(spread if bodies else ())}))
