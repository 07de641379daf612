"""The training pictures that a model finds most alike; needs Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from augment import runs
from augment.data.source import TRAIN
from augment.engine.samples import Images
from augment.errors import RunError
from augment.predict.models import MODELS

MOST = 20_000


def nearest(
    report: Callable[[str], None], run_id: str, images: Images, count: int
) -> dict[str, Any]:
    """Return the nearest training pictures by cosine similarity; a task of the helper process."""
    run = runs.get(run_id)
    if run.config is None:
        raise RunError(f"The run {run.id} cannot be used: {run.problem}")
    report("loading the model")
    predictor = MODELS.get(run_id).predictor
    split = run.config.prepared().split(TRAIN)
    rows = np.unique(np.linspace(0, len(split) - 1, min(MOST, len(split))).astype(np.int64))
    report("features of the training pictures")
    known = _directions(predictor.features(split.images[rows]))
    similarity = _directions(predictor.features(images)) @ known.T
    order = np.argsort(-similarity, axis=1, kind="stable")[:, :count]
    return {
        "ids": split.ids[rows][order],
        "similarity": np.take_along_axis(similarity, order, axis=1),
        "searched": len(rows),
        "of": len(split),
    }


def _directions(features: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.maximum(lengths, 1e-12), np.float32)
