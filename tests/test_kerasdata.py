"""Keras trains on exactly the bytes of the engine, each epoch on its own, in order."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import augment
from augment.data.batches import batch_rows
from augment.engine.samples import ImageRows
from augment.errors import ConfigError, DataError
from tests.asking import wrong_batches

keras = pytest.importorskip("keras")

from augment.kerasdata import AugmentedBatches  # noqa: E402 - after the skip

pytestmark = pytest.mark.slow

COUNT, SIDE, CLASSES, BATCH, SEED = 22, 12, 3, 4, 5
STEPS = COUNT // BATCH
GUIDE = augment.presets.PRESETS["guide"].recipe
IMAGES = np.random.default_rng(0).integers(0, 256, (COUNT, SIDE, SIDE, 3), dtype=np.uint8)
NUMBERS = np.arange(COUNT) % CLASSES
IDS = np.random.default_rng(1).permutation(1000)[:COUNT]


def batches(**options: Any) -> AugmentedBatches:
    settings = {"batch_size": BATCH, "seed": SEED, "ids": IDS, **options}
    return AugmentedBatches(GUIDE, settings.pop("images", IMAGES), NUMBERS, **settings)


def expected(epoch: int) -> list[augment.Batch]:
    """Return what the engine makes of each batch of an epoch."""
    return [
        augment.apply(
            GUIDE,
            IMAGES[rows],
            np.eye(CLASSES, dtype=np.float32)[NUMBERS[rows]],
            ids=IDS[rows],
            seed=SEED,
            epoch=epoch,
        )
        for rows in batch_rows(IDS, batch_size=BATCH, seed=SEED, epoch=epoch)
    ]


def network(seen: list[bytes]) -> Any:
    """Return a tiny convolutional network that notes which pictures it is trained on."""
    import tensorflow as tf

    class Witness(keras.layers.Layer):  # type: ignore[misc, name-defined]
        def call(self, pixels: Any) -> Any:
            tf.py_function(lambda batch: seen.append(batch.numpy().tobytes()), [pixels], [])
            return keras.ops.cast(pixels, "float32") / 255.0

    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3), dtype="uint8"),
            Witness(),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def compiled(model: Any) -> Any:
    model.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.parametrize("epoch", [0, 3])
def test_a_batch_is_what_the_engine_makes_of_its_rows(epoch: int) -> None:
    served = batches()
    served.begin_epoch(epoch)
    assert len(served) == STEPS
    for (images, labels), made in zip(served, expected(epoch), strict=True):
        assert images.dtype == np.uint8
        assert labels.dtype == np.float32
        np.testing.assert_array_equal(images, made.images)
        np.testing.assert_array_equal(labels, made.labels)


def test_rows_of_pictures_stay_on_disk() -> None:
    """Like those of an assigned split: no copy of all of them is ever made."""

    class OnDisk(ImageRows):
        def __array__(self, *given: Any, **options: Any) -> Any:
            raise AssertionError("all pictures were read at once")

    turned = np.arange(COUNT)[::-1]
    served = batches(images=OnDisk(np.ascontiguousarray(IMAGES[::-1]), turned))
    served.begin_epoch(0)
    for (images, labels), made in zip(served, expected(0), strict=True):
        np.testing.assert_array_equal(images, made.images)
        np.testing.assert_array_equal(labels, made.labels)


def test_epochs_differ_and_an_epoch_repeats() -> None:
    served = batches()
    epochs = []
    for epoch in (0, 1, 0):
        served.begin_epoch(epoch)
        epochs.append([images.tobytes() for images, _ in served])
    assert epochs[0] == epochs[2]
    assert set(epochs[0]).isdisjoint(epochs[1])


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_keras_trains_on_each_epoch_in_order(workers: int) -> None:
    seen: list[bytes] = []
    served = batches(workers=workers)
    compiled(network(seen)).fit(
        served, epochs=3, shuffle=False, verbose=0, callbacks=[served.callback()]
    )
    assert seen == [made.images.tobytes() for epoch in range(3) for made in expected(epoch)]


def test_a_training_that_starts_in_the_middle_continues_with_its_epoch() -> None:
    seen: list[bytes] = []
    served = batches()
    compiled(network(seen)).fit(
        served, initial_epoch=3, epochs=5, shuffle=False, verbose=0, callbacks=[served.callback()]
    )
    assert seen == [made.images.tobytes() for epoch in (3, 4) for made in expected(epoch)]


def test_no_batch_of_building_the_model_reaches_a_training_on_several_devices() -> None:
    """A strategy makes Keras read a batch before the first epoch, which its own threads keep."""
    import tensorflow as tf

    seen: list[bytes] = []
    served = batches()
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        model = compiled(network(seen))
    model.fit(
        served, initial_epoch=2, epochs=4, shuffle=False, verbose=0, callbacks=[served.callback()]
    )
    assert seen == [made.images.tobytes() for epoch in (2, 3) for made in expected(epoch)]


def test_validation_between_epochs_changes_nothing() -> None:
    seen: list[bytes] = []
    served = batches()
    plain = np.zeros((BATCH, SIDE, SIDE, 3), np.uint8)
    compiled(network(seen)).fit(
        served,
        epochs=2,
        shuffle=False,
        verbose=0,
        callbacks=[served.callback()],
        validation_data=(plain, np.eye(CLASSES, dtype=np.float32)[NUMBERS[:BATCH]]),
    )
    trained = [pixels for pixels in seen if pixels != plain.tobytes()]
    assert trained == [made.images.tobytes() for epoch in range(2) for made in expected(epoch)]


def test_without_its_callback_nothing_is_trained() -> None:
    seen: list[bytes] = []
    with pytest.raises(ConfigError, match=r"callbacks=\[batches\.callback\(\)\]"):
        compiled(network(seen)).fit(batches(), epochs=2, shuffle=False, verbose=0)
    assert seen == []


def test_epochs_cut_short_are_refused() -> None:
    served = batches()
    with pytest.raises(ConfigError, match=f"steps_per_epoch=2, .* has {STEPS} steps"):
        compiled(network([])).fit(
            served, steps_per_epoch=2, shuffle=False, verbose=0, callbacks=[served.callback()]
        )


def test_pictures_on_disk(tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", IMAGES)
    served = batches(images=np.load(tmp_path / "images.npy", mmap_mode="r"))
    for (images, _), made in zip(served, expected(0), strict=True):
        np.testing.assert_array_equal(images, made.images)


def test_what_was_made_ahead_is_dropped_when_asked_for_another() -> None:
    served = batches()
    served[0]
    assert served._epoch._started
    served[3]
    assert not served._epoch._started


def test_any_order_and_any_thread_gets_the_same() -> None:
    served = batches()
    alone = [made.images.tobytes() for made in expected(0)]
    assert wrong_batches(served, alone, times=8) == []
    assert served[-1][0].tobytes() == alone[-1]
    with pytest.raises(IndexError):
        served[STEPS]


@pytest.mark.parametrize(
    ("asked", "made"), [([0], 3), ([0, 1], 4), ([4, 3, 1], 3), ([0, 1, 2, 3, 4], 5)]
)
def test_the_next_batches_are_made_ahead_and_no_more(asked: list[int], made: int) -> None:
    makers: list[str] = []

    class Noted(AugmentedBatches):
        def _make(self, *given: Any) -> Any:
            makers.append(threading.current_thread().name)
            return super()._make(*given)

    served = Noted(GUIDE, IMAGES, NUMBERS, batch_size=BATCH, seed=SEED, ahead=2)
    for index in asked:
        served[index]
    served._threads.shutdown(wait=True)
    assert len(makers) == made
    assert threading.current_thread().name not in makers


@pytest.mark.parametrize("batch_size", [0, -1, 2.0, True])
def test_a_batch_size_that_will_not_do_is_refused(batch_size: Any) -> None:
    with pytest.raises(DataError, match=r"batch size is .* must be a whole number from 1"):
        batches(batch_size=batch_size)
