"""Real trainings through queue, supervisor and trainer, and the files that they write."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from augment import data, runs
from augment.data.store.prepared import Prepared
from augment.runs import folders
from augment.runs.folders import RunFolder
from augment.runs.queue import Order
from augment.train import RunConfig, forecast
from augment.train.epoch_batches import EpochBatches
from tests.cli.conftest import Cli, process
from tests.conftest import ROOT
from tests.runs.conftest import DEADLINE_S, eventually, processes
from tests.train.conftest import CONFIG

__all__ = ["process"]

keras = pytest.importorskip("keras")

pytestmark = pytest.mark.slow


def test_steps_have_progress_and_times(trained: runs.Run) -> None:
    steps = trained.steps()
    assert [row["step"] for row in steps if row["epoch"] == 3][-1] == steps[-1]["steps_per_epoch"]
    seconds = [row["seconds"] for row in steps]
    assert seconds == sorted(seconds)
    assert steps[0]["waited"] == 0, "the graph is built before the first step"
    assert steps[-1]["waited"] < seconds[-1]
    assert trained.phase == "finished"
    assert trained.seconds_left() is None


def test_the_best_model_reaches_what_the_evaluation_says(
    trained: runs.Run, training_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUGMENT_HOME", str(training_home))
    split = data.open_prepared("bundled", CONFIG.size).split("validation")
    model = keras.saving.load_model(RunFolder(trained.path).best)
    evaluation = trained.evaluation()
    assert evaluation is not None
    right = np.asarray(model(split.images[:])).argmax(axis=1) == split.labels
    assert evaluation["accuracy"] == pytest.approx(right.mean(), abs=1e-6)
    assert evaluation["pictures"] == len(split)
    assert evaluation["stopped_early"] is False
    validated = [row for row in trained.epochs() if "val_loss" in row]
    assert 1 <= len(validated) < 3
    (best,) = (row for row in validated if row["epoch"] == evaluation["epoch"])
    assert evaluation["accuracy"] == max(row["val_accuracy"] for row in validated)
    assert (evaluation["loss"], evaluation["accuracy"]) == (best["val_loss"], best["val_accuracy"])
    for label, row in enumerate(evaluation["per_class"]):
        assert row["pictures"] == (split.labels == label).sum()
        assert row["correct"] == right[split.labels == label].sum()


def test_the_folder_has_the_files_of_the_contract_and_no_others(trained: runs.Run) -> None:
    found = {path.name for path in trained.path.iterdir()}
    assert found - {"state.npz", "previous_state.npz"} == {
        "best.keras",
        "evaluation.json",
        "lock",
        "metrics.csv",
        "predictions.npz",
        "progress.json",
        "run.log",
        "spec.json",
        "state.json",
        "steps.csv",
        "train_losses.npz",
    }
    state = json.loads(RunFolder(trained.path).state.read_text())
    assert (state["state"], state["exit_code"]) == ("SUCCEEDED", 0)


def test_the_log_is_short_and_has_a_line_an_epoch(trained: runs.Run) -> None:
    log = trained.log()
    assert "epoch 1 of 3: loss" in log
    assert "epoch 3 of 3: loss" in log
    assert "Small network on bundled at 32 px (crop): 11 classes" in log
    assert "Official split of the source: 176 training and 88 validation pictures" in log
    assert len(log.splitlines()) < 12, log


def test_the_command_line_shows_it(
    trained: runs.Run, training_home: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli
) -> None:
    monkeypatch.setenv("AUGMENT_HOME", str(training_home))
    document = cli("runs", "show", trained.id, "--json").document
    assert document["epochs"] == trained.epochs()
    assert document["evaluation"] == trained.evaluation()
    assert "done" in cli("runs", "log", trained.id).out
    assert f"{document['evaluation']['accuracy']:.3f}" in cli("runs", "list").out


def test_the_second_run_of_a_process_has_the_metrics_that_it_has_in_another(
    trained_pair: list[runs.Run],
    home_without_queue: Path,
    prepared: Prepared,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first has them, too: see below, where it is killed and resumed."""
    from augment.train.loop import train

    monkeypatch.setenv("AUGMENT_HOME", str(home_without_queue))
    first, run = trained_pair
    loading = "loading Keras"
    assert (loading in first.log(), loading in run.log()) == (True, False), "they shared no process"
    there = RunFolder(run.path)
    again = folders.create("same", run.config, there.read_spec()["validated_epochs"])
    train(run.config, again)
    assert again.metrics.read_bytes() == there.metrics.read_bytes()
    assert again.predictions.read_bytes() == there.predictions.read_bytes()


def test_the_network_of_the_guide_is_trained(
    home_without_queue: Path, prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All others train the small one, whose graph is built far sooner."""
    from augment.train.loop import train

    monkeypatch.setenv("AUGMENT_HOME", str(home_without_queue))
    config = replace(CONFIG, model="densenet121", epochs=1)
    there = folders.create("guide", config, (1,))
    train(config, there)
    run = runs.get("guide")
    assert run.steps()[-1]["step"] == 5
    assert all(0.0 < step["loss"] < 20.0 for step in run.steps())
    network = keras.saving.load_model(run.path / "best.keras", compile=False)
    assert network.count_params() > 7_000_000
    images = prepared.split("validation").images[:8]
    answers = np.exp(np.load(there.predictions)["log_probabilities"][:8])
    np.testing.assert_allclose(network.predict(images, verbose=0), answers, atol=1e-4)


def options_of(config: RunConfig) -> list[object]:
    """Return a configuration as options of ``train``."""
    names = [item.name for item in fields(config) if item.name not in ("recipe", "name")]
    return [
        word for name in names for word in (f"--{name.replace('_', '-')}", getattr(config, name))
    ]


HELD = """
import os, sys, time
if "train" in sys.orig_argv:
    opened = 0

    def hook(event, arguments):
        "Wait before the third line of metrics.csv, which is of epoch 2, while there is such a file."
        global opened
        appends = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_APPEND
        if appends and str(arguments[0]).endswith("metrics.csv"):
            opened += 1
            while opened == 3 and os.path.exists({hold!r}):
                time.sleep(0.01)

    sys.addaudithook(hook)
"""


def kill_in_epoch(epoch: int, folder: RunFolder, tree: list[psutil.Process]) -> None:
    """Kill the processes of a run as soon as its first step of an epoch is recorded."""
    begun, deadline = f"\n{epoch},1,".encode(), time.monotonic() + DEADLINE_S
    while not (folder.steps.exists() and begun in folder.steps.read_bytes()):
        assert time.monotonic() < deadline, "the training did not get so far"
        time.sleep(0.001)
    for one in tree:
        one.kill()
    assert psutil.wait_procs(tree, timeout=DEADLINE_S)[1] == []


def test_a_training_killed_and_resumed_by_the_command_line_ends_with_the_same_files(
    trained: runs.Run,
    training_home: Path,
    process: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Trainer and supervisor are killed with SIGKILL at once, as when a machine is switched off."""
    monkeypatch.setenv("AUGMENT_HOME", str(training_home))
    (hold := tmp_path / "hold").touch()
    (tmp_path / "sitecustomize.py").write_text(HELD.format(hold=str(hold)))
    home = {"AUGMENT_HOME": str(training_home), "PYTHONPATH": str(tmp_path)}
    submitted = process("train", "--recipe", "guide", *options_of(CONFIG), "--json", **home)
    folder = RunFolder(Path(submitted.document["path"]))
    eventually(lambda: processes(training_home, "train"))
    words = ("supervise", "train")
    kill_in_epoch(2, folder, [one for word in words for one in processes(training_home, word)])
    assert len(folder.metrics.read_text().splitlines()) < 3, "it was not killed in between"
    hold.unlink()
    assert (runs.get(folder.id).state, runs.get(folder.id).attempt) == ("LOST", 1)
    resumed = process("runs", "resume", folder.id, "--wait", "--json", **home)
    assert resumed.code == 0, resumed.err
    assert (resumed.document["state"], resumed.document["attempt"]) == ("SUCCEEDED", 2)
    log = folder.log.read_text().rpartition("attempt 2\n")[2]
    assert re.search(r"resumed after epoch 1\n", log), log
    for name in ("metrics.csv", "predictions.npz", "train_losses.npz", "evaluation.json"):
        assert (folder.path / name).read_bytes() == (trained.path / name).read_bytes(), name
    seconds = [row["seconds"] for row in folders.read_csv(folder.steps)]
    assert seconds == sorted(seconds), "the clock of the steps was set back"
    # Its supervisor deletes them after it has written that the run is over.
    eventually(lambda: not list(folder.path.glob("*state.npz")), what="a state is left")


def test_trainings_are_stopped_cancelled_and_killed(live: Path) -> None:
    """The first two in one process, whose graph is built once; the third while its own is built."""
    data.open_prepared("bundled", 32)
    config = replace(CONFIG, epochs=500)
    orders = [Order(config=replace(config, seed=seed)) for seed in (1, 2, 3)]
    first, second, third = runs.submit_all(orders)
    eventually(lambda: first.steps(), seconds=240, what="the training did not begin")
    [trainer] = processes(live, "train")
    [scheduler] = processes(live, "schedule")
    scheduler.kill()
    first.stop()
    eventually(lambda: second.steps(), seconds=240, what="the second did not begin")
    assert processes(live, "train") == [trainer]
    # Not building a graph; between two epochs it may do either of the others.
    assert runs.get(second.id).phase.startswith(("training: ", "validating ", "saving"))
    second.cancel()
    eventually(lambda: runs.get(second.id).is_over)
    eventually(lambda: not trainer.is_running())
    eventually(lambda: not processes(live, "supervise"))
    assert runs.wake()
    eventually(lambda: "loading Keras" in third.log(), what="the third did not begin")
    [trainer] = processes(live, "train")
    for word in ("schedule", "supervise"):
        [process] = processes(live, word)
        process.kill()
    eventually(lambda: not trainer.is_running())
    states = [
        (run.state, run.stopped_early)
        for run in map(runs.get, (r.id for r in (first, second, third)))
    ]
    assert states == [("SUCCEEDED", True), ("CANCELLED", False), ("LOST", False)]


TRY = """
import json, logging, os, sys
from augment.data.store.prepared import Prepared
from augment.runs import folders
from augment.runs.config import RunConfig
logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
from augment.errors import ConfigError
from augment.train.devices import Devices
from augment.train.loop import train
for values in json.loads(sys.argv[1]):
    try:
        Devices(RunConfig.from_dict(values))
    except ConfigError as error:
        print("refused:", error)
config = RunConfig.from_dict(json.loads(sys.argv[2]))
train(config, folders.create(sys.argv[3], config, (config.epochs,)))
"""


def trained_elsewhere(
    home: Path,
    name: str,
    refused: list[dict[str, object]],
    backend: str,
    **changes: object,
) -> tuple[str, RunFolder]:
    """Train in a process of its own, after configurations that are refused; return what it printed."""
    config = replace(CONFIG, **changes)
    wrong = json.dumps([config.to_dict() | values for values in refused])
    environment = {**os.environ, "AUGMENT_HOME": str(home), "KERAS_BACKEND": backend}
    done = subprocess.run(
        [sys.executable, "-c", TRY, wrong, json.dumps(config.to_dict()), name],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=2 * DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, RunFolder(home / "runs" / name)


def test_a_batch_is_divided_on_two_devices_in_mixed_precision(
    home_without_queue: Path, prepared: Prepared, trained: runs.Run
) -> None:
    out, folder = trained_elsewhere(
        home_without_queue,
        "two",
        [],
        "tensorflow",
        devices=2,
        precision="mixed_bfloat16",
        epochs=1,
    )
    assert "This machine has no GPU, so its CPU is divided into 2 devices" in out
    assert "tensorflow, 2 parts of the CPU, mixed_bfloat16" in out
    assert "train_losses.npz is not written on several devices" in out
    rows = folders.read_csv(folder.metrics, folders.METRICS, folders.WITHOUT_VALIDATION)
    [two], one = rows, trained.epochs()[0]
    assert two["loss"] == pytest.approx(one["loss"], abs=0.2), "not the same training"
    model = keras.saving.load_model(folder.best)
    assert model.get_layer("head").compute_dtype == "float32"
    assert model.get_layer("conv2_1").compute_dtype == "bfloat16"


def test_the_same_job_runs_on_jax(home_without_queue: Path, prepared: Prepared) -> None:
    if importlib.util.find_spec("jax") is None:
        pytest.skip("jax is not installed")
    out, folder = trained_elsewhere(home_without_queue, "jax", [{"devices": 2}], "jax", epochs=2)
    assert "refused: devices is 2, but Keras runs on jax" in out
    rows = folders.read_csv(folder.metrics, folders.METRICS, folders.WITHOUT_VALIDATION)
    assert [row["epoch"] for row in rows if "val_loss" in row] == [2]
    batches = EpochBatches(CONFIG, prepared)
    with np.load(folder.train_losses) as kept:
        np.testing.assert_array_equal(kept["ids"], batches.ids)
        assert np.nanmean(kept["losses"][1].astype(float)) == pytest.approx(
            rows[1]["loss"], abs=0.01
        )


def test_a_training_keeps_what_it_took_for_the_next_forecast(
    trained: runs.Run, training_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUGMENT_HOME", str(training_home))
    kept = json.loads(forecast.path().read_text())["measurements"]
    [figures] = [each["figures"] for each in kept if each["run"] == trained.id]
    for name in ("load_s", "step_s", "first_step_s", "validation_s", "epoch_s", "memory_bytes"):
        assert figures[name] > 0, name
    expected = forecast.forecast(CONFIG, CONFIG.prepared())
    assert expected.basis == "measured here on this very setting"
