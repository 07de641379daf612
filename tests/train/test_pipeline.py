"""Training gets the bytes that a page shows again, through ``fit`` and from any thread."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from augment.data.store.prepared import Prepared
from augment.train.epoch_batches import EpochBatches
from tests.asking import wrong_batches
from tests.train.conftest import CONFIG

keras = pytest.importorskip("keras")

from augment.train.pipeline import TrainingBatches, in_order  # noqa: E402 - after the skip


def batches(prepared: Prepared, **changes: object) -> EpochBatches:
    return EpochBatches(replace(CONFIG, batch_size=16, **changes), prepared)


def images(made: EpochBatches, epoch: int) -> list[bytes]:
    return [made.pictures(epoch, index).images.tobytes() for index in range(made.steps(epoch))]


@pytest.mark.parametrize("balance", ["none", "class_weights", "oversampling"])
def test_fit_trains_on_exactly_the_batches_of_each_epoch_in_their_order(
    prepared: Prepared, balance: str
) -> None:
    seen: list[bytes] = []

    class Spy(keras.Model):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(11)

        def call(self, pixels):  # type: ignore[no-untyped-def]
            if not isinstance(pixels, keras.KerasTensor):
                seen.append(np.asarray(pixels).tobytes())
            return self.dense(keras.ops.cast(pixels[:, 0, 0, :], "float32"))

    made = batches(prepared, balance=balance)
    served = TrainingBatches(made, first=2)

    class Epoch(keras.callbacks.Callback):  # type: ignore[misc, name-defined]
        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            served.begin_epoch(epoch + 1)

        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            if epoch == 1:
                served.prepare_epoch(3)

    model = Spy()
    model.compile(optimizer="sgd", loss="categorical_crossentropy", run_eagerly=True)
    model.fit(served, initial_epoch=1, epochs=4, shuffle=False, verbose=0, callbacks=[Epoch()])
    expected = [each for epoch in (2, 3, 4) for each in images(made, epoch)]
    seen = seen[-len(expected) :]  # Keras builds the network of the first one
    assert seen == expected
    assert len(set(seen)) == len(seen)


def test_weights_are_served_where_there_are_any(prepared: Prepared) -> None:
    served = TrainingBatches(made := batches(prepared, balance="class_weights"), first=1)
    assert not served[0][0].any(), "not black before the epoch begins"
    served.begin_epoch(1)
    np.testing.assert_array_equal(served[3][2], made.pictures(1, 3).weights)
    assert len(TrainingBatches(batches(prepared), first=1)[0]) == 2


def test_threads_do_not_matter(prepared: Prepared) -> None:
    served = TrainingBatches(made := batches(prepared), first=1)
    served.begin_epoch(2)
    assert wrong_batches(served, images(made, 2), times=4) == []
    assert [each.images.tobytes() for each in in_order(made, 3)] == images(made, 3)


def test_waiting_is_counted_from_the_request_of_a_batch(prepared: Prepared) -> None:
    served = TrainingBatches(batches(prepared), first=1)
    assert served.waited(0, 100.0) == 0
    served._ready[0] = 102.5
    assert served.waited(0, 100.0) == 2.5
    assert served.waited(0, 103.0) == 0
    served.begin_epoch(1)
    assert served.waited(0, 100.0) == 0
