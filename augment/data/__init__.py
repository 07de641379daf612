"""Data: named sources of pictures, prepared once into memory-mapped arrays with stable sample ids.

Nothing here imports TensorFlow; only preparing a ``tfds:`` source does, best in a process of its own
(`start_preparing`).
"""

from __future__ import annotations

from augment.data import batches, bundled
from augment.data.background import Preparation, preparation, start_preparing
from augment.data.bundled import Photograph
from augment.data.prepared import Prepared, PreparedInfo, Split, list_prepared
from augment.data.preparing import open_prepared, prepare
from augment.data.sources import names, source
from augment.data.spec import LARGEST, SMALLEST, Source, stable_id

__all__ = [
    "LARGEST",
    "SMALLEST",
    "Photograph",
    "Preparation",
    "Prepared",
    "PreparedInfo",
    "Source",
    "Split",
    "batches",
    "bundled",
    "list_prepared",
    "names",
    "open_prepared",
    "preparation",
    "prepare",
    "source",
    "stable_id",
    "start_preparing",
]
