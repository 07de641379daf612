"""Finished runs of models that there never were, which predict what a test says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from augment import presets, runs
from augment.runs import Run, folders
from augment.runs.config import RunConfig
from augment.runs.evaluation import Predictions, evaluate, record_test
from augment.runs.folders import RunFolder
from augment.system import files
from tests.train.conftest import home_without_queue, prepared

__all__ = ["home_without_queue", "prepared"]

NAMES = ("rose", "tulip", "lily")
LABELS = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, 2])
IDS = np.arange(10) * 3 + 100
CONFIG = RunConfig(
    recipe=presets.PRESETS["guide"].recipe, model="small", size=32, epochs=4, batch_size=16, seed=1
)

Finished = Callable[..., Run]


def predictions(
    predicted: Sequence[int], labels: Any = LABELS, ids: Any = IDS, classes: int = len(NAMES)
) -> Predictions:
    """Return predictions that are sure of the classes that are given."""
    shares = np.full((len(predicted), classes), 0.1)
    shares[np.arange(len(predicted)), predicted] = 1.0 - 0.1 * (classes - 1)
    return Predictions.of(ids, labels, shares)


def finish(
    predicted: Sequence[int],
    *,
    test: Sequence[int] | None = None,
    labels: Any = LABELS,
    ids: Any = IDS,
    names: Sequence[str] = NAMES,
    checksum: str = "sum",
    state: dict[str, Any] | None = None,
    metrics: str = "",
    **changes: Any,
) -> Run:
    """Make a run that predicted these classes for the pictures of validation, and of test."""
    config = replace(CONFIG, **changes)
    folders.root().mkdir(parents=True, exist_ok=True)
    folder = folders.create(f"run-{len(folders.list_folders()) + 1}", config, (), checksum)
    moment = f"2026-11-28T08:00:{len(folders.list_folders()):02}+00:00"
    written = {"state": "SUCCEEDED", "started": moment, "ended": moment, "attempt": 1}
    files.write_json(folder.state, written | (state or {}))
    if metrics:
        folder.metrics.write_text(f"epoch,loss,accuracy,val_loss,val_accuracy\n{metrics}")
    known: dict[str, Any] = {"epoch": 3, "label_smoothing": 0.1}
    found = predictions(predicted, labels, ids, len(names))
    found.write(folder.predictions)
    files.write_json(folder.evaluation, evaluate(found, names, split="validation", **known))
    if test is not None:
        found = predictions(test, labels, ids, len(names))
        record_test(folder, found, names, stopped_early=False, **known)
    return runs.get(folder.id)


def folder_of(run: Run) -> RunFolder:
    return RunFolder(run.path)


@pytest.fixture
def finished(home: object) -> Finished:
    return finish
