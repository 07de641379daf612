"""Overview of a prepared set: its classes with some pictures, its duplicates, and warnings."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from augment.data import splits
from augment.data.duplicates import DuplicateReport, Duplicates, report
from augment.data.source import OFFICIAL, Ints, Pixels
from augment.data.store.cache import Cache
from augment.data.store.file_format import Stored
from augment.data.store.prepared import Prepared
from augment.system.units import counted

_reports: Cache[DuplicateReport] = Cache(4)


def class_counts(prepared: Prepared) -> dict[str, Ints]:
    """Return for each split how many pictures of each class it has, (K,) int64."""
    classes = len(prepared.class_names)
    return {
        name: np.bincount(split.labels, minlength=classes).astype(np.int64)
        for name, split in prepared.splits.items()
    }


def search(class_names: Sequence[str], text: str) -> list[int]:
    """Return the classes whose names contain every word of `text`, in any case."""
    words = text.casefold().split()
    return [
        label
        for label, name in enumerate(class_names)
        if all(word in name.casefold() for word in words)
    ]


def examples(stored: Stored, label: int, count: int) -> Ints:
    """Return at most `count` rows of a class, evenly spread over all that it has."""
    rows = np.flatnonzero(stored.labels == label)
    if len(rows) <= count:
        return rows
    return rows[np.linspace(0, len(rows) - 1, count).round().astype(np.int64)]


def small(stored: Stored, rows: Ints, most: int) -> Pixels:
    """Return these pictures with a side of at most `most` pixels: uint8, (n, side, side, 3)."""
    side = min(stored.place.size, most)
    found = np.empty((len(rows), side, side, 3), np.uint8)
    for number, row in enumerate(rows):
        picture = np.ascontiguousarray(stored.images[row])
        found[number] = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
    return found


def duplicates(prepared: Prepared) -> DuplicateReport:
    """Return which pictures are in two splits, twice in one, or in two classes."""
    stored = prepared.stored
    # As long as its files stay the same, a set in the same splits is the same object.
    return _reports.get(
        stored.place.folder,
        stored.stamp,
        prepared,
        make=lambda: _report(prepared),
        rows=lambda _: sum(map(len, prepared.splits.values())),
    )


def warnings(prepared: Prepared) -> tuple[str, ...]:
    """Return all that a user should know of a set in these splits before training on it."""
    note = () if prepared.comparable else (prepared.split_note,)
    across = across_warning(prepared)
    doubts = prepared.stored.warnings
    return (*doubts, *note, *class_warnings(prepared), *((across,) if across else ()))


def class_warnings(prepared: Prepared) -> tuple[str, ...]:
    """Return what a user should know about the classes: missing, single, imbalanced."""
    rows = {name: split.rows for name, split in prepared.splits.items() if name in OFFICIAL}
    return splits.warnings(rows, prepared.stored.labels, prepared.class_names)


def across_warning(prepared: Prepared) -> str:
    """Return a sentence on pictures that are in two splits; empty if there are none."""
    across = sum(map(len, duplicates(prepared).across.values()))
    if not across:
        return ""
    return (
        f"{counted(across, 'picture')} of one split {'is' if across == 1 else 'are'} also in another "
        "split. A model can memorise what it is evaluated on, so its results look better than they are."
    )


def _report(prepared: Prepared) -> DuplicateReport:
    stored = prepared.stored
    exact = stored.duplicate_pairs[:, 2] == 1
    found = Duplicates(
        exact=np.asarray(stored.duplicate_pairs[exact, :2]),
        near=np.asarray(stored.duplicate_pairs[~exact, :2]),
        groups=np.asarray(stored.groups),
    )
    rows = {name: split.rows for name, split in prepared.splits.items()}
    return report(found, rows, np.asarray(stored.labels))
