"""A whole training in this process: its stages, its files, and that it can be repeated and resumed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from augment import presets
from augment.data.store.prepared import Prepared
from augment.runs import folders
from augment.runs.config import RunConfig
from augment.runs.folders import RunFolder
from augment.train.epoch_batches import EpochBatches
from tests.train.conftest import CONFIG

keras = pytest.importorskip("keras")

from augment.models import small  # noqa: E402 - after the skip
from augment.train.loop import train  # noqa: E402 - after the skip
from augment.train.network import SampleLosses  # noqa: E402 - after the skip

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file of weights, so that there may be head epochs."""
    path = tmp_path_factory.mktemp("weights") / "small.keras"
    keras.utils.set_random_seed(1)
    small.build(size=32, classes=5).save(path)
    return str(path)


@pytest.fixture(autouse=True)
def home_of_trainings(
    home_without_queue: Path, monkeypatch: pytest.MonkeyPatch, prepared: Prepared
) -> None:
    monkeypatch.setenv("AUGMENT_HOME", str(home_without_queue))


def trained(name: str, validated: tuple[int, ...], **changes: Any) -> tuple[RunConfig, RunFolder]:
    config = replace(CONFIG, **changes)
    folder = folders.create(name, config, validated)
    train(config, folder)
    return config, folder


def rows_of(folder: RunFolder) -> list[dict[str, float]]:
    return folders.read_csv(folder.metrics, folders.METRICS, folders.WITHOUT_VALIDATION)


def test_stages_are_one_run_that_ends_the_same_after_an_interruption_and_after_other_runs(
    weights: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two head epochs and three of the body, with all options that may depend on the order of things."""
    config, folder = trained(
        "stages",
        (1, 2, 4, 5),
        weights=weights,
        head_epochs=2,
        epochs=5,
        balance="class_weights",
        weight_decay=0.01,
        clip_norm=1.0,
    )
    rows = rows_of(folder)
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4, 5]
    assert [row["epoch"] for row in rows if "val_accuracy" in row] == [1, 2, 4, 5]
    steps = folders.read_csv(folder.steps, folders.STEPS)
    assert [row["steps_per_epoch"] for row in steps if row["step"] == row["steps_per_epoch"]] == [
        *(6, 6, 5, 5, 5)
    ]
    batches = EpochBatches(config, config.prepared())
    with np.load(folder.train_losses) as kept:
        losses = kept["losses"].astype(np.float64)
        assert kept["epochs"].tolist() == [1, 2, 3, 4, 5]
        np.testing.assert_array_equal(kept["ids"], batches.ids)
    assert np.isnan(losses).sum(axis=1).tolist() == [0, 0, 16, 16, 16]
    means = [np.nanmean(losses[epoch - 1]) for epoch in (1, 2, 3, 4, 5)]
    assert means == pytest.approx([row["loss"] for row in rows], abs=0.05)

    def results() -> dict[str, bytes]:
        kept = (folder.metrics, folder.predictions, folder.evaluation, folder.train_losses)
        return {path.name: path.read_bytes() for path in kept}

    before = results()
    caplog.set_level("INFO")
    shutil.copy(folder.resume_from_before, folder.resume_from)  # that of epoch 4
    shared = train(config, folder)
    assert "resumed after epoch 4" in caplog.text
    assert results() == before
    # After others in the same process, which stop in the middle, with the graph of the first.
    traced: list[int] = []
    update = SampleLosses.update_state

    def counted(self: SampleLosses, *arguments: Any, **more: Any) -> None:
        traced.append(1)
        update(self, *arguments, **more)

    monkeypatch.setattr(SampleLosses, "update_state", counted)
    other = replace(config, seed=8, recipe=presets.PRESETS["nothing"].recipe)
    stopped = folders.create("stopped", other, (1, 2, 4, 5))
    stopped.stop.touch()
    assert train(other, stopped, network=shared) is shared
    assert [row["epoch"] for row in rows_of(stopped)] == [1]
    for path in (folder.resume_from, folder.resume_from_before):
        path.unlink()
    for _ in ("from its beginning", "resumed"):
        assert train(config, folder, network=shared) is shared
        assert results() == before
        folder.resume_from.unlink()
        folder.resume_from_before.replace(folder.resume_from)
    assert traced == []


def test_the_head_alone_needs_no_training_step(weights: str) -> None:
    _, folder = trained("head", (1, 2), weights=weights, trainable="head", epochs=2)
    assert [row["epoch"] for row in rows_of(folder)] == [1, 2]
    assert not folder.resume_from.exists()
    found = folder.read_evaluation()
    assert found is not None
    assert found["split"] == "validation"
    body = keras.saving.load_model(weights).layers[-3].get_weights()
    for there, here in zip(
        keras.saving.load_model(folder.best).layers[-3].get_weights(), body, strict=True
    ):
        np.testing.assert_array_equal(there, here)


def test_an_older_spec_has_its_validated_epochs_computed_and_patience_ends_a_run() -> None:
    config = replace(CONFIG, epochs=60, patience=1, learning_rate=1e-6, schedule="constant")
    folder = folders.create("older", config)
    spec = json.loads(folder.spec.read_text())
    del spec["validated_epochs"]
    folder.spec.write_text(json.dumps(spec))
    train(config, folder)
    found = folder.read_evaluation()
    assert found is not None
    rows = rows_of(folder)
    assert found["stopped_early"] is True
    assert found["epoch"] < rows[-1]["epoch"] < 60
    assert 2 <= len([row for row in rows if "val_loss" in row]) < len(rows)
