"""Any set of tensorflow-datasets that has one picture and one label a row, and its download.

The library is imported only where a set is listed, because it brings TensorFlow along.
"""

from __future__ import annotations

from augment.data.tfds.catalogue import (
    CATALOGUE,
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
    "FLOWERS_FILES",
    "Request",
    "about",
    "originals_folder",
    "parse",
    "prepared_folder",
    "source",
]
