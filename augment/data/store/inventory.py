"""What is prepared: its size, its last use, whether it is whole; and removing it."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import filelock

from augment.data import known
from augment.data.spec import CROP, FITS, Progress
from augment.data.store.place import Place, data_home, read_json
from augment.data.store.prepared import read_prepared
from augment.data.store.stored import DAMAGE, read_index
from augment.errors import DataError


@dataclass(frozen=True, kw_only=True)
class PreparedInfo:
    """A prepared set in a list: `bytes` on disk, rows per split, and its `problem`, if it has one.

    `last_used` is when it was last opened, empty if never; `unfinished` says that preparing it was
    stopped, and that `bytes` are what is there so far. Times are ISO 8601 in UTC.
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


def list_prepared() -> list[PreparedInfo]:
    """Return every set on disk by source, size and fit: damaged and unfinished ones are said to be so."""
    found = []
    for root in sorted(data_home().iterdir()):
        if not root.is_dir():
            continue
        for folder in sorted(root.glob("*px*")):
            if folder.is_dir() and (info := _info(root, folder)) is not None:
                found.append(info)
    return sorted(found, key=lambda info: (info.source, info.size, info.fit))


def verify(name: str, size: int, fit: str = CROP, progress: Progress | None = None) -> None:
    """Read a set whole and compare every byte with the checksums taken when it was prepared.

    Raises:
        NotPrepared: There is no such set.
        DataError: It is not what it was.
    """
    held = read_prepared(name, size, fit).stored
    files = held.index["sha256"]
    total = sum((held.place.folder / file).stat().st_size for file in files)
    done = 0
    for file, expected in files.items():
        digest = hashlib.sha256()
        with (held.place.folder / file).open("rb") as opened:
            while chunk := opened.read(2**22):
                digest.update(chunk)
                done += len(chunk)
                if progress is not None:
                    progress(done, total, "comparing with the checksums")
        if digest.hexdigest() != expected:
            raise DataError(
                f"The prepared set {held.place.called} in {held.place.folder} is damaged ({file} is "
                f'not what was written); run "{held.place.command} --again".'
            )


def remove(name: str, size: int, fit: str = CROP) -> int:
    """Remove a set, finished or not, and return how many bytes that frees.

    Whoever has it open keeps what was opened. `augment.housekeeping` refuses what a run needs.

    Raises:
        DataError: There is nothing to remove, it is being prepared, or the disk refuses.
    """
    place = Place.of(name, size, fit)
    if not (place.folder.is_dir() or place.part.is_dir()):
        raise DataError(f"There is nothing prepared of {place.called}.")
    try:
        with place.lock(timeout=0):
            freed = _bytes(place.folder) + _bytes(place.part)
            shutil.rmtree(place.old, ignore_errors=True)
            if place.folder.exists():
                # Gone at one stroke, so that nobody opens a set that is half removed.
                place.folder.rename(place.old)
            for folder in (place.old, place.part):
                if folder.exists():
                    shutil.rmtree(folder)
            for file in (place.progress, place.started, place.used, place.log, place.cancel):
                file.unlink(missing_ok=True)
    except filelock.Timeout as error:
        raise DataError(
            f"{place.called} is being prepared; stop that first, or wait until it is done."
        ) from error
    except OSError as error:
        raise DataError(
            f"{place.called} in {place.root} cannot be removed ({error.strerror or error})."
        ) from error
    return freed


def _info(root: Path, folder: Path) -> PreparedInfo | None:
    stem, _, ending = folder.name.partition(".")
    digits, _, rest = stem.partition("px")
    fit = rest.removeprefix("-") or CROP
    if ending not in ("", "part") or not digits.isdecimal() or fit not in FITS:
        return None
    size = int(digits)
    name = str(read_json(root / known.FILE).get("name", root.name))
    if ending:
        if (root / stem).is_dir():
            return None
        return PreparedInfo(
            source=name,
            size=size,
            fit=fit,
            bytes=_bytes(folder),
            splits={},
            prepared_at="",
            unfinished=True,
        )
    splits: dict[str, int] = {}
    when = problem = ""
    try:
        index = read_index(folder)
        name = str(index["source"])
        when = str(index["prepared_at"])
        splits = {str(split): int(count) for split, count in index["splits"].items()}
        read_prepared(name, size, fit)
    except DataError as error:
        problem = str(error)
    except DAMAGE as error:
        problem = f"{name} at {size} px is damaged ({type(error).__name__}: {error})."
    return PreparedInfo(
        source=name,
        size=size,
        fit=fit,
        bytes=_bytes(folder),
        splits=splits,
        prepared_at=when,
        last_used=_last_used(root / f"{stem}.used"),
        problem=problem,
    )


def _last_used(file: Path) -> str:
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC).isoformat(timespec="seconds")
    except OSError:
        return ""


def _bytes(folder: Path) -> int:
    try:
        return sum(file.stat().st_size for file in folder.iterdir())
    except OSError:
        return 0
