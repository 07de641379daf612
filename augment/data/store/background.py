"""Preparing in a process of its own, and what can be said about it from any other process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import psutil

from augment import home
from augment.data.registry import source
from augment.data.source import CROP
from augment.data.store.build import how_far
from augment.data.store.place import Place, read_json, write_json
from augment.data.store.prepared import read_prepared
from augment.errors import DataError, NotPrepared

State = Literal["none", "running", "stopped", "failed", "done"]

# Children that may have ended but have not been waited for; they would stay behind as zombies.
_children: list[tuple[subprocess.Popen[bytes], Place]] = []
# Two browsers may ask for the same at once.
_starting = threading.Lock()

MOST_AT_ONCE = 2
"""Processes that one server starts; thirty people who each prepare a set would stop each other."""


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """How far preparing a set has come; `total` is 0 while unknown, `message` says what or why.

    `per_second` is the speed of the last seconds, 0 while unknown. `problems` has a sentence for each
    bad picture where there were too many. What was "stopped" goes on from there when it is started.
    Where a set is "done" and has a message, that says why preparing it again came to nothing.
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
    """Start preparing a set in a detached process and return at once.

    It goes on when this process ends. Nothing happens where the set is being made, or is there and
    not wanted `again`.

    Raises:
        DataError: There is no such source, size or fit, too many are being prepared at once, or the
            process cannot be started.
    """
    with _starting:
        state = preparation(name, size, fit).state
        if state == "running" or (state == "done" and not again):
            return
        if sum(bool(_running(each) or _begun(each)) for _, each in _children) >= MOST_AT_ONCE:
            raise DataError(
                f"{MOST_AT_ONCE} sets are being prepared already, each on all cores; start this one when "
                "one of them is done."
            )
        _start(Place.of(source(name).name, size, fit), again=again)


def _start(place: Place, *, again: bool) -> None:
    command = [sys.executable, "-m", "augment", "data", "prepare", place.name]
    command += ["--size", str(place.size), "--fit", place.fit, *(["--again"] if again else [])]
    try:
        place.progress.unlink(missing_ok=True)
        place.cancel.unlink(missing_ok=True)
        with place.log.open("wb") as log:
            child = subprocess.Popen(
                command,
                cwd=Path(__file__).resolve().parents[3],
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        _children.append((child, place))
        write_json(place.started, {"pid": child.pid, "born": _born(child.pid)})
        if hasattr(os, "setpriority"):
            # The pages stay quick, and preparing loses nothing on an idle machine.
            os.setpriority(os.PRIO_PROCESS, child.pid, 10)
    except OSError as error:
        raise DataError(
            f"Preparing {place.called} could not be started ({error.strerror or error})."
        ) from error


def stop_preparing(name: str, size: int, fit: str = CROP) -> None:
    """Ask whoever prepares a set to stop, which happens in a moment; what is done is kept.

    Raises:
        DataError: There is no such source, size or fit, or asking failed.
    """
    place = Place.of(source(name).name, size, fit)
    if preparation(name, size, fit).state != "running":
        return
    try:
        place.cancel.touch()
    except OSError as error:
        raise DataError(
            f"Preparing {place.called} could not be stopped ({error.strerror or error})."
        ) from error


def preparation(name: str, size: int, fit: str = CROP) -> Preparation:
    """Say whether a set is there, being prepared, or failed to be; cheap enough to ask every second.

    Raises:
        DataError: There is no such source, size or fit.
    """
    place = Place.of(source(name).name, size, fit)
    _children[:] = [(child, each) for child, each in _children if child.poll() is None]
    if running := _running(place) or _begun(place):
        return running
    damage = ""
    try:
        read_prepared(name, size, fit)
        return Preparation(state="done", message=_why_not_again(place))
    except NotPrepared:
        pass
    except DataError as error:
        damage = str(error)
    # A process may have begun, or ended and left its reason, since the first question.
    if running := _running(place):
        return running
    if told := read_json(place.progress):
        return _ended(place, told)
    if not read_json(place.started):
        return Preparation(state="failed" if damage else "none", message=damage)
    if running := _begun(place):
        return running
    return Preparation(
        state="failed",
        message=f"Preparing {place.called} ended before it began ({_last_words(place.log)}); "
        f"all that it printed is in {place.log}.",
    )


def _why_not_again(place: Place) -> str:
    """Return why preparing a set again failed or was stopped; the set that was there still is."""
    told = read_json(place.progress)
    return _ended(place, told).message if told and not place.is_locked() else ""


def _ended(place: Place, told: dict[str, Any]) -> Preparation:
    """Return what a process left that is no more at work."""
    if told.get("state") in ("failed", "stopped"):
        return _told(told["state"], told)
    left = _told("stopped", told)
    where, then = how_far(left.done, left.total, left.message)
    words = f"Preparing {place.called} ended {where} without a word, as after a crash; {then}"
    return replace(left, message=words)


def _begun(place: Place) -> Preparation | None:
    """Return that a process was started, while it has not said anything yet."""
    started = read_json(place.started)
    if place.progress.exists() or not started.get("born"):
        return None
    if _born(started.get("pid")) != started["born"]:
        return None
    return Preparation(state="running", message="starting")


def _running(place: Place) -> Preparation | None:
    told = read_json(place.progress)
    # Who prepares has said so first, so asking never takes the lock of a set at rest.
    if told.get("state") != "running" or not place.is_locked():
        return None
    return _told("running", told)


def _told(state: State, told: dict[str, Any]) -> Preparation:
    return Preparation(
        state=state,
        done=int(told.get("done", 0)),
        total=int(told.get("total", 0)),
        message=str(told.get("message", "starting")),
        per_second=float(told.get("per_second", 0.0)),
        problems=tuple(map(str, told.get("problems", ()))),
    )


def _born(pid: Any) -> float | None:
    """Return when the living process `pid` began, by which a reused number is told apart."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except (psutil.Error, TypeError, ValueError):
        return None


def _last_words(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return "it left no log"
    words = [line.strip() for line in lines if line.strip()]
    return words[-1][:200] if words else "it printed nothing"


def _environment() -> dict[str, str]:
    # The process starts in another folder, so relative paths are made absolute; it needs no GPU.
    changed = {
        "AUGMENT_HOME": str(home.home().resolve()),
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }
    if os.environ.get("TFDS_DATA_DIR"):
        changed["TFDS_DATA_DIR"] = str(Path(os.environ["TFDS_DATA_DIR"]).expanduser().resolve())
    return {**os.environ, **changed}
