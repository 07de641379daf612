"""Preparing in a process of its own, and how far that is, for any other process to ask."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import psutil

from augment.data.registry import source
from augment.data.source import CROP
from augment.data.store.build import how_far
from augment.data.store.place import Place, read_note
from augment.data.store.prepared import read_prepared
from augment.errors import DataError, NotPrepared
from augment.system import files, processes

State = Literal["none", "running", "stopped", "failed", "done"]

MOST_AT_ONCE = 2
"""Processes that one server starts; each uses all cores."""

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
        _started[:] = [place for place in _started if _running(place)]
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
        for file in (place.progress, place.cancel, place.log):
            file.unlink(missing_ok=True)
        child = processes.start(
            command,
            output=place.log,
            extra={"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"},
            niceness=processes.NICENESS,
        )
        files.write_json(place.started, {"pid": child.pid, "born": _born(child.pid)}, durable=False)
    except OSError as error:
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
    if not _running(place):
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
    if running := _running(place):
        return running
    damage = ""
    try:
        read_prepared(name, size, fit)
    except NotPrepared:
        pass
    except DataError as error:
        damage = str(error)
    else:
        ended = _ended(place)
        return Preparation(state="done", message=ended.message if ended else "")
    # A process may have begun, or ended and left its reason, since the first question.
    return (
        _running(place)
        or _ended(place)
        or _ended_early(place)
        or Preparation(state="failed" if damage else "none", message=damage)
    )


def _running(place: Place) -> Preparation | None:
    """Return how far the process is that prepares the set, or was started to; None if there is none."""
    if note := read_note(place.progress):
        live = note.get("state") == "running" and files.is_held(place.lock)
        return _from_note("running", note) if live else None
    started = read_note(place.started)
    if place.progress.exists() or not started.get("born"):
        return None
    alive = _born(started.get("pid")) == started["born"]
    return Preparation(state="running", message="starting") if alive else None


def _ended(place: Place) -> Preparation | None:
    """Return why the last process ended, if that left the note unfinished or with a reason."""
    note = read_note(place.progress)
    if not note or files.is_held(place.lock):
        return None
    if note.get("state") in ("failed", "stopped"):
        return _from_note(note["state"], note)
    left = _from_note("stopped", note)
    where, then = how_far(left.done, left.total, left.message)
    message = f"Preparing {place.label} ended {where} without a message, as after a crash; {then}"
    return replace(left, message=message)


def _ended_early(place: Place) -> Preparation | None:
    """Return that the process which was started ended before it wrote anything."""
    if not read_note(place.started):
        return None
    return Preparation(
        state="failed",
        message=f"Preparing {place.label} ended before it began ({_last_line(place.log)}); "
        f"all of its output is in {place.log}.",
    )


def _from_note(state: State, note: dict[str, Any]) -> Preparation:
    return Preparation(
        state=state,
        done=int(note.get("done", 0)),
        total=int(note.get("total", 0)),
        message=str(note.get("message", "starting")),
        per_second=float(note.get("per_second", 0.0)),
        problems=tuple(map(str, note.get("problems", ()))),
    )


def _born(pid: Any) -> float | None:
    """Return when the living process `pid` began; its number alone may have been reused."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except (psutil.Error, TypeError, ValueError):
        return None


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return "it left no log"
    printed = [line.strip() for line in lines if line.strip()]
    return printed[-1][:200] if printed else "it printed nothing"
