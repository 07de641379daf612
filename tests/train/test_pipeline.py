"""Training gets the bytes that the engine makes, in any order and from any thread."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import augment
from augment import data, presets
from augment.data.batches import batch_rows
from augment.data.store.prepared import Prepared
from tests.asking import wrong_batches

keras = pytest.importorskip("keras")

from augment.train.pipeline import PlainBatches, TrainingBatches  # noqa: E402 - after the skip

RECIPE = presets.PRESETS["guide"].recipe


@pytest.fixture
def prepared(home: Path) -> Prepared:
    return data.open_prepared("bundled", 32)


def batches(prepared: Prepared) -> TrainingBatches:
    return TrainingBatches(prepared.split("train"), RECIPE, batch_size=16, seed=5)


@pytest.mark.parametrize("epoch", [0, 3])
def test_a_batch_has_the_bytes_that_the_engine_makes_of_its_rows(
    prepared: Prepared, epoch: int
) -> None:
    served = batches(prepared)
    served.begin_epoch(epoch)
    split = prepared.split("train")
    rows = batch_rows(split.ids, batch_size=16, seed=5, epoch=epoch)
    assert len(served) == len(rows)
    for index in reversed(range(len(rows))):
        images, labels = served[index]
        expected = augment.apply(
            RECIPE,
            split.images[rows[index]],
            split.one_hot(rows[index]),
            ids=split.ids[rows[index]],
            seed=5,
            epoch=epoch,
        )
        assert images.dtype == np.uint8
        assert labels.dtype == np.float32
        np.testing.assert_array_equal(images, expected.images)
        np.testing.assert_array_equal(labels, expected.labels)


def test_epochs_differ(prepared: Prepared) -> None:
    served = batches(prepared)
    first, _ = served[0]
    served.begin_epoch(1)
    second, _ = served[0]
    assert (first != second).any()


def test_keras_trains_on_exactly_these_batches_in_this_order(prepared: Prepared) -> None:
    """Through ``fit``, its threads and its queue: each epoch its own batches, none twice."""
    seen: list[bytes] = []

    class Spy(keras.Model):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(11)

        def call(self, pixels):  # type: ignore[no-untyped-def]
            if not isinstance(pixels, keras.KerasTensor):
                seen.append(np.asarray(pixels).tobytes())
            return self.dense(keras.ops.cast(pixels[:, 0, 0, :], "float32"))

    served = batches(prepared)

    class Epoch(keras.callbacks.Callback):  # type: ignore[misc, name-defined]
        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            served.begin_epoch(epoch)

    model = Spy()
    model.compile(optimizer="sgd", loss="categorical_crossentropy", run_eagerly=True)
    model.fit(served, epochs=3, shuffle=False, verbose=0, callbacks=[Epoch()])
    expected = []
    again = batches(prepared)
    for epoch in range(3):
        again.begin_epoch(epoch)
        expected += [again[index][0].tobytes() for index in range(len(again))]
    assert seen[-len(expected) :] == expected


def test_threads_do_not_matter(prepared: Prepared) -> None:
    served = batches(prepared)
    alone = [served[index][0].tobytes() for index in range(len(served))]
    assert wrong_batches(served, alone, times=4) == []


def test_waiting_is_counted_from_the_request_of_a_batch(prepared: Prepared) -> None:
    served = batches(prepared)
    assert served.waited(0, 100.0) == 0
    served._ready[0] = 102.5
    assert served.waited(0, 100.0) == 2.5
    assert served.waited(0, 103.0) == 0
    served.begin_epoch(1)
    assert served.waited(0, 100.0) == 0


@pytest.mark.parametrize("batch_size", [1, 7, 16, 88, 500])
def test_plain_batches_are_full_and_hold_every_picture_once(
    prepared: Prepared, batch_size: int
) -> None:
    split = prepared.split("validation")
    plain = PlainBatches(split, batch_size=batch_size)
    images = [plain[index][0] for index in range(len(plain))]
    assert {len(batch) for batch in images} == {min(batch_size, len(split))}
    np.testing.assert_array_equal(np.concatenate(images)[: len(split)], split.images)
    assert len(np.concatenate(images)) - len(split) < batch_size
