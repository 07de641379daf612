"""Preparing a source: once, under a lock, gone on with after a kill, unseen until it is whole."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator

import filelock

from augment.data import known, splits
from augment.data.sources import source
from augment.data.spec import CROP, Progress
from augment.data.store import journal, reading, storing
from augment.data.store.place import INDEX, Place, read_json
from augment.data.store.prepared import Prepared, mark_used, read_prepared
from augment.data.store.report import Cancelled, Report
from augment.errors import DataError


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
            return _make(place, report, workers or reading.cores())
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
        known.remember(place.name)
        storing_began = True
        storing.store(place, listing, wanted.version, report, workers)
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
    if (place.part / INDEX).is_file() and not (place.part / journal.LINES).exists():
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
