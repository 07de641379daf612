"""Storing a listing as one set: read on all cores, written in order, gone on with after a kill."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from augment.data import likeness
from augment.data.spec import POOL, Listing, Progress, stable_id
from augment.data.store import journal, reading, stored
from augment.data.store.journal import Journal, Line
from augment.data.store.place import INDEX, Place
from augment.data.store.rows import Names
from augment.errors import DataError

SPARE_BYTES = 50_000_000
"""What must stay free on the disk besides the set itself."""
BYTES_BESIDES = 400
"""About what a picture takes besides its pixels: its line in the journal, its name, its numbers."""
MOST_BAD = 0.05
"""The share of originals that may be bad; where more are, it is not the set that somebody meant."""
_NAMED, _KEPT = 5, 1000


class TooManyBad(DataError):
    """More originals are bad than may be; `problems` has a sentence for each."""

    def __init__(self, sentence: str, problems: Sequence[str]) -> None:
        super().__init__(sentence)
        self.problems = tuple(problems)


def store(place: Place, listing: Listing, version: int, progress: Progress, workers: int) -> None:
    """Write all originals of `listing` into `place.part`, its index last.

    Raises:
        DataError: The disk has too little room, too many originals are bad, or the source is not, or
            is no longer, what it said it was.
        OSError: Writing failed.
    """
    total = sum(listing.counts.values())
    if not total:
        raise DataError(f"{place.called} has no pictures.")
    picture_bytes = place.size**2 * 3
    _check_disk(place, total * (picture_bytes + BYTES_BESIDES))
    header = {
        "source": place.name,
        "size": place.size,
        "fit": place.fit,
        "version": version,
        "format": stored.FORMAT,
        "originals": listing.fingerprint,
    }
    work = Journal(place.part, header, picture_bytes)
    try:
        _read_all(place, listing, work, progress, workers)
    finally:
        work.close()
    progress(total, total, "looking for pictures that are there twice")
    _check_unchanged(place, listing)
    _finish(place, listing, work, header)


def _read_all(
    place: Place, listing: Listing, work: Journal, progress: Progress, workers: int
) -> None:
    wanted = reading.Wanted(size=place.size, fit=place.fit)
    done = Counter(line.split for line in work.lines)
    bad = sum(bool(line.problem) for line in work.lines)
    total = sum(listing.counts.values())
    for split, count in listing.counts.items():
        what = "preparing the pictures" if split == POOL else f"preparing the {split} pictures"
        progress(len(work.lines), total, what)
        came = done[split]
        for line, image in reading.read(listing, split, came, wanted, workers):
            work.add(line, image)
            came += 1
            bad += image is None
            if bad > total * MOST_BAD:
                _check_unchanged(place, listing)
                raise _too_many(place, work.lines, bad, total)
            progress(len(work.lines), total, what)
        if came != count:
            raise DataError(
                f"The {split} pictures of {place.called} should be {count:,}, but {came:,} came; "
                "the originals are damaged."
            )


def _check_unchanged(place: Place, listing: Listing) -> None:
    if change := listing.changed():
        raise DataError(
            f"{place.called} changed while it was being read ({change}); "
            "prepare it again when nobody changes it any more."
        )


def _too_many(place: Place, lines: Sequence[Line], bad: int, total: int) -> TooManyBad:
    problems = [line.problem for line in lines if line.problem]
    more = f" … and {bad - _NAMED:,} more." if bad > _NAMED else ""
    return TooManyBad(
        f"{bad:,} of the first {len(lines):,} pictures of {place.called} cannot be read, which is more "
        f"than {MOST_BAD:.0%} of all {total:,}, so nothing is prepared; mend or remove them. "
        f"{' '.join(problems[:_NAMED])}{more}",
        problems[:_KEPT],
    )


def _finish(place: Place, listing: Listing, work: Journal, header: dict[str, Any]) -> None:
    folder = place.part
    good = [line for line in work.lines if not line.problem]
    ids = np.array([stable_id(line.name) for line in good], np.int64)
    if len(np.unique(ids)) != len(good):
        raise DataError(
            f"Two pictures of {place.called} have the same name; the originals are damaged."
        )
    images = np.memmap(
        folder / journal.PICTURES, np.uint8, "r", shape=(len(good), place.size, place.size, 3)
    )
    digests = np.frombuffer(bytes.fromhex("".join(line.sha256 for line in good)), np.uint8)
    alike = likeness.find_alike(
        digests.reshape(-1, 32), np.array([line.likeness for line in good], np.uint64), images
    )
    pairs = np.concatenate(
        [
            np.pad(found.reshape(-1, 2), ((0, 0), (0, 1)), constant_values=exact)
            for found, exact in ((alike.exact, 1), (alike.likely, 0))
        ]
    )
    arrays = {
        stored.LABELS: np.array([line.label for line in good], np.int64),
        stored.IDS: ids,
        stored.GROUPS: alike.groups.astype(np.int64),
        stored.ALIKE: pairs.astype(np.int64),
        stored.ENLARGED: np.array([line.enlarged for line in good], bool),
    }
    for name, array in arrays.items():
        np.save(folder / name, array)
    Names.write([line.name for line in good], folder / stored.NAMES, folder / stored.NAME_ENDS)
    counts = Counter(line.split for line in good)
    problems = [line.problem for line in work.lines if line.problem]
    index = header | {
        "class_names": list(listing.class_names),
        "splits": {split: counts[split] for split in listing.counts},
        "problems": problems[:_KEPT],
        "problem_count": len(problems),
        "ignored": list(listing.ignored),
        "alike_complete": alike.complete,
        "prepared_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "sha256": {stored.PICTURES: work.sha256}
        | {name: _sha256(folder / name) for name in (*arrays, stored.NAMES, stored.NAME_ENDS)},
    }
    (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")
    (folder / journal.LINES).unlink()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_disk(place: Place, needed: int) -> None:
    there = sum(file.stat().st_size for file in place.part.glob("*"))
    free = shutil.disk_usage(place.root).free + there
    if free < needed + SPARE_BYTES:
        raise DataError(
            f"Preparing {place.called} needs {_megabytes(needed)} and leaves {_megabytes(SPARE_BYTES)} "
            f"for others, but {place.root} has {_megabytes(free)} free; "
            "free some space or set AUGMENT_HOME to a folder on a larger disk."
        )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
