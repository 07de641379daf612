"""What the callbacks write, with real batches and a small model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from augment import data
from augment.data.store.prepared import Prepared, Split
from augment.errors import ConfigError
from augment.runs import folders
from augment.runs.folders import RunFolder
from tests.train.conftest import CONFIG

keras = pytest.importorskip("keras")

from augment.train import record  # noqa: E402 - after the skip
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


def runs_of(folder: RunFolder) -> list[dict[str, float]]:
    """Return the epochs as a run reads them."""
    return folders.read_csv(folder.metrics, may_lack=("val_loss", "val_accuracy"))


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


def test_validation_figures_are_those_of_keras(prepared: Prepared, folder: RunFolder) -> None:
    """The last batch is padded; ``evaluate`` over the plain arrays knows nothing of that."""
    trial = Trial(prepared, folder)
    trial.run(1)
    split = prepared.split("validation")
    expected = trial.model.evaluate(
        split.images[:], split.one_hot(np.arange(len(split))), verbose=0, return_dict=True
    )
    (row,) = folders.read_csv(folder.metrics)
    assert row["val_loss"] == pytest.approx(expected["loss"], abs=2e-6)
    assert row["val_accuracy"] == pytest.approx(expected["accuracy"], abs=1e-6)


def test_the_loss_is_that_of_all_labels_at_once(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    split = prepared.split("train")
    shares = np.random.default_rng(0).dirichlet(np.ones(11), len(split)).astype(np.float32)
    truth = split.one_hot(np.arange(len(split)))
    losses = keras.losses.categorical_crossentropy(truth, shares, label_smoothing=0.1)
    asked: list[int] = []
    one_hot = Split.one_hot
    monkeypatch.setattr(
        Split, "one_hot", lambda self, rows: (asked.append(len(rows)), one_hot(self, rows))[1]
    )
    monkeypatch.setattr(record, "_CHUNK", 50)
    assert record._loss(shares, split, 0.1) == pytest.approx(float(np.mean(losses)), abs=1e-6)
    assert asked == [50, 50, 50, 26]


def test_the_best_epoch_is_saved_and_none_after_it(prepared: Prepared, folder: RunFolder) -> None:
    trial = Trial(prepared, folder)
    weights: list[list[np.ndarray]] = []

    class Remember(keras.callbacks.Callback):  # type: ignore[misc, name-defined]
        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            if epoch == 4:
                self.model.optimizer.learning_rate = 50.0  # from here on it only gets worse

        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            weights.append(self.model.get_weights())

    trial.run(6, Remember())
    rows = folders.read_csv(folder.metrics)
    order = sorted(rows, key=lambda row: (-row["val_accuracy"], row["val_loss"], row["epoch"]))
    best = int(order[0]["epoch"])
    assert 1 < best < 6, "the trial tests nothing"
    assert trial.validation.evaluation["epoch"] == best
    stored = keras.saving.load_model(folder.best).get_weights()
    for there, here in zip(stored, weights[best - 1], strict=True):
        np.testing.assert_array_equal(there, here)
    assert [path.name for path in folder.path.glob(".writing*")] == []


def test_of_epochs_of_one_accuracy_the_one_of_the_lowest_loss_is_best(
    prepared: Prepared, folder: RunFolder
) -> None:
    """Logits scaled by any factor choose the same classes, at another loss."""
    trial = Trial(prepared, folder)
    trial.run(1)
    folder.metrics.unlink()
    validation = Validation(folder, replace(CONFIG, batch_size=24), prepared)
    validation.set_model(trial.model)
    validation.on_train_begin()
    head = trial.model.get_layer("head")
    trained = head.get_weights()
    weights = []
    for epoch, factor in enumerate((20.0, 0.9, 0.9, 10.0)):
        head.set_weights([factor * values for values in trained])
        weights.append(trial.model.get_weights())
        validation.on_epoch_end(epoch, {"loss": 1.0, "accuracy": 0.5})
    rows = runs_of(folder)
    assert len({row["val_accuracy"] for row in rows}) == 1
    losses = [row["val_loss"] for row in rows]
    assert losses[1] == losses[2] < losses[3] < losses[0], "the trial tests nothing"
    assert validation.evaluation["epoch"] == 2, "not the first of two equal epochs"
    stored = keras.saving.load_model(folder.best).get_weights()
    for there, here in zip(stored, weights[1], strict=True):
        np.testing.assert_array_equal(there, here)


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


def without_validation(prepared: Prepared, *, tested: bool) -> Prepared:
    """Return the data with the validation split as the test split, or without it."""
    test = {"test": replace(prepared.split("validation"), name="test")} if tested else {}
    return replace(prepared, splits={"train": prepared.split("train")} | test)


def test_without_validation_the_last_model_is_saved_and_evaluated_once(
    prepared: Prepared, folder: RunFolder
) -> None:
    untested = without_validation(prepared, tested=True)
    trial = Trial(untested, folder)
    trial.validation.set_model(trial.model)
    evaluated: list[str] = []
    evaluate = trial.validation._evaluate
    trial.validation._evaluate = lambda split: (evaluated.append(split.name), evaluate(split))[1]
    trial.run(3)
    assert evaluated == [], "the test pictures were used before the end"
    trial.validation.write_evaluation(stopped_early=False)
    assert evaluated == ["test"]
    assert folder.metrics.read_text().splitlines()[-1].endswith(",,")
    rows = runs_of(folder)
    assert [list(row) for row in rows] == [["epoch", "loss", "accuracy"]] * 3
    for there, here in zip(
        keras.saving.load_model(folder.best).get_weights(), trial.model.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(there, here)
    test = untested.split("test")
    expected = trial.model.evaluate(
        test.images[:], test.one_hot(np.arange(len(test))), verbose=0, return_dict=True
    )
    written = folder.read_evaluation()
    assert written is not None
    assert (written["split"], written["pictures"], written["epoch"]) == ("test", len(test), 3)
    assert written["loss"] == pytest.approx(expected["loss"], abs=2e-6)
    assert written["accuracy"] == pytest.approx(expected["accuracy"], abs=1e-6)


def test_with_validation_the_test_pictures_are_not_used(
    prepared: Prepared, folder: RunFolder
) -> None:
    test = {"test": replace(prepared.split("validation"), name="test")}
    trial = Trial(replace(prepared, splits=dict(prepared.splits) | test), folder)
    trial.run(1)
    trial.validation.write_evaluation(stopped_early=False)
    written = folder.read_evaluation()
    assert written is not None
    assert written["split"] == "validation"


def test_without_validation_and_test_the_last_model_is_saved(
    prepared: Prepared, folder: RunFolder
) -> None:
    trial = Trial(without_validation(prepared, tested=False), folder)
    trial.run(1)
    trial.validation.write_evaluation(stopped_early=False)
    written = folder.read_evaluation()
    assert written is not None
    assert (written["split"], written["accuracy"], written["epoch"]) == ("", None, 1)
    assert folder.best.is_file()


def test_a_class_without_validation_pictures_has_no_accuracy(
    prepared: Prepared, folder: RunFolder
) -> None:
    all_of = prepared.split("validation")
    rows = np.flatnonzero(all_of.labels != 4)
    fewer = replace(
        all_of, images=all_of.images[rows], labels=all_of.labels[rows], ids=all_of.ids[rows]
    )
    splits = {"train": prepared.split("train"), "validation": fewer}
    trial = Trial(replace(prepared, splits=splits), folder)
    trial.run(1)
    classes = {one["name"]: one for one in trial.validation.evaluation["per_class"]}
    missing = classes.pop(prepared.class_names[4])
    assert (missing["pictures"], missing["correct"], missing["accuracy"]) == (0, 0, None)
    assert all(one["accuracy"] is not None for one in classes.values())
    assert sum(one["pictures"] for one in classes.values()) == len(rows)


def test_the_stop_marker_ends_the_epoch_and_saves_the_best(
    prepared: Prepared, folder: RunFolder
) -> None:
    trial = Trial(prepared, folder)

    class Stop(keras.callbacks.Callback):  # type: ignore[misc, name-defined]
        def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
            if len(folders.read_csv(folder.metrics)) == 1 and batch == 2:
                folder.stop.touch()

    trial.run(50, Stop())
    assert len(folders.read_csv(folder.metrics)) == 2
    assert trial.steps.stopped_early
    trial.validation.write_evaluation(stopped_early=trial.steps.stopped_early)
    written = folder.read_evaluation()
    assert written is not None
    assert written["stopped_early"] is True
    assert written["epoch"] in (1, 2)
    assert folder.best.is_file()


def test_a_loss_that_is_not_finite_ends_the_training_with_advice(
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
