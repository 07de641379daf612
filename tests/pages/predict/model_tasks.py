"""Tasks for the helper process in place of a model: it tells dark pictures from light ones."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from augment import runs
from augment.data.source import TRAIN
from augment.engine.samples import Images
from augment.errors import RunError
from augment.home import runs_home

TASKS = {name: f"tests.pages.predict.model_tasks:{name}" for name in ("predict", "nearest")}
CLASSES = 11
LIGHT, DARK = 2, 7
"""What it takes a light picture for, and a dark one."""

Report = Callable[[str], None]


def predict(report: Report, run_id: str, images: Images) -> np.ndarray:
    """Answer once there is no file "hold"; a run called "damaged" has no model that can be loaded."""
    report("predicting")
    while (runs_home().parent / "hold").exists():
        time.sleep(0.01)
    if run_id == "damaged":
        raise RunError("The model of the run damaged (best.keras) cannot be loaded: it is damaged.")
    light = images.mean(axis=(1, 2, 3)) > 127
    shares = np.full((len(images), CLASSES), 0.02)
    shares[np.arange(len(images)), np.where(light, LIGHT, DARK)] = 0.8
    return np.log(shares).astype(np.float32)


def nearest(report: Report, run_id: str, images: Images, count: int) -> dict[str, Any]:
    """Return the first training pictures."""
    config = runs.get(run_id).config
    assert config
    split = config.prepared().split(TRAIN)
    return {
        "ids": np.tile(split.ids[:count], (len(images), 1)),
        "similarity": np.tile(np.linspace(0.9, 0.5, count, dtype=np.float32), (len(images), 1)),
        "searched": len(split) - 1,
        "of": len(split),
    }
