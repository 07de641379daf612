"""The promise of the project: what Explore shows is what training sees, byte for byte."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from augment import Recipe, data, presets
from augment.data import Split, batches
from pages.components.pictures.picture_choice import Pictures
from pages.components.views import grid

pytest.importorskip("keras")

from augment.train import RunConfig
from augment.train.epoch_batches import EpochBatches
from augment.train.pipeline import TrainingBatches

pytestmark = pytest.mark.slow

UNMIXED = Recipe.from_dict(
    {
        "version": 1,
        "steps": [
            {"op": "rand_augment", "rate": 1.0},
            {"op": "grid_mask", "probability": 0.5},
            {"op": "grayscale", "classes": [0, 4, 7]},
            {"op": "one_of", "steps": [{"op": "cutout"}, {"op": "flip"}]},
        ],
    }
)
SEED, EPOCH, SIZE = 7, 3, 32


@pytest.fixture
def split(home: Path) -> Split:
    return data.open_prepared("bundled", SIZE).split("train")


def shown(split: Split, rows: np.ndarray) -> Pictures:
    """Return these rows as Explore holds them."""
    return Pictures(
        ids=split.ids[rows],
        labels=split.one_hot(rows),
        images=np.ascontiguousarray(split.images[rows]),
        class_names=tuple(map(str, range(split.class_count))),
        sheet=b"",
    )


def trained_on(split: Split, recipe: Recipe, batch_size: int) -> list[tuple[np.ndarray, ...]]:
    """Return rows, images and labels of each batch of an epoch, as training gets them."""
    config = RunConfig(recipe=recipe, size=SIZE, epochs=9, batch_size=batch_size, seed=SEED)
    training = TrainingBatches(EpochBatches(config, config.prepared()), first=1)
    training.begin_epoch(EPOCH + 1)  # the epochs of a run are counted from 1
    rows = batches.batch_rows(split.ids, batch_size=batch_size, seed=SEED, epoch=EPOCH)
    return [(rows[index], *training[index]) for index in range(len(training))]


@pytest.mark.parametrize("batch_size", [8, 32])
def test_without_mixing_whatever_else_is_shown(split: Split, batch_size: int) -> None:
    seen = {}
    for rows, images, _ in trained_on(split, UNMIXED, batch_size):
        seen |= dict(zip(rows.tolist(), images, strict=True))
    changed = 0
    for rows in np.random.default_rng(0).permutation(sorted(seen))[:63].reshape(7, 9):
        _, batch = grid.augmented(shown(split, rows), UNMIXED, seed=SEED, epoch=EPOCH)
        for row, image in zip(rows.tolist(), batch.images, strict=True):
            np.testing.assert_array_equal(image, seen[row])
            changed += int((image != split.images[row]).any())
    assert changed > 50, "the recipe changes nearly every picture, or the test says nothing"


def test_with_mixing_for_the_same_set_of_pictures(split: Split) -> None:
    guide = presets.PRESETS["guide"].recipe
    for rows, images, labels in trained_on(split, guide, 16):
        order = np.argsort(rows)
        _, batch = grid.augmented(shown(split, rows[order]), guide, seed=SEED, epoch=EPOCH)
        np.testing.assert_array_equal(batch.images, images[order])
        np.testing.assert_array_equal(batch.labels, labels[order])
