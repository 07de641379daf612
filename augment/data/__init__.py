"""Data: named sources of pictures, prepared once into memory-mapped arrays with stable sample ids.

Nothing here imports TensorFlow; only preparing a ``tfds:`` source does, best in a process of its own
(`start_preparing`).
"""

from __future__ import annotations

from augment.data import batches, bundled
from augment.data.bundled import Photograph
from augment.data.known import names
from augment.data.sources import source
from augment.data.spec import FITS, LARGEST, SMALLEST, Source, stable_id
from augment.data.splits import SCHEMES
from augment.data.store.background import (
    Preparation,
    preparation,
    start_preparing,
    stop_preparing,
)
from augment.data.store.inventory import PreparedInfo, list_prepared, verify
from augment.data.store.prepared import Prepared, Split
from augment.data.store.preparing import open_prepared, prepare
from augment.data.store.stored import Stored

__all__ = [
    "FITS",
    "LARGEST",
    "SCHEMES",
    "SMALLEST",
    "Photograph",
    "Preparation",
    "Prepared",
    "PreparedInfo",
    "Source",
    "Split",
    "Stored",
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
    "stop_preparing",
    "verify",
]
