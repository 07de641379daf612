"""A real training through queue, supervisor and trainer, and the files that it writes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from augment import data, runs
from augment.cli.runs import described
from augment.runs.folders import RunFolder
from tests.cli.conftest import Cli
from tests.data.sources.made_folders import flower_folder
from tests.runs.conftest import eventually, processes
from tests.train.conftest import CONFIG

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow


def test_one_row_an_epoch_without_clock_times(trained: runs.Run) -> None:
    epochs = trained.epochs()
    assert [row["epoch"] for row in epochs] == [1, 2]
    assert list(epochs[0]) == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy"]
    assert epochs[1]["loss"] < epochs[0]["loss"], "the loss did not fall"


def test_steps_have_progress_and_times(trained: runs.Run) -> None:
    steps = trained.steps()
    assert [row["step"] for row in steps if row["epoch"] == 2][-1] == steps[-1]["steps_per_epoch"]
    seconds = [row["seconds"] for row in steps]
    assert seconds == sorted(seconds)
    assert 0 <= steps[-1]["waited"] < seconds[-1]
    assert trained.phase == "finished"
    assert trained.seconds_left() is None


def test_the_best_model_reaches_what_the_evaluation_says(
    trained: runs.Run, training_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUGMENT_HOME", str(training_home))
    split = data.open_prepared("bundled", CONFIG.size).split("validation")
    model = keras.saving.load_model(RunFolder(trained.path).best)
    assert "conv5_block16_2_conv" in [layer.name for layer in model.layers]
    evaluation = trained.evaluation()
    assert evaluation is not None
    right = np.asarray(model(split.images[:])).argmax(axis=1) == split.labels
    assert evaluation["accuracy"] == pytest.approx(right.mean(), abs=1e-6)
    assert evaluation["pictures"] == len(split)
    assert evaluation["stopped_early"] is False
    best = trained.epochs()[evaluation["epoch"] - 1]
    assert evaluation["accuracy"] == max(row["val_accuracy"] for row in trained.epochs())
    assert (evaluation["loss"], evaluation["accuracy"]) == (best["val_loss"], best["val_accuracy"])
    for label, row in enumerate(evaluation["per_class"]):
        assert row["pictures"] == (split.labels == label).sum()
        assert row["correct"] == right[split.labels == label].sum()
        assert row["accuracy"] == pytest.approx(row["correct"] / row["pictures"], abs=1e-6)


def test_the_folder_has_the_files_of_the_contract_and_no_others(trained: runs.Run) -> None:
    assert sorted(path.name for path in trained.path.iterdir()) == [
        "best.keras",
        "evaluation.json",
        "lock",
        "metrics.csv",
        "run.log",
        "spec.json",
        "state.json",
        "steps.csv",
    ]
    state = json.loads(RunFolder(trained.path).state.read_text())
    assert (state["state"], state["exit_code"]) == ("SUCCEEDED", 0)
    assert trained.created is not None
    assert trained.started is not None
    assert trained.ended is not None
    assert trained.created < trained.started < trained.ended


def test_the_log_is_short_and_has_a_line_an_epoch(trained: runs.Run) -> None:
    log = trained.log()
    assert "epoch 1 of 2: loss" in log
    assert "epoch 2 of 2: loss" in log
    assert "DenseNet121 on bundled at 32 px (crop): 11 classes" in log
    assert "Official split of the source: 176 training and 88 validation pictures" in log
    assert len(log.splitlines()) < 12, log


def test_trained_on_train_and_validation_and_evaluated_once_on_test(
    live: Path, tmp_path: Path
) -> None:
    splits = ("train", "validation", "test")
    folder = flower_folder(tmp_path / "some flowers", splits=splits, per_class=4)
    source = f"folder:{folder}"
    data.prepare(source, 32, fit="stretch")
    config = replace(
        CONFIG, data=source, fit="stretch", splits="train+validation", epochs=1, batch_size=8
    )
    run = runs.submit(config)
    eventually(lambda: runs.get(run.id).is_over, seconds=240)
    ended = runs.get(run.id)
    assert ended.state == "SUCCEEDED", f"{ended.reason}\n{ended.log()}"
    assert [list(row) for row in ended.epochs()] == [["epoch", "loss", "accuracy"]]
    assert {row["steps_per_epoch"] for row in ended.steps()} == {2}, "not on both splits"
    test = config.prepared().split("test")
    model = keras.saving.load_model(RunFolder(ended.path).best)
    right = np.asarray(model(test.images[:])).argmax(axis=1) == test.labels
    written = json.loads(json.dumps(described(ended), allow_nan=False))["evaluation"]
    assert (written["split"], written["pictures"], written["epoch"]) == ("test", 8, 1)
    assert written["accuracy"] == pytest.approx(right.mean(), abs=1e-6)


def test_the_command_line_shows_it(
    trained: runs.Run, training_home: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli
) -> None:
    monkeypatch.setenv("AUGMENT_HOME", str(training_home))
    document = cli("runs", "show", trained.id, "--json").document
    assert document["epochs"] == trained.epochs()
    assert document["evaluation"] == trained.evaluation()
    assert " pictures of validation, after epoch " in cli("runs", "show", trained.id).out
    assert "done" in cli("runs", "log", trained.id).out
    assert f"{document['evaluation']['accuracy']:.3f}" in cli("runs", "list").out


def test_the_same_configuration_gives_the_same_metrics_and_is_cancelled_while_training(
    trained: runs.Run, live: Path
) -> None:
    """One more run, of more epochs: its first two are those of the first run, then it is cancelled."""
    run = runs.submit(replace(CONFIG, epochs=500))
    eventually(lambda: len(run.epochs()) >= 3, seconds=240)
    assert run.epochs()[:2] == trained.epochs()
    seen = runs.get(run.id)
    assert seen.phase.startswith(("training", "epoch"))
    assert seen.seconds_left() is not None
    seen.cancel()
    eventually(lambda: runs.get(run.id).state == "CANCELLED", seconds=20)
    eventually(lambda: not processes(live, "train"))
