"""Prepared sets: what is on disk, opened as memory-mapped arrays and checked before it is used."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from augment.data.place import Place, data_home
from augment.data.sources import source
from augment.data.spec import Pixels, check_size
from augment.errors import DataError, NotPrepared

Ints = npt.NDArray[np.int64]

# All that a torn or edited file makes the readers of JSON and arrays raise.
_DAMAGE = (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """One split: `images` (N, S, S, 3) uint8 on disk, `labels` and `ids` (N,) int64, all read-only.

    `ids` are stable, distinct and have at most 53 bits; `sample_names` says what each row is.
    """

    name: str
    images: Pixels
    labels: Ints
    ids: Ints
    sample_names: list[str]
    class_count: int

    def __len__(self) -> int:
        return len(self.labels)

    def one_hot(self, rows: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Return the labels of these rows as float32, (n, K)."""
        return np.eye(self.class_count, dtype=np.float32)[self.labels[np.asarray(rows, np.int64)]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """A source prepared at one size; `upscaled` counts the pictures enlarged in each split."""

    source: str
    size: int
    class_names: tuple[str, ...]
    splits: Mapping[str, Split]
    upscaled: Mapping[str, int]
    prepared_at: str

    def split(self, name: str) -> Split:
        """Return one split, or raise a `DataError` that lists those that there are."""
        if name not in self.splits:
            raise DataError(
                f"{self.source} has no split {name!r}; its splits are {', '.join(self.splits)}."
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


@dataclass(frozen=True, kw_only=True)
class PreparedInfo:
    """A prepared set in a list: `bytes` on disk, rows per split, and its `problem`, if it has one."""

    source: str
    size: int
    bytes: int
    splits: dict[str, int]
    prepared_at: str
    problem: str = ""


def read_prepared(name: str, size: int) -> Prepared:
    """Open a prepared set, and never prepare it.

    Raises:
        NotPrepared: There is none, or an older version of the program made it.
        DataError: There is no such source or size, or what is on disk is damaged.
    """
    version, place = source(name).version, Place.of(name, check_size(size))
    try:
        if not place.index.is_file():
            raise NotPrepared(f"{name} is not prepared at {size} px; {place.advice}")
        return _read(place, version, _stamp(place.folder))
    except _DAMAGE as error:
        raise DataError(
            f"The prepared set {name} at {size} px in {place.folder} is damaged "
            f"({type(error).__name__}: {error}); {place.advice}"
        ) from error


def list_prepared() -> list[PreparedInfo]:
    """Return every prepared set, damaged ones included with their problem, by source and size."""
    found = []
    for folder in sorted(data_home().glob("*/*px")):
        try:
            index = _index(folder)
            name, size = str(index["source"]), int(index["size"])
            splits = {split: int(count) for split, count in index["splits"].items()}
            when = str(index["prepared_at"])
        except _DAMAGE:
            name, size, splits, when = folder.parent.name, _size_of(folder), {}, ""
        try:
            read_prepared(name, size)
            problem = ""
        except DataError as error:
            problem = str(error)
        used = sum(file.stat().st_size for file in folder.iterdir())
        found.append(
            PreparedInfo(
                source=name, size=size, bytes=used, splits=splits, prepared_at=when, problem=problem
            )
        )
    return sorted(found, key=lambda info: (info.source, info.size))


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    entries = sorted((file.name, file.stat()) for file in folder.iterdir())
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in entries)


# The stamp of all files is an argument, so a set that was made again or damaged is read anew.
@functools.lru_cache(maxsize=8)
def _read(place: Place, version: int, stamp: tuple[tuple[str, int, int], ...]) -> Prepared:
    index = _index(place.folder)
    if index["version"] != version:
        raise NotPrepared(
            f"{place.name} at {place.size} px was prepared by another version of this program; "
            f"{place.advice}"
        )
    names = tuple(str(name) for name in index["class_names"])
    return Prepared(
        source=place.name,
        size=place.size,
        class_names=names,
        splits={
            split: _split(place, split, int(count), len(names))
            for split, count in index["splits"].items()
        },
        upscaled={split: int(count) for split, count in index["upscaled"].items()},
        prepared_at=str(index["prepared_at"]),
    )


def _index(folder: Path) -> dict[str, Any]:
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    if not isinstance(index, dict):
        raise ValueError("index.json holds no object")
    return index


def _split(place: Place, name: str, count: int, class_count: int) -> Split:
    images = np.load(place.images(name), mmap_mode="r", allow_pickle=False)
    rows = json.loads(place.samples(name).read_text(encoding="utf-8"))
    labels, ids = np.array(rows["labels"], np.int64), np.array(rows["ids"], np.int64)
    sample_names = [str(sample) for sample in rows["names"]]
    if images.shape != (count, place.size, place.size, 3) or images.dtype != np.uint8:
        raise ValueError(f"the pictures of {name} are {images.dtype} of shape {images.shape}")
    if not len(labels) == len(ids) == len(sample_names) == count:
        raise ValueError(f"{name} has {count} pictures, but not as many labels, ids and names")
    if count and not (labels.min() >= 0 and labels.max() < class_count):
        raise ValueError(f"a label of {name} is outside the {class_count} classes")
    labels.setflags(write=False)
    ids.setflags(write=False)
    return Split(
        name=name,
        images=images,
        labels=labels,
        ids=ids,
        sample_names=sample_names,
        class_count=class_count,
    )


def _size_of(folder: Path) -> int:
    digits = folder.name.removesuffix("px")
    return int(digits) if digits.isdecimal() else 0
