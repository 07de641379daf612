"""Prepared sets as the rest of the program uses them: one source at one size and fit, in splits."""

from __future__ import annotations

import contextlib
import functools
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from augment.data import splits
from augment.data.registry import source
from augment.data.source import CROP, OFFICIAL, Ints
from augment.data.splits import NOTHING
from augment.data.store.cache import Cache, Stamp, stamp
from augment.data.store.file_format import SampleNames, Stored, damage_as_error, read_stored
from augment.data.store.place import Place
from augment.engine.samples import Images, chosen_rows, one_hot_rows
from augment.errors import DataError, NotPrepared

SECONDS_BETWEEN_USES = 60.0

_stored: Cache[Stored] = Cache(32)
_prepared: Cache[Prepared] = Cache(32)


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """One split of a prepared set; all arrays are read-only.

    Attributes:
        name: The name of the split.
        images: uint8 (N, S, S, 3), on disk.
        labels: int64 (N,).
        ids: int64 (N,), stable and distinct, of at most 53 bits.
        rows: int64 (N,), the rows of the whole set.
        sample_names: The name of each original.
        class_count: The number of classes, K.
    """

    name: str
    images: Images
    labels: Ints
    ids: Ints
    rows: Ints
    sample_names: SampleNames
    class_count: int

    def __len__(self) -> int:
        return len(self.labels)

    def one_hot(self, rows: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Return the labels of these rows as float32, (n, K)."""
        return one_hot_rows(self.labels, self.class_count)[np.asarray(rows, np.int64)]


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """A source prepared at one size and fit, in splits.

    Attributes:
        source: The name of the source.
        size: In pixels.
        fit: How pictures became square, "crop" or "stretch".
        class_names: The names of the classes.
        splits: The splits by name.
        scheme: How the splits were made: "official", "train+validation" or "re-split".
        split_note: The same in sentences.
        comparable: Whether figures measured with these splits compare with published ones.
        upscaled: How many pictures of each split were enlarged.
        prepared_at: When the set was prepared, ISO 8601 in UTC.
        stored: The set without its splits.
        leave_out: Which pictures the splits leave out: "nothing", "conflicts" or "duplicates".
        left_out: The rows of the whole set that each split would have besides; no entry is empty.
    """

    source: str
    size: int
    fit: str
    class_names: tuple[str, ...]
    splits: Mapping[str, Split]
    scheme: str
    split_note: str
    comparable: bool
    upscaled: Mapping[str, int]
    prepared_at: str
    stored: Stored
    leave_out: str = NOTHING
    left_out: Mapping[str, Ints] = field(default_factory=dict)

    def split(self, name: str) -> Split:
        """Return one split, or raise a `DataError` that lists the splits."""
        if name not in self.splits:
            raise DataError(
                f"{self.stored.place.label} has no split {name!r}; "
                f"its splits are {', '.join(self.splits)}."
            )
        return self.splits[name]

    @property
    def remark(self) -> str:
        """A sentence about enlarged pictures; empty if there are none."""
        count, total = sum(self.upscaled.values()), sum(map(len, self.splits.values()))
        if not count:
            return ""
        share = "All" if count == total else f"{count:,} of the"
        return (
            f"{share} {total:,} pictures have fewer than {self.size} x {self.size} pixels in the "
            "original and were enlarged, so they are softer than others of that size."
        )


def read_prepared(
    name: str,
    size: int,
    fit: str = CROP,
    *,
    scheme: str = splits.SCHEMES[0],
    seed: int = 0,
    leave_out: str = NOTHING,
) -> Prepared:
    """Open a prepared set, and never prepare it.

    Raises:
        NotPrepared: There is none, or an older version of the program prepared it.
        DataError: There is no such source, size, fit or scheme, the files are damaged, or a newer version
            of the program prepared them.
    """
    stored = open_stored(name, size, fit)
    with damage_as_error(stored.place):
        return _prepared.get(
            stored.place.folder,
            stored.stamp,
            (stored.place, scheme, seed, leave_out),
            make=lambda: _assigned(stored, scheme, seed, leave_out),
            rows=lambda prepared: sum(map(len, prepared.splits.values())),
        )


def open_stored(name: str, size: int, fit: str = CROP) -> Stored:
    """Open a prepared set without its splits; raises as `read_prepared` does."""
    place, version = _located(name, size, fit)
    with damage_as_error(place):
        stamped = _stamp(place)
        return _stored.get(
            place.folder,
            stamped,
            (place, version),
            make=lambda: read_stored(place, version, stamped),
            rows=lambda stored: len(stored.labels),
        )


def check_prepared(name: str, size: int, fit: str = CROP) -> None:
    """Raise as `read_prepared` does, but keep nothing open; the same files are checked once."""
    place, version = _located(name, size, fit)
    with damage_as_error(place):
        _check(place, version, _stamp(place))


# Exceptions are not cached, so a failure of the disk that has passed is forgotten.
@functools.lru_cache(maxsize=1024)
def _check(place: Place, version: int, stamped: Stamp) -> None:
    read_stored(place, version, stamped)


def mark_used(place: Place) -> None:
    """Note that a set is used now, at most once a minute; an error of the disk is ignored."""
    try:
        if time.time() - place.used.stat().st_mtime > SECONDS_BETWEEN_USES:
            os.utime(place.used)
    except FileNotFoundError:
        with contextlib.suppress(OSError):
            place.used.touch()
    except OSError:
        return


def _located(name: str, size: int, fit: str) -> tuple[Place, int]:
    found = source(name)
    return Place.of(found.name, size, fit), found.version


def _stamp(place: Place) -> Stamp:
    if not place.index.is_file():
        raise NotPrepared(f'{place.label} is not prepared; run "{place.command}".')
    return stamp(place.folder)


def _assigned(stored: Stored, scheme: str, seed: int, leave_out: str) -> Prepared:
    assigned = splits.assign_splits(
        stored.own,
        stored.labels,
        stored.ids,
        stored.groups,
        scheme=scheme,
        seed=seed,
        leave_out=leave_out,
        copies=stored.copies,
    )
    # Splits that are only to be looked at come before those that are trained on and evaluated.
    rows = dict(sorted(assigned.rows.items(), key=lambda item: item[0] in OFFICIAL))
    return Prepared(
        source=stored.place.name,
        size=stored.place.size,
        fit=stored.place.fit,
        class_names=stored.class_names,
        splits={name: _split(stored, name, chosen) for name, chosen in rows.items()},
        scheme=assigned.scheme,
        split_note=assigned.note,
        comparable=assigned.comparable,
        upscaled={name: int(stored.enlarged[chosen].sum()) for name, chosen in rows.items()},
        prepared_at=stored.prepared_at,
        stored=stored,
        leave_out=leave_out,
        left_out=assigned.left_out,
    )


def _split(stored: Stored, name: str, chosen: Ints) -> Split:
    labels, ids = stored.labels[chosen], stored.ids[chosen]
    for array in (labels, ids, chosen):
        array.setflags(write=False)
    return Split(
        name=name,
        images=chosen_rows(stored.images, chosen),
        labels=labels,
        ids=ids,
        rows=chosen,
        sample_names=stored.names.of(chosen),
        class_count=len(stored.class_names),
    )
