"""How far preparing has come: told to the caller, and written down for other processes to read.

Originals read on all cores: decoded, made square, hashed, and given back in their order.

Storing a listing as one set: read on all cores, written in order, gone on with after a kill.

Preparing a source: once, under a lock, gone on with after a kill, unseen until it is whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import filelock
import numpy as np

from augment.data import duplicates, registry, splits
from augment.data.images import squares
from augment.data.registry import source
from augment.data.source import CROP, POOL, Listing, Original, Pixels, Progress, stable_id
from augment.data.store import file_format
from augment.data.store.file_format import Journal, Line
from augment.data.store.place import INDEX, Place, read_json, write_json
from augment.data.store.prepared import Prepared, mark_used, read_prepared
from augment.engine.samples import Names
from augment.errors import DataError
from augment.system.pace import Pace, has_figures

SECONDS_BETWEEN_REPORTS = 0.2


def how_far(done: int, total: int, what: str) -> tuple[str, str]:
    """Say where preparing ended, and what starting it again does."""
    if total and not has_figures(what):
        return f"at {done:,} of {total:,} pictures", "starting it again goes on from there."
    return f"while {what or 'starting'}", "starting it again begins that anew."


class Cancelled(DataError):
    """Somebody asked to stop preparing; what is done is kept."""


class Report:
    """A `Progress` that passes everything on, with the speed, and stops where that is asked for."""

    def __init__(self, place: Place, progress: Progress | None) -> None:
        self.place, self.tell = place, progress or (lambda done, total, what: None)
        self.waited = False
        self._due, self._phase = 0.0, ""
        self._pace = Pace()
        self._last = (0, 0)

    def __call__(self, done: int, total: int, what: str) -> None:
        """Say how far it is; raises `Cancelled` where somebody asked to stop."""
        now = time.monotonic()
        if now < self._due and what == self._phase and done < total:
            return
        if what != self._phase:
            self._pace.restart()
        self._due, self._phase, self._last = now + SECONDS_BETWEEN_REPORTS, what, (done, total)
        self._pace.update(done, total)
        self.write("running", done, total, what)
        self.tell(done, total, what)
        if self.place.cancel.exists():
            raise Cancelled(self.stopped_at())

    def wait(self) -> None:
        """Tell the caller that another process is at it."""
        # The progress file belongs to the holder of the lock, so only the caller hears of the wait.
        self.waited = True
        self.tell(0, 0, "waiting for another process that prepares the same data")

    def stopped_at(self) -> str:
        """Say in a sentence how far it came."""
        where, then = how_far(*self._last, self._phase)
        return f"Preparing {self.place.called} was stopped {where}; {then}"

    def write(
        self, state: str, done: int, total: int, message: str, problems: Sequence[str] = ()
    ) -> None:
        """Write down what other processes should know."""
        content = {
            "state": state,
            "done": done,
            "total": total,
            "message": message,
            "per_second": self._pace.per_second,
            "problems": list(problems),
        }
        write_json(self.place.progress, content)

    def end(self, state: str, message: str, problems: Sequence[str] = ()) -> None:
        """Write down why it ended, as far as the disk still takes it."""
        with contextlib.suppress(OSError):
            self.write(state, *self._last, message, problems)


AHEAD = 4
"""Originals in work for each thread: enough that none waits, few enough that memory stays small."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is made of each original."""

    size: int
    fit: str


def read(
    listing: Listing, split: str, start: int, wanted: Wanted, workers: int
) -> Iterator[tuple[Line, Pixels | None]]:
    """Yield a line and the picture of each original of a split from number `start` on.

    A picture that cannot be read is None, and its line says why. Threads do the work: decoding and
    resizing let go of Python's lock. Only the picture of this size outlives its thread.
    """
    pending: deque[Future[tuple[Line, Pixels | None]]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="read")
    try:
        for original in listing.originals(split, start):
            pending.append(pool.submit(_one, original, split, wanted))
            if len(pending) >= AHEAD * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _one(original: Original, split: str, wanted: Wanted) -> tuple[Line, Pixels | None]:
    try:
        image = original.load(squares.least_side(wanted.size))
    except DataError as error:
        line = Line(split=split, name=original.name, label=original.label, problem=str(error))
        return line, None
    sha256, likely = duplicates.fingerprint(image)
    height, width = image.shape[:2]
    line = Line(
        split=split,
        name=original.name,
        label=original.label,
        sha256=sha256.hex(),
        likeness=likely,
        enlarged=min(height, width) < wanted.size,
    )
    return line, squares.fit(image, wanted.size, wanted.fit)


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
        "format": file_format.FORMAT,
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
    wanted = Wanted(size=place.size, fit=place.fit)
    done = Counter(line.split for line in work.lines)
    bad = sum(bool(line.problem) for line in work.lines)
    total = sum(listing.counts.values())
    for split, count in listing.counts.items():
        what = "preparing the pictures" if split == POOL else f"preparing the {split} pictures"
        progress(len(work.lines), total, what)
        came = done[split]
        for line, image in read(listing, split, came, wanted, workers):
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
        folder / file_format.PICTURES, np.uint8, "r", shape=(len(good), place.size, place.size, 3)
    )
    digests = np.frombuffer(bytes.fromhex("".join(line.sha256 for line in good)), np.uint8)
    alike = duplicates.find_alike(
        digests.reshape(-1, 32), np.array([line.likeness for line in good], np.uint64), images
    )
    pairs = np.concatenate(
        [
            np.pad(found.reshape(-1, 2), ((0, 0), (0, 1)), constant_values=exact)
            for found, exact in ((alike.exact, 1), (alike.likely, 0))
        ]
    )
    arrays = {
        file_format.LABELS: np.array([line.label for line in good], np.int64),
        file_format.IDS: ids,
        file_format.GROUPS: alike.groups.astype(np.int64),
        file_format.ALIKE: pairs.astype(np.int64),
        file_format.ENLARGED: np.array([line.enlarged for line in good], bool),
    }
    for name, array in arrays.items():
        np.save(folder / name, array)
    Names.write(
        [line.name for line in good], folder / file_format.NAMES, folder / file_format.NAME_ENDS
    )
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
        "sha256": {file_format.PICTURES: work.sha256}
        | {
            name: _sha256(folder / name)
            for name in (*arrays, file_format.NAMES, file_format.NAME_ENDS)
        },
    }
    (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")
    (folder / file_format.LINES).unlink()


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


def prepare(
    name: str,
    size: int,
    progress: Progress | None = None,
    *,
    fit: str = CROP,
    workers: int | None = None,
    again: bool = False,
) -> Prepared:
    """Prepare a source at a size in this process, unless that is done, and open it.

    Where another process is at it, wait for it instead of doing the work twice. What a process that
    was killed or stopped has done is gone on with.

    Args:
        name: The name of a source.
        size: Edge of the square pictures, in pixels.
        progress: Called now and then with what is done, the total (0 while unknown) and the phase.
        fit: How a picture becomes square, "crop" or "stretch".
        workers: Threads that decode; as many as there are cores by default.
        again: Prepare even if the set is there, because the originals are others now. The old set
            stays until the new one is whole.

    Raises:
        DataError: There is no such source, size or fit, the originals cannot be had or read, the set
            does not fit on the disk, or somebody asked to stop.
    """
    wanted = source(name)
    place = Place.of(wanted.name, size, fit)
    report = Report(place, progress)
    try:
        with _locked(place, report):
            _mend(place)
            # Whoever asks a second time while the first is at it wants it made once.
            if not again or report.waited:
                with contextlib.suppress(DataError):
                    return read_prepared(wanted.name, size, fit)
            return _make(place, report, workers or cores())
    except OSError as error:
        raise _failure(place, error) from error


def open_prepared(
    name: str,
    size: int,
    fit: str = CROP,
    *,
    scheme: str = splits.SCHEMES[0],
    seed: int = 0,
) -> Prepared:
    """Open a prepared set; a source that prepares itself is prepared first, in about a second.

    Args:
        name: The name of a source.
        size: Edge of the square pictures, in pixels.
        fit: How a picture became square, "crop" or "stretch".
        scheme: How the pictures are dealt into splits: "official", "train+validation" or "re-split".
        seed: Of a split that is dealt.

    Raises:
        NotPrepared: The set has to be prepared; the message gives the command.
        DataError: There is no such source, size, fit or scheme, or what is on disk is damaged.
    """
    try:
        found = read_prepared(name, size, fit, scheme=scheme, seed=seed)
    except DataError:
        if not source(name).prepares_itself:
            raise
        prepare(name, size, fit=fit)
        found = read_prepared(name, size, fit, scheme=scheme, seed=seed)
    mark_used(found.stored.place)
    return found


@contextlib.contextmanager
def _locked(place: Place, report: Report) -> Iterator[None]:
    lock = place.lock()
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        report.wait()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _make(place: Place, report: Report, workers: int) -> Prepared:
    wanted = source(place.name)
    if read_json(place.started).get("pid") != os.getpid():
        # Asked of somebody else, long ago; whoever started this process cleared it himself.
        place.cancel.unlink(missing_ok=True)
    storing_began = False
    try:
        report.write("running", 0, 0, "starting")
        listing = wanted.open(report)
        registry.remember(place.name)
        storing_began = True
        store(place, listing, wanted.version, report, workers)
        _publish(place)
        for told in (place.progress, place.started):
            told.unlink(missing_ok=True)
    except Cancelled as error:
        report.end("stopped", str(error))
        raise
    except KeyboardInterrupt:
        report.end("stopped", report.stopped_at())
        raise
    except (DataError, OSError) as error:
        failure = _failure(place, error)
        report.end("failed", str(failure), getattr(error, "problems", ()))
        # A source that is away for a moment costs nothing; what was found wrong, or has no room, does.
        if storing_began:
            shutil.rmtree(place.part, ignore_errors=True)
        raise failure from error
    finally:
        place.cancel.unlink(missing_ok=True)
    return read_prepared(place.name, place.size, place.fit)


def _mend(place: Place) -> None:
    """Finish what a process did not that was killed around the last renames."""
    if (place.part / INDEX).is_file() and not (place.part / file_format.LINES).exists():
        _publish(place)
    elif place.old.is_dir() and not place.folder.exists():
        place.old.rename(place.folder)
    shutil.rmtree(place.old, ignore_errors=True)


def _publish(place: Place) -> None:
    """Give the finished set its name; at every moment it or the old one can be found again."""
    if place.folder.exists():
        shutil.rmtree(place.old, ignore_errors=True)
        place.folder.rename(place.old)
    try:
        place.part.rename(place.folder)
    except OSError:
        if place.old.exists():
            place.old.rename(place.folder)
        raise
    shutil.rmtree(place.old, ignore_errors=True)


def _failure(place: Place, error: DataError | OSError) -> DataError:
    if isinstance(error, DataError):
        return error
    return DataError(
        f"Preparing {place.called} in {place.root} failed "
        f"({error.strerror or error}); free some space there or set AUGMENT_HOME to another folder."
    )
