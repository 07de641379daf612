"""The same pictures by this package and by keras_cv's own layers, ready to be shown."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import partial

import numpy as np

from augment import Recipe
from augment.kerascv import Reference, timed
from pages.components import tile_words
from pages.components.image_grid import contact_sheet
from pages.components.shown import Shown
from pages.components.tile import Tile
from pages.components.views.grid import augmented

OURS, THEIRS = "ours", "keras_cv"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """What both made of the same pictures, and how long it took.

    Attributes:
        tiles: Two a picture, ours first.
        before_of: For each tile the number of its picture.
        sheet: `contact_sheet` of the pictures of the tiles.
        count: How many pictures there are.
        ours: Seconds of drawing and rendering by this package, warm, at its fastest.
        theirs: Seconds of keras_cv's layers, likewise.
        starting: Seconds of loading TensorFlow; 0 where it was there.
        building: Seconds of making the layers; 0 where they were there.
    """

    tiles: tuple[Tile, ...]
    before_of: tuple[int, ...]
    sheet: bytes
    count: int
    ours: float
    theirs: float
    starting: float
    building: float


def pair(shown: Shown, recipe: Recipe, reference: Reference, *, seed: int, epoch: int) -> Pair:
    """Return the pictures by both, ours rendered and timed here and now.

    Args:
        shown: The pictures as they are.
        recipe: What happens to them.
        reference: The same recipe and pictures by keras_cv.
        seed: What ours are drawn from.
        epoch: What ours are drawn for.
    """
    again = partial(augmented, shown, recipe, seed=seed, epoch=epoch)
    again()
    (plan, batch), seconds = timed(again)
    count = len(shown.names)
    tiles = []
    for n, name in enumerate(shown.names):
        label = None if batch.labels is None else batch.labels[n]
        own = tile_words.tile(name, plan.rows[n], label, shown.class_names, others=shown.names)
        changed = bool((reference.images[n] != shown.images[n]).any())
        tiles += [
            dataclasses.replace(own, name=f"{OURS}: {name}"),
            Tile(
                name=f"{THEIRS}: {name}",
                captions=("changed",) if changed else (),
                shares=tile_words.mixed_shares(reference.labels[n], shown.class_names),
            ),
        ]
    both = np.stack([batch.images, reference.images], axis=1)
    return Pair(
        tiles=tuple(tiles),
        before_of=tuple(n for n in range(count) for _ in range(2)),
        sheet=contact_sheet(both.reshape(2 * count, *both.shape[2:])),
        count=count,
        ours=seconds,
        theirs=reference.seconds,
        starting=reference.starting,
        building=reference.building,
    )
