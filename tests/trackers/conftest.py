"""A finished run to export, written without a training, and TensorBoard's readers without TensorFlow."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from augment.runs import folders
from augment.runs.evaluation import record_test
from augment.runs.folders import RunFolder
from augment.system import files
from tests.cli.conftest import Cli, cli, shared_home
from tests.run_results import predicted, prepared_of, with_results
from tests.runs.conftest import CONFIG, live

__all__ = ["cli", "live", "shared_home"]

# TensorBoard then reads with its own code, and starts no TensorFlow, which takes seconds.
sys.modules.setdefault("tensorboard.compat.notf", ModuleType("tensorboard.compat.notf"))

STARTED = "2026-11-28T10:00:00+00:00"
METRICS = "epoch,loss,accuracy,val_loss,val_accuracy\n"
STEPS = "epoch,step,steps_per_epoch,seconds,waited,loss,accuracy\n"


@pytest.fixture
def run(cli: Cli, shared_home: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A finished run of two epochs, the first of four steps, the second of five, in a home of its own."""
    (shared_home / "data").mkdir(exist_ok=True)
    home.mkdir()
    (home / "data").symlink_to(shared_home / "data")  # the photographs are prepared once
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME"):
        monkeypatch.delenv(name, raising=False)
    return written("2026-x")


def written(run_id: str, *, seed: int = 3, sweep: dict[str, object] | None = None) -> RunFolder:
    """Write a finished run with everything that a run can have."""
    config = replace(CONFIG, splits="re-split", epochs=2, seed=seed)
    folder = folders.create(run_id, config, sweep=sweep)
    ended = "2026-11-28T10:05:00+00:00"
    files.write_json(folder.state, {"state": "SUCCEEDED", "started": STARTED, "ended": ended})
    folder.metrics.write_text(f"{METRICS}1,2.5,0.25,,\n2,1.5,0.5,1.25,0.75\n")
    folder.steps.write_text(
        f"{STEPS}1,1,4,1.5,0,3.5,0.125\n1,4,4,3,0,2.5,0.25\n2,1,5,4,0,2,0.25\n2,5,5,6,1,1.5,0.5\n"
    )
    with_results(folder)
    prepared = prepared_of(folder)
    given = (predicted(prepared, "test"), prepared.class_names)
    record_test(folder, *given, epoch=1, label_smoothing=0.1, stopped_early=False)
    return folder


def content_of(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
