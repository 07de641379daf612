"""Preparing a source at one size: once, under a lock, resumed after a kill, visible when complete.

Threads decode the originals, a few ahead; one thread writes them in order (`file_format.Journal`).
Nothing appears under the name of the set before all of it is written. Progress is passed to the caller
and written to a note, for other processes to read (`augment.data.store.background`).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO

import numpy as np

from augment.data import duplicates, registry, splits
from augment.data.images import squares
from augment.data.registry import source
from augment.data.source import CROP, POOL, SPARE_BYTES, Listing, Original, Pixels, Progress
from augment.data.store import file_format
from augment.data.store.file_format import Journal, Line, NewerFormat
from augment.data.store.place import Place, read_note
from augment.data.store.prepared import Prepared, mark_used, read_prepared
from augment.errors import DataError
from augment.system import files, machine
from augment.system.pace import Pace, has_figures
from augment.system.units import megabytes

SECONDS_BETWEEN_REPORTS = 0.2
LEAST_FOR_PACE = 50
"""Fewer pictures say nothing about how fast this machine prepares them."""
INHERITED_LOCK = "AUGMENT_INHERITED_LOCK"
"""The environment variable with the file descriptor of a lock that a process was started with."""
AHEAD = 4
"""Originals in work for each thread: enough that none waits, few enough that memory stays small."""
BYTES_BESIDES = 400
"""About what a picture takes besides its pixels: its line in the journal, its name, its numbers."""
MOST_BAD = 0.05
"""The share of originals that may be bad; with more, it is probably not the set that was meant."""
_PROBLEMS_IN_MESSAGE = 5


class Cancelled(DataError):
    """Preparing was stopped on request; it can be resumed."""


class TooManyBad(DataError):
    """More originals are bad than may be; `problems` has a sentence for each."""

    def __init__(self, sentence: str, problems: Sequence[str]) -> None:
        super().__init__(sentence)
        self.problems = tuple(problems)


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

    If another process is preparing the same set, wait for it. If a process was killed or stopped, resume
    where it ended.

    Args:
        name: The name of a source.
        size: Edge of the square pictures, in pixels.
        progress: Called now and then with what is done, the total (0 while unknown) and the phase.
        fit: How a picture becomes square, "crop" or "stretch".
        workers: Threads that decode; by default one for each core.
        again: Prepare even if there is a set, because the originals have changed. The old set stays
            until the new one is complete.

    Raises:
        DataError: There is no such source, size or fit, the originals cannot be fetched or read, the
            set does not fit on the disk or was prepared by a newer version of the program, or preparing
            was stopped.
    """
    wanted = source(name)
    place = Place.of(wanted.name, size, fit)
    report = Report(place, progress)
    try:
        with _locked(place, report):
            _finish_renames(place)
            # Two that ask for the set again at the same time want it prepared once.
            if not again or report.waited:
                try:
                    found = read_prepared(wanted.name, size, fit)
                except NewerFormat:
                    report.clear()
                    raise
                except DataError:
                    pass  # missing or damaged: prepared now
                else:
                    report.clear()
                    return found
            _prepare(place, report, workers or machine.cores())
    except OSError as error:
        raise _failure(place, error) from error
    # Without the lock: to other processes the set is done, and they may remove it or prepare it again.
    return read_prepared(wanted.name, size, fit)


def open_prepared(
    name: str,
    size: int,
    fit: str = CROP,
    *,
    scheme: str = splits.SCHEMES[0],
    seed: int = 0,
    leave_out: str = splits.NOTHING,
) -> Prepared:
    """Open a prepared set; a source that prepares itself is prepared first, in about a second.

    Args:
        name: The name of a source.
        size: Edge of the square pictures, in pixels.
        fit: How a picture became square, "crop" or "stretch".
        scheme: How the pictures are split: "official", "train+validation" or "re-split".
        seed: The seed of a split that is drawn.
        leave_out: Which pictures the splits leave out: "nothing", "conflicts" (all that are there under
            two labels) or "duplicates" (also all but one of equal pictures).

    Raises:
        NotPrepared: The set has to be prepared; the message gives the command.
        DataError: There is no such source, size, fit or scheme, the set is damaged, or a newer version of
            the program prepared it.
    """
    try:
        found = read_prepared(name, size, fit, scheme=scheme, seed=seed, leave_out=leave_out)
    except DataError:
        if not source(name).prepares_itself:
            raise
        prepare(name, size, fit=fit)
        found = read_prepared(name, size, fit, scheme=scheme, seed=seed, leave_out=leave_out)
    mark_used(found.stored.place)
    return found


class Report:
    """A `Progress` that also writes a note with the speed, and raises when asked to stop.

    Attributes:
        waited: Whether another process was waited for.
    """

    def __init__(self, place: Place, progress: Progress | None) -> None:
        self.waited = False
        self._place, self._progress = place, progress or (lambda done, total, what: None)
        self._due, self._phase, self._last = 0.0, "", (0, 0)
        self._pace = Pace()

    def __call__(self, done: int, total: int, what: str) -> None:
        """Report how far it is; raises `Cancelled` after a request to stop."""
        now = time.monotonic()
        if now < self._due and what == self._phase and done < total:
            return
        if what != self._phase:
            self._pace.restart()
        self._due, self._phase, self._last = now + SECONDS_BETWEEN_REPORTS, what, (done, total)
        self._pace.update(done, total)
        self.write("running", what)
        self._progress(done, total, what)
        if self._place.cancel.exists():
            raise Cancelled(self.stopped())

    def wait(self) -> None:
        """Report that another process prepares the set."""
        # Only to the caller: the note belongs to the process that holds the lock.
        self._progress(0, 0, "waiting for another process that prepares the same data")
        self.waited = True

    def stopped(self) -> str:
        """Return in a sentence how far it came."""
        where, then = how_far(*self._last, self._phase)
        return f"Preparing {self._place.label} was stopped {where}; {then}"

    def write(self, state: str, message: str, problems: Sequence[str] = ()) -> None:
        """Write the note."""
        done, total = self._last
        note = {
            "state": state,
            "done": done,
            "total": total,
            "message": message,
            "per_second": self._pace.per_second,
            "problems": list(problems),
        }
        files.write_json(self._place.progress, note, durable=False)

    def clear(self) -> None:
        """Delete the note of a process that had nothing to do; why an earlier one failed stays."""
        if read_note(self._place.progress).get("state") == "running":
            self._place.progress.unlink()

    def end(self, state: str, message: str, problems: Sequence[str] = ()) -> None:
        """Write why it ended, if the disk is not too full for that."""
        with contextlib.suppress(OSError):
            self.write(state, message, problems)


def how_far(done: int, total: int, what: str) -> tuple[str, str]:
    """Return where preparing ended and what starting it again does, as parts of a sentence."""
    if total and not has_figures(what):
        return f"at {done:,} of {total:,} pictures", "starting it again resumes from there."
    return f"while {what or 'starting'}", "starting it again repeats that step."


@contextlib.contextmanager
def _locked(place: Place, report: Report) -> Iterator[None]:
    lock = _inherited_lock(place)
    if lock is None:
        while (lock := files.acquire(place.lock, timeout=SECONDS_BETWEEN_REPORTS)) is None:
            if not report.waited:
                report.wait()
        for file in (place.cancel, place.log):  # of an earlier process
            file.unlink(missing_ok=True)
    with lock:
        yield


def _inherited_lock(place: Place) -> BinaryIO | None:
    """Return the lock of a set if the process that started this one acquired it for this one."""
    number = os.environ.pop(INHERITED_LOCK, "")
    if not number or not os.path.samestat(os.fstat(int(number)), place.lock.stat()):
        return None
    return os.fdopen(int(number), "rb")


def _prepare(place: Place, report: Report, workers: int) -> None:
    wanted = source(place.name)
    storing = False
    try:
        report.write("running", "starting")
        listing = wanted.open(report)
        registry.remember(place.name)
        storing = True
        store(place, listing, wanted.version, report, workers)
        _publish(place)
        place.progress.unlink(missing_ok=True)
    except (Cancelled, KeyboardInterrupt):
        report.end("stopped", report.stopped())
        raise
    except (DataError, OSError) as error:
        failure = _failure(place, error)
        # What was read of a source that is only away for a moment is still good.
        if storing:
            shutil.rmtree(place.part, ignore_errors=True)
        report.end("failed", str(failure), getattr(error, "problems", ()))
        raise failure from error
    finally:
        place.cancel.unlink(missing_ok=True)


def _failure(place: Place, error: DataError | OSError) -> DataError:
    if isinstance(error, DataError):
        return error
    return DataError(
        f"Preparing {place.label} in {place.root} failed "
        f"({error.strerror or error}); free some space there or set AUGMENT_HOME to another folder."
    )


def _finish_renames(place: Place) -> None:
    """Finish what a process that was killed during `_publish` did not."""
    if file_format.is_finished(place.part):
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


def store(place: Place, listing: Listing, version: int, progress: Progress, workers: int) -> None:
    """Write all originals of `listing` into `place.part`, its index last.

    Raises:
        DataError: The disk has too little space, too many originals are bad, or the originals are not
            those that were listed.
        OSError: Writing failed.
    """
    total = sum(listing.counts.values())
    if not total:
        raise DataError(f"{place.label} has no pictures.")
    _check_disk(place, total * (place.size**2 * 3 + BYTES_BESIDES))
    journal = Journal(place, version=version, originals=listing.fingerprint)
    before, began = len(journal.lines), time.monotonic()
    with contextlib.closing(journal):
        _read_all(place, listing, journal, progress, workers)
    seconds, read = time.monotonic() - began, len(journal.lines) - before
    pace = read / seconds if read >= LEAST_FOR_PACE and seconds > 0 else 0.0
    progress(total, total, "looking for duplicates")
    _check_unchanged(place, listing)
    good = journal.good_lines()
    digests = np.frombuffer(bytes.fromhex("".join(line.sha256 for line in good)), np.uint8)
    hashes = np.array([line.likeness for line in good], np.uint64)
    found = duplicates.find_duplicates(digests.reshape(-1, 32), hashes, journal.images())
    journal.finish(listing, found, pace)


def _check_disk(place: Place, needed: int) -> None:
    there = sum(file.lstat().st_size for file in place.part.glob("*"))
    free = shutil.disk_usage(place.root).free + there
    if free < needed + SPARE_BYTES:
        raise DataError(
            f"Preparing {place.label} needs {megabytes(needed)} and leaves {megabytes(SPARE_BYTES)} "
            f"for others, but {place.root} has {megabytes(free)} free; "
            "free some space or set AUGMENT_HOME to a folder on a larger disk."
        )


def _read_all(
    place: Place, listing: Listing, journal: Journal, progress: Progress, workers: int
) -> None:
    read = Counter(line.split for line in journal.lines)
    bad = sum(bool(line.problem) for line in journal.lines)
    total = sum(listing.counts.values())
    for split, count in listing.counts.items():
        what = "preparing the pictures" if split == POOL else f"preparing the {split} pictures"
        progress(len(journal.lines), total, what)
        for line, image in read_originals(place, listing, split, read[split], workers):
            journal.add(line, image)
            read[split] += 1
            bad += image is None
            if bad > total * MOST_BAD:
                _check_unchanged(place, listing)
                raise _too_many_bad(place, journal.lines, bad, total)
            progress(len(journal.lines), total, what)
        if read[split] != count:
            raise DataError(
                f"{place.label} should have {count:,} {split} pictures, but has {read[split]:,}; "
                "the originals are damaged."
            )


def _check_unchanged(place: Place, listing: Listing) -> None:
    if change := listing.changed():
        raise DataError(
            f"{place.label} changed while it was read ({change}); "
            "prepare it again when its originals no longer change."
        )


def _too_many_bad(place: Place, lines: Sequence[Line], bad: int, total: int) -> TooManyBad:
    problems = [line.problem for line in lines if line.problem]
    more = f" … and {bad - _PROBLEMS_IN_MESSAGE:,} more." if bad > _PROBLEMS_IN_MESSAGE else ""
    return TooManyBad(
        f"{bad:,} of the first {len(lines):,} pictures of {place.label} cannot be read, which is more "
        f"than {MOST_BAD:.0%} of all {total:,}, so nothing is prepared; repair or remove them. "
        f"{' '.join(problems[:_PROBLEMS_IN_MESSAGE])}{more}",
        problems[: file_format.MOST_PROBLEMS],
    )


def read_originals(
    place: Place, listing: Listing, split: str, start: int, workers: int
) -> Iterator[tuple[Line, Pixels | None]]:
    """Yield a line and the prepared picture of each original of a split, from number `start` on.

    A picture that cannot be read is None, and its line has the reason. Threads do the work, as decoding
    and resizing release Python's lock; they return only the small picture.
    """
    pending: deque[Future[tuple[Line, Pixels | None]]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="read")
    try:
        for original in listing.originals(split, start):
            pending.append(pool.submit(_read, original, split, place))
            if len(pending) >= AHEAD * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _read(original: Original, split: str, place: Place) -> tuple[Line, Pixels | None]:
    try:
        image = original.load(squares.least_side(place.size))
    except DataError as error:
        problem = str(error)
        return Line(split=split, name=original.name, label=original.label, problem=problem), None
    sha256, likeness = duplicates.fingerprint(image)
    line = Line(
        split=split,
        name=original.name,
        label=original.label,
        sha256=sha256.hex(),
        likeness=likeness,
        enlarged=min(image.shape[:2]) < place.size,
    )
    return line, squares.fit(image, place.size, place.fit)
