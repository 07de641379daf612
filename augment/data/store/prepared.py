"""Prepared sets as everybody uses them: one source at one size and fit, dealt into splits."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from augment.data import splits
from augment.data.registry import source
from augment.data.source import CROP, OFFICIAL, Ints
from augment.data.store.cache import Kept, Stamp, stamp
from augment.data.store.file_format import Stored, damage_said, open_stored, read_stored
from augment.data.store.place import Place
from augment.engine.samples import Images, Names, chosen_rows
from augment.errors import DataError, NotPrepared

SECONDS_BETWEEN_USES = 60.0

_opened: Kept[Prepared] = Kept(32)


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """One split: `images` (N, S, S, 3) uint8 on disk, `labels` and `ids` (N,) int64, all read-only.

    `ids` are stable, distinct and have at most 53 bits; `sample_names` says what each row is, and
    `rows` which row of the whole set it is.
    """

    name: str
    images: Images
    labels: Ints
    ids: Ints
    rows: Ints
    sample_names: Names
    class_count: int

    def __len__(self) -> int:
        return len(self.labels)

    def one_hot(self, rows: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Return the labels of these rows as float32, (n, K)."""
        return one_hot(self.labels[np.asarray(rows, np.int64)], self.class_count)


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """A source prepared at one size and fit, dealt into splits.

    `upscaled` counts the pictures enlarged in each split. `scheme` is what was done for the splits
    ("official", "train+validation" or "re-split"), `split_note` says it in sentences, and `comparable`
    whether figures taken with them compare with published ones.
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

    def split(self, name: str) -> Split:
        """Return one split, or raise a `DataError` that lists those that there are."""
        if name not in self.splits:
            raise DataError(
                f"{self.stored.place.called} has no split {name!r}; "
                f"its splits are {', '.join(self.splits)}."
            )
        return self.splits[name]

    @property
    def remark(self) -> str:
        """What a page should add about enlarged pictures; empty if there are none."""
        count, total = sum(self.upscaled.values()), sum(map(len, self.splits.values()))
        if not count:
            return ""
        share = "All" if count == total else f"{count:,} of the"
        return (
            f"{share} {total:,} pictures have fewer than {self.size} x {self.size} pixels in the "
            "original and were enlarged, so they are softer than others of that size."
        )


def one_hot(labels: Ints, class_count: int) -> npt.NDArray[np.float32]:
    """Return labels (n,) as float32, (n, K)."""
    shares = np.zeros((len(labels), class_count), np.float32)
    shares[np.arange(len(labels)), labels] = 1.0
    return shares


def read_prepared(
    name: str,
    size: int,
    fit: str = CROP,
    *,
    scheme: str = splits.SCHEMES[0],
    seed: int = 0,
) -> Prepared:
    """Open a prepared set, and never prepare it.

    Raises:
        NotPrepared: There is none, or an older version of the program made it.
        DataError: There is no such source, size, fit or scheme, or what is on disk is damaged.
    """
    place, version = _placed(name, size, fit)
    with damage_said(place):
        stamped = _stamp(place)
        return _opened.get(
            place.folder,
            stamped,
            (place, version, scheme, seed),
            make=lambda: _deal(open_stored(place, version, stamped), scheme, seed),
            rows=lambda dealt: sum(map(len, dealt.splits.values())),
        )


def open_whole(name: str, size: int, fit: str = CROP) -> Stored:
    """Open a prepared set, whatever its splits are, and raise as `read_prepared` does."""
    place, version = _placed(name, size, fit)
    with damage_said(place):
        return open_stored(place, version, _stamp(place))


def check_prepared(name: str, size: int, fit: str = CROP) -> None:
    """Raise as `read_prepared` would, but keep nothing open, and look only once at the same files."""
    place, version = _placed(name, size, fit)
    with damage_said(place):
        _check(place, version, _stamp(place))


def mark_used(place: Place) -> None:
    """Note that a set was used now; cheap enough for every opening, and never a reason to fail."""
    try:
        if time.time() - place.used.stat().st_mtime > SECONDS_BETWEEN_USES:
            os.utime(place.used)
    except FileNotFoundError:
        try:
            place.used.touch()
        except OSError:
            return
    except OSError:
        return


def _placed(name: str, size: int, fit: str) -> tuple[Place, int]:
    wanted = source(name)
    return Place.of(wanted.name, size, fit), wanted.version


def _stamp(place: Place) -> Stamp:
    if not place.index.is_file():
        raise NotPrepared(f"{place.called} is not prepared; {place.advice}")
    return stamp(place.folder)


# What raises is not remembered, so what was wrong with the disk for a moment is looked at again.
@functools.lru_cache(maxsize=1024)
def _check(place: Place, version: int, stamped: Stamp) -> None:
    read_stored(place, version, stamped)


def _deal(held: Stored, scheme: str, seed: int) -> Prepared:
    place = held.place
    dealt = splits.deal(held.own, held.labels, held.ids, held.groups, scheme=scheme, seed=seed)
    # What is there to be looked at, and in no split that is trained on or judged by, comes first.
    rows = dict(sorted(dealt.rows.items(), key=lambda item: item[0] in OFFICIAL))
    return Prepared(
        source=place.name,
        size=place.size,
        fit=place.fit,
        class_names=held.class_names,
        splits={name: _split(held, name, chosen) for name, chosen in rows.items()},
        scheme=dealt.scheme,
        split_note=dealt.note,
        comparable=dealt.comparable,
        upscaled={name: int(held.enlarged[chosen].sum()) for name, chosen in rows.items()},
        prepared_at=str(held.index["prepared_at"]),
        stored=held,
    )


def _split(held: Stored, name: str, chosen: Ints) -> Split:
    labels, ids = held.labels[chosen], held.ids[chosen]
    for array in (labels, ids, chosen):
        array.setflags(write=False)
    return Split(
        name=name,
        images=chosen_rows(held.images, chosen),
        labels=labels,
        ids=ids,
        rows=chosen,
        sample_names=held.names.of(chosen),
        class_count=len(held.class_names),
    )
