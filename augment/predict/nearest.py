"""The training pictures that are most like others to a model, by its features; needs Keras.

Features are what the body of the model makes of a picture, as vectors of length 1. Those of the training
pictures are kept in the folder of the run, in half precision: two vectors that differ by less are as
near to any third.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from augment.data import Split
from augment.data.batches import per_class_rows
from augment.data.source import TRAIN
from augment.engine.samples import Images
from augment.helper import Steps
from augment.predict.models import MODELS, Loaded
from augment.runs.folders import RunFolder
from augment.system import files

MOST = 20_000
"""How many training pictures are searched: of a larger split, evenly chosen ones."""

_FILE_BYTES = 200_000_000
"""The largest file of features that is read; that of 20,000 pictures has 51 MB with Lite0."""
_ROWS = 64
_BLOCK = 4096
_IN_MEMORY = 2

Features = npt.NDArray[np.float16]

_last: OrderedDict[str, Features] = OrderedDict()
"""The features used last, by `_stamp`; they are there on a full disk too."""


def nearest(
    report: Callable[[str], None], run_id: str, images: Images, count: int
) -> Steps[dict[str, Any]]:
    """Return the training pictures with the most similar features; a task of the helper process.

    It steps aside where the features of the training pictures are not known yet.

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
        DataError: The data of the run are not prepared, or the pictures are of another size.
    """
    loaded = MODELS.get(run_id, report)
    loaded.check(images)
    config = loaded.run.config
    assert config
    prepared = config.prepared()
    split = prepared.split(TRAIN)
    trained = per_class_rows(split.labels, split.ids, per_class=config.per_class, seed=config.seed)
    rows = trained[np.linspace(0, len(trained) - 1, min(MOST, len(trained))).astype(np.int64)]
    ids = np.asarray(split.ids)[rows]
    path = RunFolder(loaded.run.path).features
    stamp = f"{loaded.stamp} {prepared.stored.checksum}"
    known = _known(path, stamp, ids)
    if known is None:
        yield  # others that asked for the same may have the features by the next step
        known = _known(path, stamp, ids)
    if known is None:
        known = yield from _computed(loaded, split, rows, report)
        _keep(path, stamp, ids, known)
    report("comparing")
    asked = _unit(loaded.predictor.features(images))
    similarity = np.concatenate(
        [
            asked @ known[start : start + _BLOCK].astype(np.float32).T
            for start in range(0, len(known), _BLOCK)
        ],
        axis=1,
    )
    order = np.argsort(-similarity, axis=1, kind="stable")[:, :count]
    return {
        "ids": ids[order],
        "similarity": np.take_along_axis(similarity, order, axis=1),
        "searched": len(rows),
        "of": len(trained),
    }


def _computed(
    loaded: Loaded, split: Split, rows: npt.NDArray[np.int64], report: Callable[[str], None]
) -> Steps[Features]:
    found: list[Features] = []
    step = loaded.predictor.batch_size * max(1, _ROWS // loaded.predictor.batch_size)
    for start in range(0, len(rows), step):
        report(f"features of the training pictures: {start:,} of {len(rows):,}")
        features = loaded.predictor.features(split.images[rows[start : start + step]])
        found.append(_unit(features).astype(np.float16))
        yield
    return np.concatenate(found)


def _known(path: Path, stamp: str, ids: npt.NDArray[np.int64]) -> Features | None:
    """Return the features of these pictures, float16 (N, F), if they are in memory or in the file."""
    key = _key(path, stamp)
    if key in _last and len(_last[key]) == len(ids):
        _last.move_to_end(key)
        return _last[key]
    try:
        with files.opened(path) as file:
            content = io.BytesIO(file.read(_FILE_BYTES))
        with np.load(content, allow_pickle=False) as arrays:
            if str(arrays["stamp"]) != stamp or not np.array_equal(arrays["ids"], ids):
                return None
            features = np.asarray(arrays["features"])
    except (
        # There is none, or what is there is no file of features, or a damaged one: it is only a cache.
        *(OSError, files.DamagedFile, zipfile.BadZipFile, zlib.error, EOFError),
        *(KeyError, ValueError, NotImplementedError, RuntimeError, MemoryError),
    ):
        return None
    if features.dtype != np.float16 or features.ndim != 2 or len(features) != len(ids):
        return None
    _remember(key, features)
    return features


def _keep(path: Path, stamp: str, ids: npt.NDArray[np.int64], features: Features) -> None:
    _remember(_key(path, stamp), features)
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, stamp=np.array(stamp), ids=ids, features=features)
    try:
        files.write_bytes(path, content.getbuffer())
    except OSError:
        return  # on a full disk they are computed anew by the next process


def _remember(key: str, features: Features) -> None:
    _last[key] = features
    _last.move_to_end(key)
    while len(_last) > _IN_MEMORY:
        _last.popitem(last=False)


def _key(path: Path, stamp: str) -> str:
    return f"{path} {stamp}"


def _unit(features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.maximum(lengths, 1e-12), np.float32)
