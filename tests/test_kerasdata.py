"""Keras trains on exactly the bytes of the engine, each epoch on its own, in order."""

from __future__ import annotations

import threading
from collections.abc import Callable
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


def fit(model: Any, served: AugmentedBatches, **options: Any) -> None:
    model.fit(
        served,
        **{
            "epochs": 2,
            "shuffle": False,
            "verbose": 0,
            "callbacks": [served.callback()],
            **options,
        },
    )


def without_a_callback(model: Any, served: AugmentedBatches) -> None:
    fit(model, served, callbacks=None)


def with_a_callback_that_is_not_passed(model: Any, served: AugmentedBatches) -> None:
    served.callback()
    without_a_callback(model, served)


def with_an_epoch_set_once(model: Any, served: AugmentedBatches) -> None:
    served.begin_epoch(0)
    without_a_callback(model, served)


def with_the_callback_of_others(model: Any, served: AugmentedBatches) -> None:
    fit(model, served, callbacks=[batches().callback()])


def evaluated(model: Any, served: AugmentedBatches) -> None:
    served.begin_epoch(0)
    model.evaluate(served, verbose=0)


@pytest.mark.parametrize(
    ("use", "after"),
    [
        (without_a_callback, "nothing"),
        (with_a_callback_that_is_not_passed, "nothing"),
        (with_an_epoch_set_once, "nothing"),
        (with_the_callback_of_others, "nothing"),
        (evaluated, "nothing"),
        (without_a_callback, "a fit"),
        (without_a_callback, "a fit that was stopped"),
    ],
)
def test_a_pass_whose_epoch_is_not_set_is_refused(
    use: Callable[[Any, AugmentedBatches], None], after: str
) -> None:
    seen: list[bytes] = []
    served, model = batches(), compiled(network(seen))
    if after != "nothing":
        stop = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda step, logs: setattr(
                model, "stop_training", "stopped" in after and step == 1
            )
        )
        fit(model, served, callbacks=[served.callback(), stop])
    before = list(seen)
    with pytest.raises(ConfigError, match=r"callbacks=\[batches\.callback\(\)\].*for_evaluation"):
        use(model, served)
    assert seen == before


def test_on_several_devices_it_is_refused_too() -> None:
    """There Keras reads a batch before the epochs, of which none is set then."""
    import tensorflow as tf

    seen: list[bytes] = []
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        model = compiled(network(seen))
    served = batches()
    for use in (with_an_epoch_set_once, evaluated):
        with pytest.raises(ConfigError, match="the epoch set for each pass"):
            use(model, served)
    assert seen == []


@pytest.mark.parametrize(
    "options",
    [{}, {"steps_per_epoch": STEPS}, {"class_weight": dict.fromkeys(range(CLASSES), 2.0)}],
    ids=["as shown", "with steps", "with weights"],
)
def test_a_second_fit_continues_with_its_epochs(options: dict[str, Any]) -> None:
    seen: list[bytes] = []
    served, model = batches(), compiled(network(seen))
    fit(model, served, callbacks=[served.callback(), served.callback()], **options)
    fit(model, served, initial_epoch=2, epochs=4, **options)
    assert seen == [made.images.tobytes() for epoch in range(4) for made in expected(epoch)]


def test_a_callback_of_your_own_sets_the_epoch() -> None:
    seen: list[bytes] = []
    served = batches()
    sets = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _: served.begin_epoch(epoch))
    fit(compiled(network(seen)), served, callbacks=[sets])
    assert seen == [made.images.tobytes() for epoch in range(2) for made in expected(epoch)]


@pytest.mark.parametrize("steps_per_execution", [1, 2])
def test_an_order_drawn_by_keras_is_refused(steps_per_execution: int) -> None:
    keras.utils.set_random_seed(1)
    served, model = batches(batch_size=2), network([])
    model.compile("sgd", "categorical_crossentropy", steps_per_execution=steps_per_execution)
    with pytest.raises(ConfigError, match="shuffle=False"):
        fit(model, served, shuffle=True)


def test_a_loop_sets_each_epoch() -> None:
    served = batches()
    with pytest.raises(ConfigError, match=r"batches\.begin_epoch\(epoch\) before each pass"):
        iter(served)
    served.begin_epoch(0)
    assert len(list(served)) == STEPS
    with pytest.raises(ConfigError, match="before each pass of a loop"):
        iter(served)


def every_row(epoch: int | None) -> list[augment.Batch]:
    """Return all rows in their order, as the engine gives them in an epoch, or as they are."""
    cut = [np.arange(first, min(first + BATCH, COUNT)) for first in range(0, COUNT, BATCH)]
    labels = np.eye(CLASSES, dtype=np.float32)[NUMBERS]
    if epoch is None:
        return [augment.Batch(IMAGES[rows], labels[rows]) for rows in cut]
    return [
        augment.apply(GUIDE, IMAGES[rows], labels[rows], ids=IDS[rows], seed=SEED, epoch=epoch)
        for rows in cut
    ]


@pytest.mark.parametrize("epoch", [None, 3])
def test_for_evaluation_every_row_is_there_in_its_place(epoch: int | None) -> None:
    served = batches()
    fixed = served.for_evaluation(epoch)
    for _ in range(2):
        for (images, labels), made in zip(fixed, every_row(epoch), strict=True):
            assert (images.dtype, labels.dtype) == (np.uint8, np.float32)
            np.testing.assert_array_equal(images, made.images)
            np.testing.assert_array_equal(labels, made.labels)


def test_evaluate_and_predict_leave_out_nothing() -> None:
    seen: list[bytes] = []
    served, model = batches(), compiled(network(seen))
    fit(model, served, validation_data=served.for_evaluation())
    trained = [
        [made.images.tobytes() for made in expected(epoch)]
        + [made.images.tobytes() for made in every_row(None)]
        for epoch in range(2)
    ]
    assert seen == trained[0] + trained[1]
    alone = model.predict(IMAGES, batch_size=BATCH, verbose=0)
    np.testing.assert_allclose(model.predict(served.for_evaluation(), verbose=0), alone, atol=1e-6)
    measured = model.evaluate(served.for_evaluation(), verbose=0, return_dict=True)
    assert measured["accuracy"] == pytest.approx((alone.argmax(axis=1) == NUMBERS).mean(), abs=1e-6)


@pytest.mark.parametrize("batch_size", [1, 4, 11, 12, 22, 100])
def test_predict_over_the_training_batches_gives_every_row_in_its_place(batch_size: int) -> None:
    model = compiled(network([]))
    alone = model.predict(IMAGES, verbose=0)
    served = batches(batch_size=batch_size)
    for _ in range(2):
        np.testing.assert_allclose(model.predict(served, verbose=0), alone, atol=1e-6)
    served.begin_epoch(1)
    assert served[0][0].tobytes() == next(iter(served))[0].tobytes()


def test_a_training_after_predict_sees_its_own_batches() -> None:
    seen: list[bytes] = []
    served, model = batches(), compiled(network(seen))
    model.predict(served, verbose=0)
    seen.clear()
    fit(model, served, epochs=1)
    assert seen == [made.images.tobytes() for made in expected(0)]


def test_predict_within_an_epoch_is_refused() -> None:
    """Keras reads the next batches of the training meanwhile."""
    served, model = batches(), compiled(network([]))
    predict = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda step, logs: model.predict(served, verbose=0)
    )
    with pytest.raises(ConfigError, match=r"predict was called .* within an epoch"):
        fit(model, served, callbacks=[served.callback(), predict])


def test_a_set_of_one_picture() -> None:
    served = AugmentedBatches(GUIDE, IMAGES[:1], NUMBERS[:1], class_count=3, batch_size=4, seed=1)
    model = compiled(network([]))
    fit(model, served)
    assert model.predict(served.for_evaluation(), verbose=0).shape == (1, CLASSES)


def test_epochs_cut_short_are_refused() -> None:
    served = batches()
    with pytest.raises(ConfigError, match=f"steps_per_epoch=2, .* has {STEPS} steps"):
        compiled(network([])).fit(
            served, steps_per_epoch=2, shuffle=False, verbose=0, callbacks=[served.callback()]
        )


def test_pictures_on_disk(tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", IMAGES)
    served = batches(images=np.load(tmp_path / "images.npy", mmap_mode="r"))
    served.begin_epoch(0)
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


WRONG = [
    ({"batch_size": 0}, "batch size is 0; it must be a whole number from 1"),
    ({"batch_size": 2.0}, "batch size is 2.0"),
    ({"batch_size": True}, "batch size is True"),
    ({"seed": 1.5}, "seed is 1.5"),
    ({"seed": -1}, "seed is -1"),
    ({"workers": 0}, "number of workers is 0"),
    ({"ahead": -1}, "number of batches ahead is -1; it must be a whole number from 0"),
    ({"ids": IDS.astype(float)}, "ids are float64"),
    ({"class_count": 2}, "A label is 2, but the 2 classes"),
    ({"images": IMAGES / 255}, "images are float64"),
    ({"images": IMAGES[:0]}, "for each of the 0 images"),
]


@pytest.mark.parametrize(("options", "message"), WRONG)
def test_what_will_not_do_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        batches(**options)


@pytest.mark.parametrize("epoch", [1.5, -1, 2**31, True, "1"])
def test_an_epoch_that_is_none_is_refused(epoch: Any) -> None:
    served = batches()
    for set_epoch in (served.begin_epoch, served.for_evaluation):
        with pytest.raises(DataError, match="epoch is "):
            set_epoch(epoch)
