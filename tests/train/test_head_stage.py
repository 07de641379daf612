"""Head epochs: features once a picture, the head fitted on all of them so far."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from augment.data.store.prepared import Prepared
from augment.runs import folders
from augment.runs.folders import RunFolder
from augment.train.epoch_batches import EpochBatches
from augment.train.forecast import Stopwatch
from augment.train.progress import Progress
from augment.train.train_losses import TrainLosses
from tests.train.conftest import CONFIG, tiny

keras = pytest.importorskip("keras")

from augment.train import head, head_stage  # noqa: E402 - after the skip
from augment.train.predicting import Predictor  # noqa: E402 - after the skip
from augment.train.record import Epochs, Record, Steps  # noqa: E402 - after the skip

CHANGES: dict[str, Any] = {"weights": "/weights.keras", "head_epochs": 3, "epochs": 4}


class Phases(Progress):
    """Remembers the phases that were entered."""

    def __init__(self, folder: RunFolder) -> None:
        super().__init__(folder)
        self.entered: list[str] = []

    def enter(self, phase: str) -> None:
        super().enter(phase)
        self.entered.append(phase)


class Trial:
    """A head stage of three epochs into ``folder``."""

    def __init__(self, prepared: Prepared, folder: RunFolder, **changes: Any) -> None:
        self.config = replace(CONFIG, **CHANGES | changes)
        self.prepared = prepared
        self.batches = EpochBatches(self.config, prepared)
        self.model = tiny()
        self.predictor = Predictor(self.model, pictures=176, multiple=self.config.batch_size)
        self.steps = Steps(folder, learning_rate=0.1)
        self.watch = Stopwatch(self.config, folder.id)
        self.phase = Phases(folder)
        self.record = Record(
            phase=self.phase,
            watch=self.watch,
            steps=self.steps,
            epochs=Epochs(
                folder,
                self.config,
                prepared,
                validated=range(1, 4),
                predictor=self.predictor,
                save=self.model.save,
                phase=self.phase,
                watch=self.watch,
            ),
            losses=TrainLosses(folder, self.batches.ids, epochs=4),
        )

    def run(self) -> None:
        head_stage.train_head(
            self.config,
            self.batches,
            self.predictor,
            self.prepared.splits.get("validation"),
            self.record,
        )


def test_the_figures_of_an_epoch_are_those_of_the_head_fitted_on_all_epochs_so_far(
    prepared: Prepared, folder: RunFolder
) -> None:
    trial = Trial(prepared, folder)
    trial.run()
    rows = folders.read_csv(folder.metrics)
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert trial.phase.entered[:3] == ["training the head", "saving", "training the head"]
    assert trial.phase.entered.count("training the head") == 3
    seen = [
        [trial.batches.pictures(epoch, index) for index in range(trial.batches.steps(epoch))]
        for epoch in (1, 2, 3)
    ]
    parts = [part for each in seen for part in each]
    features = trial.predictor.features(np.concatenate([part.images for part in parts]))
    labels = np.concatenate([part.labels for part in parts])
    smoothed = 0.9 * labels + np.float32(0.1 / labels.shape[1])
    fitted = head.fit(features, smoothed, np.ones(len(labels), np.float32))
    for found, expected in zip(trial.predictor.head, fitted, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-4)
    last = keras.Model(trial.model.input, trial.model.output)
    last.compile(
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1), metrics=["accuracy"]
    )
    figures = last.evaluate(
        np.concatenate([part.images for part in seen[2]]),
        np.concatenate([part.labels for part in seen[2]]),
        verbose=0,
        return_dict=True,
    )
    assert rows[2]["loss"] == pytest.approx(figures["loss"], abs=1e-5)
    assert rows[2]["accuracy"] == pytest.approx(figures["accuracy"], abs=1e-6)
    split = prepared.split("validation")
    validated = last.evaluate(
        split.images[:], split.one_hot(np.arange(88)), verbose=0, return_dict=True
    )
    assert rows[2]["val_loss"] == pytest.approx(validated["loss"], abs=1e-5)
    assert rows[2]["val_accuracy"] == pytest.approx(validated["accuracy"], abs=1e-6)
    steps = folders.read_csv(folder.steps)
    assert steps[0]["step"] == 4, "as many pictures at once as the predictor takes"
    assert [row["step"] for row in steps if row["epoch"] == 3][-1] == 6
    with np.load(folder.train_losses) as kept:
        assert kept["losses"].shape == (3, 176)
        assert np.mean(kept["losses"][2].astype(float)) == pytest.approx(rows[2]["loss"], abs=2e-3)


def test_a_stopped_head_epoch_is_fitted_on_what_there_is(
    prepared: Prepared, folder: RunFolder
) -> None:
    folder.stop.touch()
    trial = Trial(prepared, folder, batch_size=128)
    trial.run()
    assert [row["epoch"] for row in folders.read_csv(folder.metrics)] == [1]
    assert [row["step"] for row in folders.read_csv(folder.steps)] == [1]
    with np.load(folder.train_losses) as kept:
        assert np.isfinite(kept["losses"]).sum() == 128
    assert folder.best.is_file()
