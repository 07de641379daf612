"""What a run trains on: the bytes that the engine makes of the samples that the run chooses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import augment
from augment import presets
from augment.data.batches import batch_rows
from augment.data.store.prepared import Prepared
from augment.runs.config import MOST_EPOCHS, RunConfig
from augment.runs.stages import pictures_an_epoch
from augment.train.epoch_batches import EpochBatches, warnings
from tests.train.conftest import some_of

CONFIG = RunConfig(recipe=presets.PRESETS["guide"].recipe, size=32, epochs=5, batch_size=16, seed=5)
HEADS: dict[str, Any] = {"weights": "/weights.keras", "head_epochs": 2}


@pytest.fixture
def uneven(prepared: Prepared) -> Prepared:
    """Training pictures of three classes only: 16, 8 and 4."""
    split = prepared.split("train")
    rows = np.concatenate(
        [
            np.flatnonzero(split.labels == label)[:count]
            for label, count in ((0, 16), (1, 8), (2, 4))
        ]
    )
    return replace(
        prepared,
        splits={"train": some_of(split, rows), "validation": prepared.split("validation")},
    )


@pytest.mark.parametrize("epoch", [1, 4])
def test_a_batch_has_the_bytes_that_the_engine_makes_of_its_rows(
    prepared: Prepared, epoch: int
) -> None:
    split, batches = prepared.split("train"), EpochBatches(CONFIG, prepared)
    rows = batch_rows(split.ids, batch_size=16, seed=5, epoch=epoch - 1)
    assert batches.steps(epoch) == len(rows) == 11
    for index in reversed(range(len(rows))):
        seen = batches.pictures(epoch, index)
        expected = augment.apply(
            CONFIG.recipe,
            split.images[rows[index]],
            split.one_hot(rows[index]),
            ids=split.ids[rows[index]],
            seed=5,
            epoch=epoch - 1,
        )
        assert (seen.images.dtype, seen.labels.dtype) == (np.uint8, np.float32)
        np.testing.assert_array_equal(seen.images, expected.images)
        np.testing.assert_array_equal(seen.labels, expected.labels)
        np.testing.assert_array_equal(seen.ids, split.ids[rows[index]])
    part = batches.pictures(epoch, 0, first=5)
    for name in ("images", "labels", "ids", "weights", "epochs"):
        np.testing.assert_array_equal(getattr(part, name), getattr(seen, name)[:5])
        assert (seen.weights == 1).all()
    assert (batches.pictures(1, 0).images != batches.pictures(2, 0).images).any()


@pytest.mark.parametrize(
    ("epoch", "is_augmented", "pictures"), [(1, False, 176), (2, True, 176), (3, True, 150)]
)
def test_head_epochs_have_every_picture_and_the_first_is_not_augmented(
    prepared: Prepared, epoch: int, is_augmented: bool, pictures: int
) -> None:
    config = replace(CONFIG, batch_size=50, **HEADS)
    split, batches = prepared.split("train"), EpochBatches(config, prepared)
    seen = [batches.pictures(epoch, index) for index in range(batches.steps(epoch))]
    ids = np.concatenate([batch.ids for batch in seen])
    assert len(set(ids.tolist())) == len(ids) == pictures == batches.pictures_in(epoch)
    plain = dict(zip(split.ids.tolist(), split.images[:], strict=True))
    unchanged = [
        (plain[sample] == image).all()
        for batch in seen
        for sample, image in zip(batch.ids.tolist(), batch.images, strict=True)
    ]
    assert all(unchanged) is not is_augmented
    full = [batch.ids.tolist() for batch in seen][:3]
    rows = batch_rows(split.ids, batch_size=50, seed=5, epoch=epoch - 1)
    assert full == [split.ids[each].tolist() for each in rows], "not the batches of a body epoch"


def test_a_run_on_some_pictures_of_each_class_sees_no_others(prepared: Prepared) -> None:
    config = replace(CONFIG, per_class=3)
    batches = EpochBatches(config, prepared)
    assert np.bincount(batches.labels).tolist() == [3] * 11
    seen = [batches.pictures(1, index).ids for index in range(batches.steps(1))]
    assert set(np.concatenate(seen).tolist()) <= set(batches.ids.tolist())
    assert pictures_an_epoch(config, prepared) == len(batches.ids) == 33


def test_each_copy_of_an_oversampled_picture_is_drawn_anew(uneven: Prepared) -> None:
    turned = augment.Recipe.from_dict({"version": 1, "steps": [{"op": "rotate"}]})
    config = replace(CONFIG, balance="oversampling", recipe=turned)
    batches, split = EpochBatches(config, uneven), uneven.split("train")
    assert pictures_an_epoch(config, uneven) == batches.pictures_in(2) == 48
    images: dict[int, list[np.ndarray]] = {}
    for index in range(batches.steps(2)):
        seen = batches.pictures(2, index)
        places = [split.ids.tolist().index(sample) for sample in seen.ids.tolist()]
        again = augment.apply(turned, split.images[places], ids=seen.ids, seed=5, epoch=seen.epochs)
        np.testing.assert_array_equal(seen.images, again.images)
        for sample, image in zip(seen.ids.tolist(), seen.images, strict=True):
            images.setdefault(sample, []).append(image)
    rare = split.ids[split.labels == 2].tolist()
    assert [len(images[sample]) for sample in rare] == [4] * 4
    for sample in rare:
        row = split.ids.tolist().index(sample)
        expected = {
            augment.apply(
                turned,
                split.images[[row]],
                split.one_hot([row]),
                ids=[sample],
                seed=5,
                epoch=1 + MOST_EPOCHS * copy,
            ).images.tobytes()
            for copy in range(4)
        }
        assert {image.tobytes() for image in images[sample]} == expected
        assert len(expected) == 4


def test_the_weight_of_a_mixed_picture_is_the_mean_of_those_of_its_classes(
    uneven: Prepared,
) -> None:
    mixed = augment.Recipe.from_dict({"version": 1, "steps": [{"op": "mix_up", "alpha": 1.0}]})
    config = replace(CONFIG, balance="class_weights", recipe=mixed, batch_size=28)
    batch = EpochBatches(config, uneven).pictures(1, 0)
    each = np.array([28 / (3 * 16), 28 / (3 * 8), 28 / (3 * 4)] + [0] * 8)
    np.testing.assert_allclose(batch.weights, batch.labels @ each, rtol=1e-6)
    assert (batch.labels.max(axis=1) < 0.99).any(), "nothing was mixed"


@pytest.mark.parametrize(
    ("changes", "counts", "words"),
    [
        ({}, {}, ()),
        ({"batch_size": 200}, {}, ("batch_size is 200, but there are only 176 training pictures",)),
        ({"batch_size": 11, "per_class": 1}, {}, ("There is one training picture of each class",)),
        ({}, {3: 0}, ("There is no validation picture of",)),
        ({"patience": 3}, {}, ("patience is 3, but the model is validated only",)),
        ({"patience": 2, "epochs": 100}, {}, ()),
    ],
)
def test_what_a_user_should_know_before_a_training(
    prepared: Prepared, changes: dict[str, Any], counts: dict[int, int], words: tuple[str, ...]
) -> None:
    if counts:
        split = prepared.split("validation")
        rows = split.rows[~np.isin(split.labels, list(counts))]
        splits = {**prepared.splits, "validation": replace(split, rows=rows)}
        prepared = replace(prepared, splits=splits)
    found = warnings(replace(CONFIG, **changes), prepared)
    assert len(found) == len(words), found
    for text, start in zip(found, words, strict=True):
        assert text.startswith(start)
