"""Preparing in a process of its own, and how far that is, for any other process to ask."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from augment.data.registry import source
from augment.data.source import CROP
from augment.data.store.build import INHERITED_LOCK, Report, how_far
from augment.data.store.place import Place, acquire_unless_preparing, read_note
from augment.data.store.prepared import read_prepared
from augment.errors import DataError, NotPrepared
from augment.system import files, processes

State = Literal["none", "running", "stopped", "failed", "done"]

MOST_AT_ONCE = 2
"""Processes that one server starts; each uses all cores."""

_MOST_COUNT = 2**53
_started: list[Place] = []
_starting = threading.Lock()  # two browsers may start the same set at once


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """How far preparing a set is.

    Attributes:
        state: "none", "running", "stopped" (it can be resumed), "failed" or "done".
        done: How many pictures are done.
        total: How many there are; 0 while unknown.
        message: What is being done, or why it ended. Where a set is "done", why preparing it again
        failed.
        per_second: Pictures a second, over the last seconds; 0 while unknown.
        problems: A sentence for each bad picture, where there were too many.
    """

    state: State
    done: int = 0
    total: int = 0
    message: str = ""
    per_second: float = 0.0
    problems: tuple[str, ...] = ()

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the pictures are done at this speed; None while unknown."""
        return (self.total - self.done) / self.per_second if self.per_second else None


def start_preparing(name: str, size: int, fit: str = CROP, *, again: bool = False) -> None:
    """Start preparing a set in a detached process, which outlives this one, and return at once.

    Does nothing where the set is being prepared, or is prepared and `again` is not set.

    Raises:
        DataError: There is no such source, size or fit, too many sets are being prepared at once, or the
            process cannot be started.
    """
    with _starting:
        state = preparation(name, size, fit).state
        if state == "running" or (state == "done" and not again):
            return
        _started[:] = [place for place in _started if _is_running(place)]
        if len(_started) >= MOST_AT_ONCE:
            raise DataError(
                f"{MOST_AT_ONCE} sets are being prepared already, each on all cores; start this one when "
                "one of them is done."
            )
        _start(Place.of(source(name).name, size, fit), again=again)


def _start(place: Place, *, again: bool) -> None:
    words = ["data", "prepare", place.name, "--size", str(place.size), "--fit", place.fit]
    command = processes.command(*words, *(["--again"] if again else []))
    try:
        lock = acquire_unless_preparing(place)
        if lock is None:
            return  # another process has just begun to prepare it
        # The process inherits the lock, so it counts as running from now on.
        with lock:
            for file in (place.cancel, place.log):
                file.unlink(missing_ok=True)
            Report(place, None).write("running", "starting")
            processes.start(
                command,
                output=place.log,
                pass_fds=[lock.fileno()],
                extra={
                    INHERITED_LOCK: str(lock.fileno()),
                    "CUDA_VISIBLE_DEVICES": "-1",
                    "TF_CPP_MIN_LOG_LEVEL": "2",
                },
                niceness=processes.NICENESS,
            )
    except OSError as error:
        place.progress.unlink(missing_ok=True)
        raise DataError(
            f"Preparing {place.label} could not be started ({error.strerror or error})."
        ) from error
    _started.append(place)


def stop_preparing(name: str, size: int, fit: str = CROP) -> None:
    """Request that preparing a set stops, which it does shortly; it can be resumed.

    Raises:
        DataError: There is no such source, size or fit, or the disk refuses the request.
    """
    place = Place.of(source(name).name, size, fit)
    if not _is_running(place):
        return
    try:
        place.cancel.touch()
    except OSError as error:
        raise DataError(
            f"Preparing {place.label} could not be stopped ({error.strerror or error})."
        ) from error


def preparation(name: str, size: int, fit: str = CROP) -> Preparation:
    """Return how far preparing a set is; cheap enough for every second, and starts nothing.

    Raises:
        DataError: There is no such source, size or fit.
    """
    place = Place.of(source(name).name, size, fit)
    noted = _noted(place)
    if noted and noted.state == "running":
        return noted
    damage = ""
    try:
        read_prepared(name, size, fit)
    except NotPrepared:
        pass
    except DataError as error:
        damage = str(error)
    else:
        return Preparation(state="done", message=noted.message if noted else "")
    # A process may have begun, or ended and left its reason, since the first question.
    return _noted(place) or Preparation(state="failed" if damage else "none", message=damage)


def _is_running(place: Place) -> bool:
    noted = _noted(place)
    return noted is not None and noted.state == "running"


def _noted(place: Place) -> Preparation | None:
    """Return what the process that prepares the set, or did last, has noted; None if nothing."""
    note = _valid_note(place)
    if note.get("state") == "running" and not files.is_held(place.lock):
        # It has just ended and noted why, or else it was killed.
        if (later := _valid_note(place)) == note:
            return _killed(place, _from_note(note))
        note = later
    return _from_note(note) if note else None


def _killed(place: Place, left: Preparation) -> Preparation:
    where, then = how_far(left.done, left.total, left.message)
    last = _last_line(place.log)
    output = f" (its last output: {last}; all of it is in {place.log})" if last else ""
    return replace(
        left,
        state="failed" if left.message == "starting" else "stopped",
        message=f"Preparing {place.label} ended {where} without a message, as after a crash{output}; "
        f"{then}",
    )


def _valid_note(place: Place) -> dict[str, Any]:
    """Return the note beside a set; empty if it is missing or damaged, as it only informs."""
    note = read_note(place.progress)
    is_valid = (
        note.get("state") in ("running", "stopped", "failed")
        and isinstance(note.get("message", ""), str)
        and isinstance(note.get("problems", []), list)
        and all(
            isinstance(number := note.get(name, 0), int | float) and 0 <= number < _MOST_COUNT
            for name in ("done", "total", "per_second")
        )
    )
    return note if is_valid else {}


def _from_note(note: dict[str, Any]) -> Preparation:
    return Preparation(
        state=note["state"],
        done=int(note.get("done", 0)),
        total=int(note.get("total", 0)),
        message=str(note.get("message", "starting")),
        per_second=float(note.get("per_second", 0.0)),
        problems=tuple(map(str, note.get("problems", ()))),
    )


def _last_line(log: Path) -> str:
    """Return the last line of a log, "none" if it is empty; empty if the log cannot be read."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return ""  # never written, or just deleted by a process that prepares the set now
    printed = [line.strip() for line in lines if line.strip()]
    return printed[-1][:200] if printed else "none"
