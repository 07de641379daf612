"""What the callbacks write, with real batches and a model small enough to train in a moment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from augment import data
from augment.data.prepared import Prepared
from augment.errors import ConfigError
from augment.runs import folder as folders
from augment.runs.folder import RunFolder
from tests.train.conftest import CONFIG

keras = pytest.importorskip("keras")

from augment.train.pipeline import TrainingBatches  # noqa: E402 - after the skip
from augment.train.record import Steps, Validation  # noqa: E402 - after the skip


@pytest.fixture
def prepared(home: Path) -> Prepared:
    return data.open_prepared("bundled", 32)


class Trial:
    """A small training into ``folder``."""

    def __init__(self, prepared: Prepared, folder: RunFolder, learning_rate: float = 0.02) -> None:
        keras.utils.set_random_seed(0)
        config = replace(CONFIG, batch_size=24)
        self.batches = TrainingBatches(
            prepared.split("train"), config.recipe, batch_size=24, seed=config.seed
        )
        pixels = keras.Input((32, 32, 3), dtype="uint8")
        small = keras.layers.AveragePooling2D(4)(keras.layers.Rescaling(1 / 255)(pixels))
        head = keras.layers.Dense(11, activation="softmax", name="head")
        self.model = keras.Model(pixels, head(keras.layers.Flatten()(small)))
        self.model.compile(
            optimizer=keras.optimizers.SGD(learning_rate, momentum=0.9),
            loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
            metrics=["accuracy"],
        )
        self.steps = Steps(folder, self.batches)
        self.validation = Validation(folder, config, prepared)

    def run(self, epochs: int, *others: object) -> None:
        callbacks = [self.steps, self.validation, *others]
        self.model.fit(self.batches, epochs=epochs, shuffle=False, verbose=0, callbacks=callbacks)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


def test_validation_figures_are_those_of_keras(prepared: Prepared, folder: RunFolder) -> None:
    """The last batch is padded; ``evaluate`` over the plain arrays knows nothing of that."""
    trial = Trial(prepared, folder)
    trial.run(1)
    split = prepared.split("validation")
    wanted = trial.model.evaluate(
        split.images[:], split.one_hot(np.arange(len(split))), verbose=0, return_dict=True
    )
    (row,) = folders.read_csv(folder.metrics)
    assert row["val_loss"] == pytest.approx(wanted["loss"], abs=2e-6)
    assert row["val_accuracy"] == pytest.approx(wanted["accuracy"], abs=1e-6)


def test_the_best_epoch_is_kept_and_none_after_it(prepared: Prepared, folder: RunFolder) -> None:
    trial = Trial(prepared, folder)
    kept: list[list[np.ndarray]] = []

    class Keep(keras.callbacks.Callback):  # type: ignore[misc, name-defined]
        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            if epoch == 4:
                self.model.optimizer.learning_rate = 50.0  # from here on it only gets worse

        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            kept.append(self.model.get_weights())

    trial.run(6, Keep())
    rows = folders.read_csv(folder.metrics)
    order = sorted(rows, key=lambda row: (-row["val_accuracy"], row["val_loss"], row["epoch"]))
    best = int(order[0]["epoch"])
    assert 1 < best < 6, "the trial does not try anything"
    assert trial.validation.evaluation["epoch"] == best
    stored = keras.saving.load_model(folder.best).get_weights()
    for there, here in zip(stored, kept[best - 1], strict=True):
        np.testing.assert_array_equal(there, here)
    assert [path.name for path in folder.path.glob(".writing*")] == []


def test_each_epoch_trains_on_its_own_batches(prepared: Prepared, folder: RunFolder) -> None:
    trial = Trial(prepared, folder)
    shown: list[np.ndarray] = []

    class Look(keras.callbacks.Callback):  # type: ignore[misc, name-defined]
        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            shown.append(trial.batches[0][0])

    trial.run(3, Look())
    for epoch, images in enumerate(shown):
        trial.batches.begin_epoch(epoch)
        np.testing.assert_array_equal(images, trial.batches[0][0])
    assert (shown[0] != shown[1]).any()


def test_the_stop_marker_ends_the_epoch_and_keeps_the_best(
    prepared: Prepared, folder: RunFolder
) -> None:
    trial = Trial(prepared, folder)

    class Ask(keras.callbacks.Callback):  # type: ignore[misc, name-defined]
        def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
            if len(folders.read_csv(folder.metrics)) == 1 and batch == 2:
                folder.stop.touch()

    trial.run(50, Ask())
    assert len(folders.read_csv(folder.metrics)) == 2
    assert trial.steps.stopped_early
    trial.validation.write_evaluation(stopped_early=trial.steps.stopped_early)
    written = folders.read_json(folder.evaluation)
    assert written is not None
    assert written["stopped_early"] is True
    assert written["epoch"] in (1, 2)
    assert folder.best.is_file()


def test_a_loss_that_is_no_number_ends_the_training_with_advice(
    prepared: Prepared, folder: RunFolder
) -> None:
    trial = Trial(prepared, folder)
    trial.model.get_layer("head").bias.assign(np.full(11, np.nan))
    with pytest.raises(ConfigError, match=r"The loss is nan at step 1 of epoch 1; .* below 0\.02"):
        trial.run(1)


def test_every_epoch_has_its_first_and_last_step(prepared: Prepared, folder: RunFolder) -> None:
    trial = Trial(prepared, folder)
    trial.run(2)
    steps = folders.read_csv(folder.steps)
    of = len(trial.batches)
    assert [(row["epoch"], row["step"]) for row in steps if row["step"] in (1, of)] == [
        (1, 1),
        (1, of),
        (2, 1),
        (2, of),
    ]
    rows = folders.read_csv(folder.metrics)
    assert steps[-1]["loss"] == pytest.approx(rows[-1]["loss"], abs=1e-6)
