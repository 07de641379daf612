"""What a training writes, with real predictions of a tiny network."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from augment.data.store.prepared import Prepared
from augment.errors import ConfigError
from augment.runs import folders
from augment.runs.evaluation import Predictions
from augment.runs.folders import RunFolder
from augment.train.forecast import Stopwatch
from augment.train.progress import Progress
from tests.train.conftest import CONFIG, some_of, tiny

keras = pytest.importorskip("keras")

from augment.train.predicting import Predictor  # noqa: E402 - after the skip
from augment.train.record import Epochs, Steps, Table, best_epoch  # noqa: E402 - after the skip


class Trial:
    """The record of a tiny network, whose head is scaled as a test needs it."""

    def __init__(
        self,
        prepared: Prepared,
        folder: RunFolder,
        validated: Sequence[int] = range(1, 20),
        *,
        resumed: bool = False,
        **changes: Any,
    ) -> None:
        self.model = tiny()
        self.prepared = prepared
        self.record = Epochs(
            folder,
            replace(CONFIG, epochs=19, **changes),
            prepared,
            validated=validated,
            predictor=Predictor(self.model, pictures=30),
            save=self.model.save,
            phase=Progress(folder),
            watch=Stopwatch(CONFIG, folder.id),
            resumed=resumed,
        )
        self.head = self.model.get_layer("head").get_weights()

    def scale(self, factor: float) -> None:
        """Scale the logits, which keeps the likeliest classes, at another loss."""
        self.model.get_layer("head").set_weights([factor * values for values in self.head])

    def keras_figures(self, split: str) -> dict[str, float]:
        """Return what Keras itself evaluates, which knows nothing of padded batches."""
        model = keras.Model(self.model.input, self.model.output)
        loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)
        model.compile(loss=loss, metrics=["accuracy"])
        pictures = self.prepared.split(split)
        labels = pictures.one_hot(np.arange(len(pictures)))
        return dict(model.evaluate(pictures.images[:], labels, verbose=0, return_dict=True))


def rows_of(folder: RunFolder) -> list[dict[str, float]]:
    return folders.read_csv(folder.metrics, may_lack=folders.WITHOUT_VALIDATION)


def same_weights(path: Path, weights: list[np.ndarray]) -> None:
    stored = keras.saving.load_model(path).get_weights()
    for there, here in zip(stored, weights, strict=True):
        np.testing.assert_array_equal(there, here)


def test_an_epoch_is_validated_if_it_is_one_of_those_or_the_run_stops(
    prepared: Prepared, folder: RunFolder
) -> None:
    trial = Trial(prepared, folder, validated=[2])
    for epoch in (1, 2, 3):
        trial.record.ended(epoch, loss=2.5, accuracy=0.25)
    trial.record.ended(4, loss=2.5, accuracy=0.25, stopped=True)
    rows = rows_of(folder)
    assert [row["epoch"] for row in rows if "val_loss" in row] == [2, 4]
    assert folder.metrics.read_text().splitlines()[1] == "1,2.500000,0.250000,,"
    expected = trial.keras_figures("validation")
    assert rows[1]["val_loss"] == pytest.approx(expected["loss"], abs=2e-6)
    assert rows[1]["val_accuracy"] == pytest.approx(expected["accuracy"], abs=1e-6)


def test_of_epochs_of_one_accuracy_the_first_of_the_lowest_loss_is_saved(
    prepared: Prepared, folder: RunFolder
) -> None:
    trial = Trial(prepared, folder)
    weights = []
    for epoch, factor in enumerate((200.0, 0.9, 0.9, 100.0), start=1):
        trial.scale(factor)
        weights.append(trial.model.get_weights())
        trial.record.ended(epoch, loss=1.0, accuracy=0.5)
    rows = rows_of(folder)
    assert len({row["val_accuracy"] for row in rows}) == 1
    losses = [row["val_loss"] for row in rows]
    assert losses[1] == losses[2] < losses[3] < losses[0], "the trial tests nothing"
    trial.record.finish(stopped_early=False)
    found = folder.read_evaluation()
    assert found is not None
    assert found["epoch"] == 2, "not the first of two equal epochs"
    assert found["loss"] == pytest.approx(losses[1], abs=2e-6)
    assert found["stopped_early"] is False
    same_weights(folder.best, weights[1])
    kept = Predictions.read(folder.predictions)
    assert kept.losses(0.1).mean() == pytest.approx(losses[1], abs=2e-6)
    assert list(folder.path.glob(".*")) == []


@pytest.mark.parametrize(
    ("figures", "best"),
    [
        ({1: (0.5, 2.0), 2: (0.6, 9.0)}, 2),
        ({1: (0.5, 2.0), 2: (0.5, 1.0), 3: (0.5, 1.0)}, 2),
        ({1: (0.0, float("nan")), 2: (0.0, 5.0)}, 2),
        ({3: (0.0, float("nan")), 4: (0.0, float("nan"))}, 3),
    ],
)
def test_the_best_epoch_is_a_function_of_the_figures(
    figures: dict[int, tuple[float, float]], best: int
) -> None:
    assert best_epoch(figures) == best


@pytest.mark.parametrize(
    ("changes", "accuracies", "over"),
    [
        ({"patience": 0}, {1: 0.5, 2: 0.4, 9: 0.3}, False),
        ({"patience": 2}, {1: 0.5, 4: 0.4}, False),
        ({"patience": 2}, {1: 0.5, 4: 0.4, 8: 0.5}, True),
        ({"patience": 2}, {1: 0.5, 4: 0.4, 8: 0.6}, False),
        ({"patience": 1}, {}, False),
        # The body has its epochs, although the head improves no more.
        ({"patience": 1, "head_epochs": 3}, {1: 0.5, 2: 0.4, 3: 0.3}, False),
        ({"patience": 1, "head_epochs": 3}, {1: 0.5, 2: 0.4, 3: 0.3, 5: 0.4}, True),
        ({"patience": 1, "trainable": "head"}, {1: 0.5, 2: 0.4}, True),
    ],
)
def test_a_run_is_over_when_its_validation_has_not_improved_for_long(
    prepared: Prepared,
    folder: RunFolder,
    changes: dict[str, Any],
    accuracies: dict[int, float],
    over: bool,
) -> None:
    """It follows from the table, which a resumed run reads."""
    rows = [f"{epoch},1,0.5,2.0,{accuracy}\n" for epoch, accuracy in accuracies.items()]
    folder.metrics.write_text("epoch,loss,accuracy,val_loss,val_accuracy\n" + "".join(rows))
    weights = "/weights.keras" if len(changes) > 1 else "none"
    trial = Trial(prepared, folder, resumed=True, weights=weights, **changes)
    assert trial.record.is_over is over


def test_a_resumed_run_keeps_the_best_model_until_there_is_a_better_one(
    prepared: Prepared, folder: RunFolder
) -> None:
    first = Trial(prepared, folder)
    first.record.ended(1, loss=1.0, accuracy=0.5)
    saved = folder.best.read_bytes()
    again = Trial(prepared, folder, resumed=True)
    again.scale(100.0)
    again.record.ended(2, loss=1.0, accuracy=0.5)
    assert [row["epoch"] for row in rows_of(folder)] == [1, 2]
    assert folder.best.read_bytes() == saved
    again.record.finish(stopped_early=True)
    found = folder.read_evaluation()
    assert found is not None
    assert (found["epoch"], found["stopped_early"]) == (1, True)


def test_the_evaluation_names_the_epoch_of_the_predictions_and_not_of_a_table_that_was_put_back(
    prepared: Prepared, folder: RunFolder
) -> None:
    """Killed after the best model was saved and before the state was, then resumed and stopped."""
    first = Trial(prepared, folder)
    first.scale(100.0)
    first.record.ended(1, loss=1.0, accuracy=0.5)
    table = folder.metrics.read_bytes()
    first.scale(1.0)
    first.record.ended(2, loss=1.0, accuracy=0.5)
    expected = rows_of(folder)[1]
    folder.metrics.write_bytes(table)
    again = Trial(prepared, folder, resumed=True)
    again.record.finish(stopped_early=True)
    found = folder.read_evaluation()
    assert found is not None
    assert (found["epoch"], found["loss"]) == (2, pytest.approx(expected["val_loss"], abs=2e-6))


@pytest.mark.parametrize("tested", [True, False])
def test_without_validation_the_last_model_is_saved_and_test_is_evaluated_once(
    prepared: Prepared, folder: RunFolder, tested: bool
) -> None:
    test = {"test": replace(prepared.split("validation"), name="test")} if tested else {}
    trial = Trial(replace(prepared, splits={"train": prepared.split("train")} | test), folder)
    for epoch in (1, 2):
        trial.scale(epoch)
        trial.record.ended(epoch, loss=1.0, accuracy=0.5)
    assert not folder.test.exists(), "the test pictures were used before the end"
    trial.record.finish(stopped_early=False)
    assert [list(row) for row in rows_of(folder)] == [["epoch", "loss", "accuracy"]] * 2
    same_weights(folder.best, trial.model.get_weights())
    found = folder.read_evaluation()
    assert found is not None
    assert found["epoch"] == 2
    if not tested:
        assert (found["split"], found["accuracy"]) == ("", None)
        assert not folder.test.exists()
        return
    expected = trial.keras_figures("test")
    assert (found["split"], found["pictures"]) == ("test", 88)
    assert found["loss"] == pytest.approx(expected["loss"], abs=2e-6)
    assert found["accuracy"] == pytest.approx(expected["accuracy"], abs=1e-6)
    written = folder.read_test()
    assert written is not None
    assert len(written["evaluated_at"]) == 1
    assert len(Predictions.read(folder.test_predictions)) == 88


def test_a_class_without_validation_pictures_has_no_accuracy(
    prepared: Prepared, folder: RunFolder
) -> None:
    split = prepared.split("validation")
    fewer = some_of(split, np.flatnonzero(split.labels != 4))
    splits = {"train": prepared.split("train"), "validation": fewer}
    trial = Trial(replace(prepared, splits=splits), folder)
    trial.record.ended(1, loss=1.0, accuracy=0.5)
    trial.record.finish(stopped_early=False)
    found = folder.read_evaluation()
    assert found is not None
    classes = {one["name"]: one for one in found["per_class"]}
    missing = classes.pop(prepared.class_names[4])
    assert (missing["pictures"], missing["correct"], missing["accuracy"]) == (0, 0, None)
    assert all(one["accuracy"] is not None for one in classes.values())


def test_a_model_that_cannot_be_saved_leaves_the_old_one(
    prepared: Prepared, folder: RunFolder
) -> None:
    trial = Trial(prepared, folder)
    trial.record.ended(1, loss=1.0, accuracy=0.5)
    saved = folder.best.read_bytes()
    folder.path.joinpath(".writing-best.keras").symlink_to("/dev/full")
    trial.scale(0.9)
    with pytest.raises(OSError, match="No space left"):
        trial.record.ended(2, loss=1.0, accuracy=0.5)
    assert folder.best.read_bytes() == saved
    assert not os.path.lexists(folder.path / ".writing-best.keras")
    assert [row["epoch"] for row in rows_of(folder)] == [1, 2]


def test_a_table_on_a_full_disk_has_all_its_lines_once_there_is_room(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "steps.csv"
    path.write_text("a,b\n1,2\n")
    table = Table(path, ("a", "b"), resumed=True)
    path.rename(tmp_path / "aside")
    path.symlink_to("/dev/full")
    for row in ((3, 4), (5, 6)):
        table.add(*row)
    assert caplog.text.count("the training goes on") == 1
    path.unlink()
    (tmp_path / "aside").rename(path)
    table.add(7, 8)
    assert path.read_text() == "a,b\n1,2\n3,4\n5,6\n7,8\n"


def test_steps_are_written_at_both_ends_of_an_epoch_and_go_on_after_a_resume(
    folder: RunFolder,
) -> None:
    for resumed in (False, True):
        steps = Steps(folder, learning_rate=0.1, resumed=resumed)
        steps.begin(1 + resumed, 9)
        for step in range(1, 10):
            steps.ended(step, loss=2.0, accuracy=0.5, waited=0.25)
    rows = folders.read_csv(folder.steps, folders.STEPS)
    assert [(row["epoch"], row["step"]) for row in rows] == [(1, 1), (1, 9), (2, 1), (2, 9)]
    assert [row["waited"] for row in rows] == [0.25, 2.25, 2.5, 4.5]
    seconds = [row["seconds"] for row in rows]
    assert seconds == sorted(seconds)
    assert not steps.stopped_early
    folder.stop.touch()
    steps.ended(9, loss=2.0, accuracy=0.5)
    assert steps.stopped_early


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_ends_the_training_with_advice(
    folder: RunFolder, loss: float
) -> None:
    steps = Steps(folder, learning_rate=0.02)
    steps.begin(3, 9)
    words = rf"The loss is {loss} at step 4 of epoch 3; .* below 0\.02, or clip the gradients"
    with pytest.raises(ConfigError, match=words):
        steps.ended(4, loss=loss, accuracy=0.5)
