"""All prepared sets on the disk: listing, verifying and removing them."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from augment.data import registry
from augment.data.source import CROP, Progress
from augment.data.store import cache, file_format
from augment.data.store.place import (
    Place,
    acquire_unless_preparing,
    data_home,
    places,
    root_of,
)
from augment.data.store.prepared import check_prepared, open_stored
from augment.errors import DataError
from augment.system import files


@dataclass(frozen=True, kw_only=True)
class PreparedInfo:
    """A prepared set in a list.

    Attributes:
        source: The name of the source.
        size: In pixels.
        fit: How pictures became square.
        bytes: On disk, with what preparing it again left beside it.
        splits: How many pictures each of the source's own splits has.
        prepared_at: ISO 8601 in UTC.
        last_used: When it was last opened, ISO 8601 in UTC; empty if never.
        problem: Why it cannot be opened; empty if it can.
        per_second: How many pictures a second were prepared; 0 if that is not known.
        unfinished: There is no complete set; `bytes` are those of what there is.
    """

    source: str
    size: int
    fit: str
    bytes: int
    splits: dict[str, int]
    prepared_at: str
    last_used: str = ""
    problem: str = ""
    unfinished: bool = False
    per_second: float = 0.0


def list_prepared() -> list[PreparedInfo]:
    """Return every set on disk by source, size and fit, also damaged and unfinished ones."""
    cache.drop_stale()
    found = []
    for root in sorted(data_home().iterdir()):
        for place in places(registry.remembered(root) or root.name, root):
            _finish_removing(place)
            if any(folder.is_dir() for folder in _folders(place)):
                found.append(_info(place))
    return sorted(found, key=lambda info: (info.source, info.size, info.fit))


def prepared_sizes(name: str) -> tuple[int, ...]:
    """Return the sizes at which there is a set of this source, complete or not, smallest first.

    Only names of folders are read, so a page may call this in every run.

    Raises:
        DataError: The folder of prepared data cannot be created.
    """
    found = places(name, root_of(name))
    return tuple(
        sorted({each.size for each in found if each.folder.is_dir() or each.part.is_dir()})
    )


def verify(name: str, size: int, fit: str = CROP, progress: Progress | None = None) -> None:
    """Compare every file of a set with the checksums taken when it was prepared.

    Raises:
        NotPrepared: There is no such set.
        DataError: A checksum does not match, the set was removed meanwhile, or it cannot be read.
    """
    place = open_stored(name, size, fit).place
    try:
        with file_format.damage_as_error(place, again=True):
            file_format.compare_checksums(place, progress or (lambda done, total, what: None))
    except DataError as error:
        if place.folder.is_dir():
            raise
        raise DataError(f"{place.label} was removed while it was verified.") from error


def remove(name: str, size: int, fit: str = CROP) -> int:
    """Remove a set, complete or not, and return how many bytes that frees.

    An added source of which no set is left is no longer offered.
    A process that has it open can go on reading; the disk space is free when the last one closes it.
    `augment.runs.removal` refuses to remove what a run needs.

    Raises:
        DataError: There is nothing to remove, it is being prepared, or the disk refuses.
    """
    place = Place.of(name, size, fit)
    # The set itself last: while it is there, nothing else is taken for it.
    folders = [folder for folder in (place.gone, *_folders(place)[::-1]) if folder.is_dir()]
    if not folders:
        raise DataError(f"There is nothing prepared of {place.label}.")
    try:
        lock = acquire_unless_preparing(place)
        if lock is None:
            raise DataError(
                f"{place.label} is being prepared; stop that first, or wait until it is done."
            )
        with lock:
            freed = sum(map(_bytes, folders))
            for folder in folders:
                if folder != place.gone:
                    folder.rename(place.gone)  # in one step, so that nobody opens half of it
                shutil.rmtree(place.gone)
            for file in (place.progress, place.used, place.log, place.cancel):
                file.unlink(missing_ok=True)
        registry.forget(name)
    except OSError as error:
        raise DataError(
            f"{place.label} in {place.root} cannot be removed ({error.strerror or error})."
        ) from error
    finally:
        cache.drop_stale()
    return freed


def _folders(place: Place) -> tuple[Path, ...]:
    return place.folder, place.part, place.old


def _finish_removing(place: Place) -> None:
    """Remove what a process that was killed while it removed the set left."""
    if place.gone.is_dir() and (lock := files.acquire(place.lock)):
        with lock:
            shutil.rmtree(place.gone, ignore_errors=True)


def _info(place: Place) -> PreparedInfo:
    name, complete, when, problem = place.name, place.folder.is_dir(), "", ""
    splits: dict[str, int] = {}
    pace = 0.0
    if complete:
        try:
            with file_format.damage_as_error(place):
                name, when, splits, pace = file_format.read_summary(place)
            check_prepared(name, place.size, place.fit)
        except DataError as error:
            problem = str(error)
    return PreparedInfo(
        source=name,
        size=place.size,
        fit=place.fit,
        bytes=sum(map(_bytes, _folders(place))),
        splits=splits,
        prepared_at=when,
        last_used=_last_used(place.used) if complete else "",
        problem=problem,
        unfinished=not complete,
        per_second=pace,
    )


def _last_used(file: Path) -> str:
    try:
        return datetime.fromtimestamp(file.lstat().st_mtime, UTC).isoformat(timespec="seconds")
    except FileNotFoundError:
        return ""


def _bytes(folder: Path) -> int:
    total = 0
    # A journal is deleted when its set is complete, and a set may be removed, at any moment.
    with contextlib.suppress(FileNotFoundError):
        for file in folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                total += file.lstat().st_size
    return total
