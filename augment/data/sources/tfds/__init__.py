"""Sets of tensorflow-datasets with one picture and one label per record, and their download.

tensorflow-datasets and TensorFlow are imported only when a set is opened.
"""

from __future__ import annotations

from augment.data.sources.tfds.catalogue import (
    CATALOGUE,
    FLOWERS_DOWNLOAD,
    FLOWERS_FILES,
    Request,
    about,
    originals_folder,
    parse,
    prepared_folder,
    source,
)

__all__ = [
    "CATALOGUE",
    "FLOWERS_DOWNLOAD",
    "FLOWERS_FILES",
    "Request",
    "about",
    "originals_folder",
    "parse",
    "prepared_folder",
    "source",
]
