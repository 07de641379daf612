"""Overview of a prepared set: its classes with some pictures, its duplicates, and warnings."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from augment.data import splits
from augment.data.duplicates import DuplicateReport, Duplicates, Pairs, report
from augment.data.source import OFFICIAL, Ints, Pixels
from augment.data.store.cache import Cache
from augment.data.store.file_format import Stored
from augment.data.store.prepared import Prepared
from augment.system.units import counted

INCOMPLETE = "So many pictures are alike here that not all near-duplicates were searched for."
"""What is to be known where `Stored.duplicates_complete` is false."""

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


def duplicate_places(prepared: Prepared) -> dict[str, Pairs]:
    """Return the pairs of duplicates by where they are, as "train and test" or "within train".

    Pairs whose labels differ are there again, as "with two labels". No entry is empty.
    """
    found = duplicates(prepared)
    places = {f"{one} and {other}": pairs for (one, other), pairs in found.across.items()}
    places |= {f"within {split}": pairs for split, pairs in found.within.items()}
    return places | ({"with two labels": found.labels} if len(found.labels) else {})


def warnings(prepared: Prepared) -> tuple[str, ...]:
    """Return all that a user should know of a set in these splits before training on it."""
    note = () if prepared.comparable else (prepared.split_note,)
    found = filter(None, (conflict_warning(prepared), across_warning(prepared)))
    return (*prepared.stored.warnings, *note, *class_warnings(prepared), *found)


def conflicts(prepared: Prepared) -> int:
    """Return how many pictures of the splits are there under two labels, as "conflicts" leaves out."""
    stored = prepared.stored
    rows = np.concatenate([*(split.rows for split in prepared.splits.values())])
    return int(splits.are_in_conflict(stored.groups[rows], stored.labels[rows]).sum())


def conflict_warning(prepared: Prepared) -> str:
    """Return a sentence on pictures that are there under two labels; empty if there are none."""
    count = conflicts(prepared)
    if not count:
        return ""
    return (
        f"{counted(count, 'picture')} are there under two labels: one of the labels is wrong, a model "
        f"learns both, and where they are evaluated no answer can be right. Leave out {splits.CONFLICTS} "
        "does without them."
    )


class Fault(NamedTuple):
    """A picture that is not as it should be, as a line of a list to work through.

    Attributes:
        file: Its name; empty where it cannot be read, as `what` has the name then.
        label: Its class.
        split: The split that it is in, or would be in if it were not left out.
        what: "two labels", "in two splits", "copy", "near-duplicate", or why it cannot be read.
        other: The name of the picture that it is a duplicate of.
        other_label: The class of that one.
        other_split: Its split.
    """

    file: str
    label: str = ""
    split: str = ""
    what: str = ""
    other: str = ""
    other_label: str = ""
    other_split: str = ""


def faults(prepared: Prepared) -> list[Fault]:
    """Return every picture under two labels, then those in two splits, the other copies, the bad files.

    Pictures that are left out are in the list.
    """
    stored = prepared.stored
    split_of = dict[int, str]()
    for name, split in prepared.splits.items():
        split_of |= dict.fromkeys(split.rows.tolist(), name)
    for name, left_out in prepared.left_out.items():
        split_of |= dict.fromkeys(left_out.tolist(), name)
    every = np.array(sorted(split_of), np.int64)
    groups, copies = stored.groups, stored.copies
    sizes = np.bincount(groups[every], minlength=len(groups))
    members = dict[int, list[int]]()
    for row in every[sizes[groups[every]] > 1].tolist():
        members.setdefault(int(groups[row]), []).append(row)
    found: dict[str, list[Fault]] = {"two labels": [], "in two splits": [], "copy": []}
    for rows in members.values():
        for row in rows:
            differing = [one for one in rows if stored.labels[one] != stored.labels[row]]
            equal = [one for one in rows if one < row and copies[one] == copies[row]]
            before = equal or [one for one in rows if one < row]
            if differing:
                what, other = "two labels", differing[0]
            elif not before:
                continue  # it is named as the other one of those that follow
            else:
                elsewhere = [one for one in before if split_of[one] != split_of[row]]
                what, other = ("in two splits", elsewhere[0]) if elsewhere else ("copy", before[0])
            kind = what
            if copies[other] != copies[row]:
                what = "near-duplicate" if what == "copy" else f"{what}, near-duplicate"
            found[kind].append(
                Fault(
                    *_described(prepared, row, split_of),
                    what,
                    *_described(prepared, other, split_of),
                )
            )
    bad = [Fault("", what=sentence) for sentence in stored.problems]
    return [*itertools.chain.from_iterable(found.values()), *bad]


def faults_csv(prepared: Prepared) -> bytes:
    """Return `faults` as a CSV file in UTF-8, with a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Fault._fields)
    writer.writerows(faults(prepared))
    return text.getvalue().encode("utf-8", "surrogateescape")


def _described(prepared: Prepared, row: int, split_of: Mapping[int, str]) -> tuple[str, str, str]:
    stored = prepared.stored
    return stored.names[row], prepared.class_names[stored.labels[row]], split_of[row]


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
