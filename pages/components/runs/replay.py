"""What the model saw: one batch of a training, as the trainer fed it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

import augment
from augment import AugmentError
from augment.data.source import TRAIN
from augment.engine.samples import one_hot_rows
from augment.runs import Run
from augment.runs.config import RunConfig
from augment.runs.stages import is_augmented
from augment.system.units import counted
from augment.train.epoch_batches import EpochBatches
from pages.components.parts.image_grid.image_grid import Tile, contact_sheet, image_grid
from pages.components.pictures import tile
from pages.components.runs.links import explore_link
from pages.components.runs.predicted import prepared_of
from pages.components.session.text import escaped

MOST_SHOWN = 32
"""How many pictures of a batch are shown."""


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
            # The first one is not augmented, where it trains the head alone.
            value=1 if is_augmented(config, 1) else min(2, config.epochs),
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
    shown = batches.pictures(epoch, batch - 1)
    rows = slice(0, MOST_SHOWN)
    own = batches.labels[batches.rows(epoch)[batch - 1]]
    names = [prepared.class_names[label] for label in own]
    tiles = [Tile(name=name) for name in names]
    if is_augmented(config, epoch):
        plan = augment.draw(
            config.recipe,
            shown.ids,
            seed=config.seed,
            epoch=shown.epochs,
            labels=one_hot_rows(own, len(prepared.class_names))[:],
            size=(config.size, config.size),
        )
        tiles = [
            tile.tile(name, row, label, prepared.class_names, others=names)
            for name, row, label in zip(names, plan.rows, shown.labels, strict=True)
        ]
    if config.balance == "class_weights":
        tiles = [
            replace(each, notes=(*each.notes, f"counts {weight:.2f} times"))
            for each, weight in zip(tiles, shown.weights, strict=True)
        ]
    st.caption(_sentence(config, epoch, batch, len(shown.ids), epochs))
    split = prepared.split(TRAIN)
    row_of = dict(zip(split.ids.tolist(), range(len(split.ids)), strict=True))
    originals = np.stack([split.images[row_of[one]] for one in shown.ids[rows].tolist()])
    image_grid(
        tiles[rows],
        before=contact_sheet(originals),
        after=contact_sheet(shown.images[rows]),
        size=config.size,
        layout="single",
        key=f"{run.id} replayed",
    )
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
