"""The training pictures that are most like others to a model, by its features; needs Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from augment.data.source import TRAIN
from augment.engine.samples import Images
from augment.predict.models import MODELS

MOST = 20_000
"""How many training pictures are searched: of a larger split, evenly chosen ones."""


def nearest(
    report: Callable[[str], None], run_id: str, images: Images, count: int
) -> dict[str, Any]:
    """Return the training pictures with the most similar features; a task of the helper process.

    Args:
        report: Called with what is being done.
        run_id: The run.
        images: uint8 (N, S, S, 3), RGB, at the size of the run.
        count: How many of each, at most.

    Returns:
        ``ids``, int64 (N, count), the ids of training pictures, the most similar first; ``similarity``,
        float32 (N, count), the cosine of the angle between their features; ``searched`` and ``of``, how
        many training pictures were looked at, and how many there are.

    Raises:
        RunError: The run has no model that can be loaded.
        DataError: The data of the run are not prepared.
    """
    loaded = MODELS.get(run_id, report)
    assert loaded.run.config
    split = loaded.run.config.prepared().split(TRAIN)
    rows = np.unique(np.linspace(0, len(split) - 1, min(MOST, len(split))).astype(np.int64))
    report("computing features")
    known = _unit(loaded.predictor.features(split.images[rows]))
    asked = _unit(loaded.predictor.features(images))
    similarity = asked @ known.T
    order = np.argsort(-similarity, axis=1, kind="stable")[:, :count]
    return {
        "ids": split.ids[rows][order],
        "similarity": np.take_along_axis(similarity, order, axis=1),
        "searched": len(rows),
        "of": len(split),
    }


def _unit(features: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.maximum(lengths, 1e-12), np.float32)
