"""Preparing in a process of its own, and what can be said about it from any other process."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import psutil

from augment import home
from augment.data.sources import source
from augment.data.spec import CROP
from augment.data.store.place import Place, read_json, write_json
from augment.data.store.prepared import read_prepared
from augment.errors import DataError, NotPrepared

State = Literal["none", "running", "stopped", "failed", "done"]

# Children that may have ended but have not been waited for; they would stay behind as zombies.
_children: list[subprocess.Popen[bytes]] = []


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
        DataError: There is no such source, size or fit, or the process cannot be started.
    """
    state = preparation(name, size, fit).state
    if state == "running" or (state == "done" and not again):
        return
    place = Place.of(source(name).name, size, fit)
    command = [sys.executable, "-m", "augment", "data", "prepare", place.name]
    command += ["--size", str(size), "--fit", fit, *(["--again"] if again else [])]
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
        _children.append(child)
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
    if _running(place) is None:
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
    _children[:] = [child for child in _children if child.poll() is None]
    if running := _running(place):
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
    told = read_json(place.progress)
    if told.get("state") in ("failed", "stopped"):
        return _told(told["state"], told)
    if told:
        return replace(
            _told("stopped", told),
            message=f"Preparing {place.called} ended {_how_far(told)} without a word, as after a "
            "crash; starting it again goes on from there.",
        )
    started = read_json(place.started)
    if not started:
        return Preparation(state="failed" if damage else "none", message=damage)
    if started.get("born") and _born(started.get("pid")) == started["born"]:
        return Preparation(state="running", message="starting")
    return Preparation(
        state="failed",
        message=f"Preparing {place.called} ended before it began ({_last_words(place.log)}); "
        f"all that it printed is in {place.log}.",
    )


def _why_not_again(place: Place) -> str:
    """Return why preparing a set again failed or was stopped; the set that was there still is."""
    told = read_json(place.progress)
    return str(told.get("message", "")) if told.get("state") in ("failed", "stopped") else ""


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


def _how_far(told: dict[str, Any]) -> str:
    if not told.get("total"):
        return f"while {told.get('message', 'starting')}"
    return f"at {told['done']:,} of {told['total']:,} pictures"


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
