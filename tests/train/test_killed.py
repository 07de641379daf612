"""A training that is killed and resumed through the command line ends as if nothing had happened."""

from __future__ import annotations

import time
from dataclasses import fields, replace
from pathlib import Path

import psutil
import pytest

from augment import runs
from augment.data.store.prepared import Prepared
from augment.runs import folders
from augment.runs.folders import RunFolder
from augment.train import RunConfig
from tests.cli.conftest import Cli, process
from tests.runs.conftest import eventually, processes
from tests.train.conftest import CONFIG

__all__ = ["process"]

pytest.importorskip("keras")

pytestmark = pytest.mark.slow


def options_of(config: RunConfig) -> list[object]:
    """Return a configuration as options of ``train``."""
    names = [item.name for item in fields(config) if item.name not in ("recipe", "name")]
    return [
        word for name in names for word in (f"--{name.replace('_', '-')}", getattr(config, name))
    ]


def kill_in_epoch(epoch: int, folder: RunFolder, tree: list[psutil.Process]) -> None:
    """Kill the processes of a run as soon as its first step of an epoch is recorded."""
    begun, deadline = f"\n{epoch},1,".encode(), time.monotonic() + 90
    while not (folder.steps.exists() and begun in folder.steps.read_bytes()):
        assert time.monotonic() < deadline, "the training did not get so far"
        time.sleep(0.001)
    for one in tree:
        one.kill()
    assert psutil.wait_procs(tree, timeout=30)[1] == []


def test_killed_in_epoch_2_of_3_it_ends_with_the_same_files(
    training_home: Path,
    home_without_queue: Path,
    prepared: Prepared,
    process: Cli,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Trainer and supervisor are killed with SIGKILL at once, as when a machine is switched off."""
    from augment.train.loop import train

    monkeypatch.setenv("AUGMENT_HOME", str(training_home))
    config = replace(CONFIG, epochs=3, batch_size=8)
    home = {"AUGMENT_HOME": str(training_home)}
    submitted = process("train", "--recipe", "guide", *options_of(config), "--json", **home)
    folder = RunFolder(Path(submitted.document["path"]))
    eventually(lambda: processes(training_home, "train"))
    words = ("supervise", "train")
    kill_in_epoch(2, folder, [one for word in words for one in processes(training_home, word)])
    assert len(folder.metrics.read_text().splitlines()) == 2, "it was not killed in epoch 2"
    assert (runs.get(folder.id).state, runs.get(folder.id).attempt) == ("LOST", 1)
    resumed = process("runs", "resume", folder.id, "--wait", "--json", **home)
    assert resumed.code == 0, resumed.err
    assert (resumed.document["state"], resumed.document["attempt"]) == ("SUCCEEDED", 2)
    assert "resumed after epoch 1\n" in folder.log.read_text().rpartition("attempt 2\n")[2]
    # In this process, and never interrupted:
    monkeypatch.setenv("AUGMENT_HOME", str(home_without_queue))
    whole = folders.create("whole", config, folder.read_spec()["validated_epochs"])
    train(config, whole)
    for name in ("metrics.csv", "predictions.npz", "train_losses.npz", "evaluation.json"):
        assert (folder.path / name).read_bytes() == (whole.path / name).read_bytes(), name
    seconds = [row["seconds"] for row in folders.read_csv(folder.steps)]
    assert seconds == sorted(seconds), "the clock of the steps was set back"
    assert not list(folder.path.glob("*state.npz"))
