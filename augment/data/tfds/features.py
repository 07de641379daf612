"""Which feature of a tfds set is the picture and which its label, and what its splits are here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from augment.data.source import POOL, TEST, TRAIN, VALIDATION
from augment.errors import DataError

OFFICIAL_NAMES = {
    "train": TRAIN,
    "training": TRAIN,
    "validation": VALIDATION,
    "val": VALIDATION,
    "valid": VALIDATION,
    "dev": VALIDATION,
    "test": TEST,
    "testing": TEST,
}
"""What sets call the splits that everybody knows; of two that mean the same the first one counts."""

FILE_NAMES = ("file_name", "filename", "image/filename", "image/file_name", "image_name")
_MOST_FEATURES_TOLD = 8


@dataclass(frozen=True, kw_only=True)
class Roles:
    """The features that matter: the picture, its label, and its name where there may be one."""

    image: str
    label: str
    name: str | None
    class_names: tuple[str, ...]


def roles(library: Any, builder: Any) -> Roles:
    """Find the one picture and the one label of a set.

    Raises:
        DataError: It is no set of pictures with one label each; the message says what it has.
    """
    kinds, info = library.features, builder.info
    features = dict(info.features.items()) if isinstance(info.features, kinds.FeaturesDict) else {}
    # Labelled masks and the like are images by descent, so the very class is asked for.
    images = [name for name, feature in features.items() if type(feature) is kinds.Image]
    labels = [name for name, feature in features.items() if type(feature) is kinds.ClassLabel]
    image, label = (*(info.supervised_keys or ()), None, None)[:2]
    if image in images and label in labels:
        images, labels = [image], [label]
    if len(images) != 1 or len(labels) != 1:
        raise DataError(
            f"{builder.name} is no set of pictures with one label each: it has {_told(features)}, "
            "but exactly one Image and one ClassLabel are needed."
        )
    level = np.dtype(features[images[0]].np_dtype)
    if level.kind == "f":
        raise DataError(
            f"The pictures of {builder.name} are numbers of the kind {level}, but "
            "only pictures of 8 or 16 bits a level are allowed."
        )
    if not features[labels[0]].num_classes:
        raise DataError(f"{builder.name} does not say which classes it has, so it cannot be used.")
    texts = [name for name, feature in features.items() if type(feature) is kinds.Text]
    return Roles(
        image=images[0],
        label=labels[0],
        name=next((name for name in FILE_NAMES if name in texts), None),
        class_names=tuple(features[labels[0]].names),
    )


def splits(builder: Any) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return by our name what the set calls each split, and a sentence for each that is left out.

    A set with one split alone has none of its own: that one is the pool.

    Raises:
        DataError: None of several splits is one that everybody knows, or all are empty.
    """
    counts: Mapping[str, int] = {
        str(name): int(row.num_examples) for name, row in builder.info.splits.items()
    }
    filled = [name for name, count in counts.items() if count]
    found: dict[str, str] = {}
    for theirs, ours in OFFICIAL_NAMES.items():
        if theirs in filled:
            found.setdefault(ours, theirs)
    if not found and len(filled) == 1:
        found = {POOL: filled[0]}
    if not found:
        told = ", ".join(counts) or "none"
        raise DataError(
            f"The splits of {builder.name} are {told}, but one of them must be called train."
        )
    if len(found) == 1:
        found = {POOL: next(iter(found.values()))}
    left_out = (name for name in counts if name not in found.values())
    return found, tuple(
        f"The split {name} of {builder.name}, {counts[name]:,} pictures, is left out: only train, "
        "validation and test are used."
        for name in left_out
    )


def _told(features: Mapping[str, Any]) -> str:
    told = [f"{name} ({type(feature).__name__})" for name, feature in sorted(features.items())]
    more = len(told) - _MOST_FEATURES_TOLD
    if more > 0:
        told = [*told[:_MOST_FEATURES_TOLD], f"{more} more"]
    return ", ".join(told) or "no named features"
