"""The first batch of a training that is yet to start: what its network will be given."""

from __future__ import annotations

import streamlit as st

from augment.data import Prepared
from augment.runs.config import RunConfig
from augment.runs.stages import first_augmented, is_augmented
from augment.system.units import counted
from augment.train.epoch_batches import EpochBatches
from pages.components.runs.replay import ShownBatch, batch_of
from pages.components.session.text import escaped

MOST_SHOWN = 6
"""How many pictures of the batch are shown: a row beside the box with *Start*."""


def first_batch(config: RunConfig, prepared: Prepared) -> None:
    """Show the first pictures of the first batch, in the order and with the draws of this seed.

    Raises:
        DataError: There are no pictures to train on.
    """
    epoch = first_augmented(config)
    batches = EpochBatches(config, prepared)
    pictures = len(batches.rows(epoch)[0])
    place = (prepared.source, prepared.size, prepared.fit, prepared.prepared_at)
    drawn_by = (config.recipe.to_json(), config.seed, epoch, is_augmented(config, epoch))
    chosen_by = (config.splits, config.split_seed, config.per_class, config.batch_size)
    shown = _first_pictures(
        (*place, *drawn_by, *chosen_by, config.balance), config, prepared, batches, epoch
    )
    st.caption(escaped(_sentence(config, epoch, len(shown.tiles), pictures)))
    shown.show(key="first batch", layout="strip")


@st.cache_resource(max_entries=32, show_spinner=False)
def _first_pictures(
    key: tuple[object, ...],
    _config: RunConfig,
    _prepared: Prepared,
    _batches: EpochBatches,
    _epoch: int,
) -> ShownBatch:
    """Return the pictures; `key` is all that they depend on."""
    return batch_of(_config, _prepared, _batches, epoch=_epoch, batch=1, first=MOST_SHOWN)


def _sentence(config: RunConfig, epoch: int, shown: int, pictures: int) -> str:
    """Return in words what is shown."""
    which = f"the first {shown} of " if shown < pictures else ""
    text = (
        f"As the network will get them: {which}{counted(pictures, 'picture')} of the first batch of "
        f"epoch {epoch}."
    )
    if not is_augmented(config, epoch):
        return f"{text} It trains the head alone, on pictures without augmentation."
    if epoch > 1:
        return f"{text} Epoch 1 trains the head alone, on pictures without augmentation."
    return text
