"""Preparing a source at a size: once, under a lock, and seen by nobody until it is whole."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator

import filelock

from augment.data import writing
from augment.data.place import Place, write_json
from augment.data.prepared import Prepared, read_prepared
from augment.data.sources import source
from augment.data.spec import Progress, check_size
from augment.errors import DataError

SECONDS_BETWEEN_REPORTS = 0.2


def prepare(name: str, size: int, progress: Progress | None = None) -> Prepared:
    """Prepare a source at a size in this process, unless that is done, and open it.

    Where another process is at it, wait for it instead of doing the work twice.

    Args:
        name: A name from `names()`.
        size: Edge of the square pictures, in pixels.
        progress: Called now and then with what is done, the total (0 while unknown) and the phase.

    Raises:
        DataError: There is no such source or size, the originals cannot be had or read, or the set
            does not fit on the disk.
    """
    source(name)
    place = Place.of(name, check_size(size))
    report = _Report(place, progress)
    try:
        with _locked(place, report):
            try:
                return read_prepared(name, size)
            except DataError:
                return _make(place, report)
    except OSError as error:
        raise _failure(place, error) from error


def open_prepared(name: str, size: int) -> Prepared:
    """Open a prepared set; a source that prepares itself is prepared first, in about a second.

    Raises:
        NotPrepared: The set has to be prepared; the message gives the command.
        DataError: There is no such source or size, or what is on disk is damaged.
    """
    try:
        return read_prepared(name, size)
    except DataError:
        if not source(name).prepares_itself:
            raise
    return prepare(name, size)


class _Report:
    """Passes progress on to the caller and into a file, for other processes to read."""

    def __init__(self, place: Place, progress: Progress | None) -> None:
        self.place, self.tell = place, progress or (lambda done, total, what: None)
        self.due, self.phase = 0.0, ""

    def __call__(self, done: int, total: int, what: str) -> None:
        now = time.monotonic()
        if now < self.due and what == self.phase and done < total:
            return
        self.due, self.phase = now + SECONDS_BETWEEN_REPORTS, what
        self.write("running", done, total, what)
        self.tell(done, total, what)

    def write(self, state: str, done: int, total: int, message: str) -> None:
        content = {"state": state, "done": done, "total": total, "message": message}
        write_json(self.place.progress, content)


@contextlib.contextmanager
def _locked(place: Place, report: _Report) -> Iterator[None]:
    lock = place.lock()
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        # The progress file belongs to the holder of the lock, so only the caller hears of the wait.
        report.tell(0, 0, "waiting for another process that prepares the same data")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _make(place: Place, report: _Report) -> Prepared:
    try:
        _remove(place)
        reading = source(place.name).read(place.size, report)
        writing.write(place, reading, source(place.name).version, report)
        if place.folder.exists():
            place.folder.rename(place.old)
        place.part.rename(place.folder)
        for told in (place.progress, place.started):
            told.unlink(missing_ok=True)
    except (DataError, OSError) as error:
        failure = _failure(place, error)
        with contextlib.suppress(OSError):
            report.write("failed", 0, 0, str(failure))
        raise failure from error
    finally:
        _remove(place)
    return read_prepared(place.name, place.size)


def _remove(place: Place) -> None:
    for leftover in (place.part, place.old):
        shutil.rmtree(leftover, ignore_errors=True)


def _failure(place: Place, error: DataError | OSError) -> DataError:
    if isinstance(error, DataError):
        return error
    return DataError(
        f"Preparing {place.name} at {place.size} px in {place.root} failed "
        f"({error.strerror or error}); free some space there or set AUGMENT_HOME to another folder."
    )
