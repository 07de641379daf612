"""What the model saw: one batch of a training, as the trainer fed it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import streamlit as st

from augment import AugmentError
from augment.data import Prepared
from augment.data.source import TRAIN
from augment.runs import Run
from augment.runs.config import RunConfig
from augment.runs.stages import first_augmented, is_augmented
from augment.system.units import counted
from augment.train.epoch_batches import EpochBatches
from pages.components.parts.image_grid.image_grid import Tile, contact_sheet, grid_frame, image_grid
from pages.components.pictures import tile
from pages.components.runs.links import explore_link
from pages.components.runs.predicted import prepared_of
from pages.components.session.text import escaped

MOST_SHOWN = 32
"""How many pictures of a batch are shown."""


@dataclass(frozen=True, kw_only=True)
class ShownBatch:
    """The first pictures of a batch with their texts, ready for the browser.

    Attributes:
        tiles: The class of each picture, what was drawn for it, its mixed label and its weight.
        before: The `contact_sheet` of the original pictures.
        after: That of the pictures as the model gets them.
        size: The side of a picture in pixels.
    """

    tiles: tuple[Tile, ...]
    before: bytes
    after: bytes
    size: int

    def show(self, *, key: str, layout: Literal["single", "strip"] = "single") -> None:
        """Show them in a grid with this key."""
        frame = grid_frame(
            self.tiles, before=self.before, after=self.after, size=self.size, layout=layout
        )
        image_grid(frame, key=key)


def batch_of(
    config: RunConfig,
    prepared: Prepared,
    batches: EpochBatches,
    *,
    epoch: int,
    batch: int,
    first: int,
) -> ShownBatch:
    """Return the first pictures of a batch as the model gets them; no others are rendered.

    Args:
        config: The configuration of the run.
        prepared: Its data.
        batches: Its batches.
        epoch: The epoch, from 1.
        batch: The batch, from 1.
        first: How many pictures at most.
    """
    shown = batches.pictures(epoch, batch - 1, first)
    own = batches.labels[batches.rows(epoch)[batch - 1]]
    names = [prepared.class_names[label] for label in own]
    tiles = [Tile(name=name) for name in names[:first]]
    if plan := batches.plan(epoch, batch - 1):
        tiles = [
            tile.tile(
                name,
                row,
                label,
                prepared.class_names,
                own=int(index),
                others=names,
                shown=len(shown.ids),
            )
            for name, row, label, index in zip(names, plan.rows, shown.labels, own, strict=False)
        ]
    if config.balance == "class_weights":
        tiles = [
            replace(each, notes=(*each.notes, f"counts {weight:.2f} times"))
            for each, weight in zip(tiles, shown.weights, strict=True)
        ]
    split = prepared.split(TRAIN)
    row_of = dict(zip(split.ids.tolist(), range(len(split.ids)), strict=True))
    originals = np.stack([split.images[row_of[one]] for one in shown.ids.tolist()])
    return ShownBatch(
        tiles=tuple(tiles),
        before=contact_sheet(originals),
        after=contact_sheet(shown.images),
        size=config.size,
    )


def replay(run: Run, config: RunConfig, epochs: int) -> None:
    """Show one batch of an epoch, with the labels that the model got.

    Args:
        run: The run.
        config: Its configuration.
        epochs: How many epochs it has begun.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        epoch = st.number_input(
            "Epoch",
            min_value=1,
            max_value=config.epochs,
            value=first_augmented(config),
            key=f"{run.id} replayed epoch",
            width=130,
            help="An epoch is one pass over the training pictures. Each epoch draws anew.",
        )
        try:
            prepared = prepared_of(run)
            batches = EpochBatches(config, prepared)
            count = batches.steps(epoch)
        except AugmentError as error:
            st.info(escaped(f"The batch cannot be shown. {error}"))
            return
        batch = st.number_input(
            f"Batch, 1 to {count}",
            min_value=1,
            max_value=count,
            value=1,
            key=f"{run.id} replayed batch",
            width=150,
            help="A batch is what the model is given in one step.",
        )
    st.caption(_sentence(config, epoch, batch, len(batches.rows(epoch)[batch - 1]), epochs))
    shown = batch_of(config, prepared, batches, epoch=epoch, batch=batch, first=MOST_SHOWN)
    shown.show(key=f"{run.id} replayed")
    explore_link(config, epoch=epoch - 1, label="Open this seed and epoch in Explore")


def _sentence(config: RunConfig, epoch: int, batch: int, pictures: int, begun: int) -> str:
    """Return in words what is shown."""
    text = f"Batch {batch} of epoch {epoch}: {counted(pictures, 'picture')}"
    if pictures > MOST_SHOWN:
        text += f", of which the first {MOST_SHOWN} are shown"
    if not is_augmented(config, epoch):
        text += ". The first epoch trains the head on pictures without augmentation"
    if epoch > begun:
        text += ". The run has not come so far yet; it will see these"
    return (
        f"{text}. They are made again from the seed, to the same bytes that the model was given; under a "
        "mixed picture stands its mixed label. Open one to compare it with its original."
    )
