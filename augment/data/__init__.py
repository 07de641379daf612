"""Data: named sources of pictures, prepared once into memory-mapped arrays with stable sample ids.

Nothing here imports TensorFlow; only preparing a ``tfds:`` source does, best in a process of its own
(`start_preparing`).
"""

from __future__ import annotations

from augment.data import batches
from augment.data.registry import names, source
from augment.data.source import FITS, LARGEST, SMALLEST, Source, stable_id
from augment.data.sources import bundled
from augment.data.sources.bundled import Photograph
from augment.data.splits import SCHEMES
from augment.data.store.background import Preparation, preparation, start_preparing, stop_preparing
from augment.data.store.build import open_prepared, prepare
from augment.data.store.file_format import Stored
from augment.data.store.inventory import PreparedInfo, list_prepared, verify
from augment.data.store.prepared import Prepared, Split

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
