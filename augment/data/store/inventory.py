"""Which sizes are prepared of a source, without opening what is there.

What is prepared: its size, its last use, whether it is whole; and removing it.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import filelock

from augment.data import registry
from augment.data.source import CROP, FITS, Progress
from augment.data.store import cache
from augment.data.store.file_format import DAMAGE, FILES, read_index
from augment.data.store.place import Place, data_home, read_json, root_of
from augment.data.store.prepared import check_prepared, open_whole
from augment.errors import DataError

_OTHERS = "|".join(re.escape(fit) for fit in FITS if fit != CROP)
_SET = re.compile(rf"([1-9][0-9]*)px(-({_OTHERS}))?(\.part)?")


def prepared_sizes(name: str) -> tuple[int, ...]:
    """Return the sides in pixels at which a set of this source is on disk, smallest first.

    Whatever its fit, and also where it is unfinished or damaged: only the names of folders are read, so
    a page may ask in every run.

    Raises:
        DataError: The folder of prepared data cannot be made.
    """
    found = (_SET.fullmatch(path.name) for path in root_of(name).glob("*px*") if path.is_dir())
    return tuple(sorted({int(match[1]) for match in found if match}))


@dataclass(frozen=True, kw_only=True)
class PreparedInfo:
    """A prepared set in a list: `bytes` on disk, rows per split, and its `problem`, if it has one.

    `bytes` has what was left beside a set by preparing it again. `last_used` is when it was last opened,
    empty if never; `unfinished` says that there is no whole set, and that `bytes` are what there is of
    it. Times are ISO 8601 in UTC.
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
    cache.let_go()
    found = []
    for root in sorted(data_home().iterdir()):
        name = str(read_json(root / registry.FILE).get("name", root.name))
        for size, fit in sorted(_sets(root)):
            place = Place(name=name, size=size, fit=fit, root=root)
            _finish_removing(place)
            if any(folder.is_dir() for folder in _folders(place)):
                found.append(_info(place))
    return sorted(found, key=lambda info: (info.source, info.size, info.fit))


def verify(name: str, size: int, fit: str = CROP, progress: Progress | None = None) -> None:
    """Read a set whole and compare every byte with the checksums taken when it was prepared.

    Raises:
        NotPrepared: There is no such set.
        DataError: It is not what it was, it was removed meanwhile, or it cannot be read.
    """
    place = open_whole(name, size, fit).place
    try:
        damaged = _damaged_file(place, progress)
    except DAMAGE as error:
        if not place.folder.is_dir():
            raise DataError(f"{place.called} was removed while it was being checked.") from error
        said = error.strerror if isinstance(error, OSError) else ""
        raise DataError(
            f"The prepared set {place.called} in {place.folder} cannot be checked "
            f'({said or type(error).__name__ + f": {error}"}); run "{place.command} --again".'
        ) from error
    if damaged:
        raise DataError(
            f"The prepared set {place.called} in {place.folder} is damaged ({damaged} is "
            f'not what was written); run "{place.command} --again".'
        )


def remove(name: str, size: int, fit: str = CROP) -> int:
    """Remove a set, finished or not, and return how many bytes that frees.

    Whoever has it open keeps what was opened, and the disk gets its room when the last lets go.
    `augment.runs.removal` refuses what a run needs.

    Raises:
        DataError: There is nothing to remove, it is being prepared, or the disk refuses.
    """
    place = Place.of(name, size, fit)
    gone, folders = _gone(place), _folders(place)
    if not any(folder.is_dir() for folder in (gone, *folders)):
        raise DataError(f"There is nothing prepared of {place.called}.")
    try:
        with place.lock(timeout=0):
            freed = sum(map(_bytes, (gone, *folders)))
            # The set itself last: while it is there, nothing of the others is taken for it.
            for folder in (gone, *reversed(folders)):
                if not folder.is_dir():
                    continue
                if folder != gone:
                    # Gone at one stroke, so that nobody opens, or goes on with, half of it.
                    folder.rename(gone)
                shutil.rmtree(gone)
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
    finally:
        cache.let_go()
    return freed


def _sets(root: Path) -> set[tuple[int, str]]:
    """Return size and fit of all that there is anything of in the folder of a source."""
    found = set()
    with contextlib.suppress(OSError):
        for folder in root.iterdir():
            stem, _, ending = folder.name.partition(".")
            digits, px, rest = stem.partition("px")
            fit = rest.removeprefix("-") or CROP
            if px and digits.isdecimal() and fit in FITS and ending in ("", "part", "old", "gone"):
                found.add((int(digits), fit))
    return found


def _folders(place: Place) -> tuple[Path, ...]:
    return place.folder, place.part, place.old


def _gone(place: Place) -> Path:
    """Return where a set goes to be removed; nobody takes that for one that is being replaced."""
    return place.root / f"{place.folder.name}.gone"


def _finish_removing(place: Place) -> None:
    """Remove what a process that was killed had begun to."""
    if _gone(place).is_dir():
        with contextlib.suppress(OSError), place.lock(timeout=0):
            shutil.rmtree(_gone(place))


def _damaged_file(place: Place, progress: Progress | None) -> str:
    """Return the first file that is not what was written, or nothing; raise one of `DAMAGE`."""
    written = read_index(place.folder)["sha256"]
    sums = {file: written[file] for file in FILES}
    total = sum((place.folder / file).stat().st_size for file in sums)
    done = 0
    for file, expected in sums.items():
        digest = hashlib.sha256()
        for chunk in _chunks(place.folder / file):
            digest.update(chunk)
            done += len(chunk)
            if progress is not None:
                progress(done, total, "comparing with the checksums")
        if digest.hexdigest() != expected:
            return file
    return ""


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as opened:
        while chunk := opened.read(2**22):
            yield chunk


def _info(place: Place) -> PreparedInfo:
    splits: dict[str, int] = {}
    name, when, problem = place.name, "", ""
    whole = place.folder.is_dir()
    if whole:
        try:
            index = read_index(place.folder)
            name = str(index["source"])
            when = str(index["prepared_at"])
            splits = {str(split): int(count) for split, count in index["splits"].items()}
            check_prepared(name, place.size, place.fit)
        except DataError as error:
            problem = str(error)
        except DAMAGE as error:
            problem = f"{name} at {place.size} px is damaged ({type(error).__name__}: {error})."
    return PreparedInfo(
        source=name,
        size=place.size,
        fit=place.fit,
        bytes=sum(map(_bytes, _folders(place))),
        splits=splits,
        prepared_at=when,
        last_used=_last_used(place.used) if whole else "",
        problem=problem,
        unfinished=not whole,
    )


def _last_used(file: Path) -> str:
    try:
        return datetime.fromtimestamp(file.stat().st_mtime, UTC).isoformat(timespec="seconds")
    except OSError:
        return ""


def _bytes(folder: Path) -> int:
    total = 0
    with contextlib.suppress(OSError):
        for file in folder.iterdir():
            # A journal goes when its set is whole, even while somebody looks.
            with contextlib.suppress(FileNotFoundError):
                total += file.stat().st_size
    return total
