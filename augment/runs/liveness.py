"""Whether a run is alive, and who has it: by a lock, or where locks cannot be trusted, by a heartbeat.

A lock is released by the kernel however its holder ends, so on one machine it says at once and for sure
whether a supervisor lives. On a shared file system it may be unknown to other machines, or outlive its
holder. There the supervisor of an attempt creates a file, which only one process can, and touches it
every few seconds; who reads the run takes it for lost when the file is old. Which of the two is used is
in ``state.json``, so all readers judge alike.

No clock decides who may train an attempt: its file is created once and never again. A resume begins the
next attempt with a file of its own. A supervisor that was cut off for too long, or whose run was resumed,
ends its trainer and writes nothing more (`Hold.is_lost`).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import psutil

from augment.engine.limits import shorten
from augment.errors import RunError
from augment.json_text import is_whole
from augment.runs.folders import RunFolder
from augment.system import files

LOCK, HEARTBEAT = "lock", "heartbeat"

VARIABLE = "AUGMENT_LIVENESS"
"""Environment variable: `LOCK` or `HEARTBEAT`, where the file system does not tell which to trust."""
BEAT_VARIABLE = "AUGMENT_HEARTBEAT_S"
"""Environment variable: the seconds between two beats, a whole number from 1 to 9999."""
BEAT_S = 10
"""The seconds where it is not set."""
MISSED = 6
"""A run whose last beat is this many intervals ago is lost."""

_LOCAL = frozenset(
    {
        *(
            "apfs",
            "aufs",
            "btrfs",
            "ext2",
            "ext3",
            "ext4",
            "f2fs",
            "hfs",
            "jfs",
            "overlay",
            "ramfs",
        ),
        *("tmpfs", "ufs", "xfs", "zfs"),
    }
)
"""File systems of one machine, whose locks all its processes see. Any other may be shared."""


def kind(path: Path) -> str:
    """Return `LOCK` or `HEARTBEAT`: what tells whether a run in this folder is alive.

    Raises:
        RunError: `VARIABLE` is set to something else.
    """
    chosen = os.environ.get(VARIABLE, "")
    if chosen and chosen not in (LOCK, HEARTBEAT):
        raise RunError(f"{VARIABLE} is {shorten(chosen)}; use {LOCK} or {HEARTBEAT}.")
    return chosen or (LOCK if _file_system(path) in _LOCAL else HEARTBEAT)


def seconds(variable: str, default: int) -> int:
    """Return the whole seconds that an environment variable says, from 1 to 9999.

    Args:
        variable: Its name.
        default: The seconds where it is not set.

    Raises:
        RunError: It says something else.
    """
    value = os.environ.get(variable, "") or str(default)
    if not re.fullmatch("[1-9][0-9]{0,3}", value):
        raise RunError(f"{variable} is {shorten(value)}; use whole seconds from 1 to 9999.")
    return int(value)


class Hold:
    """The claim of a supervisor to an attempt of a run, until it is closed; `take` makes it.

    Attributes:
        kind: `LOCK` or `HEARTBEAT`.
        facts: What ``state.json`` says of it, for readers.
    """

    def __init__(
        self, folder: RunFolder, attempt: int, *, lock: BinaryIO | None, beat_s: int
    ) -> None:
        self.kind = LOCK if lock else HEARTBEAT
        self.facts: dict[str, Any] = {"liveness": self.kind} | ({} if lock else {"beat_s": beat_s})
        self._folder, self._attempt = folder, attempt
        self._lock = lock
        self._beat_s = beat_s
        self._last = time.monotonic()
        self._is_resumed = False
        self._over = threading.Event()
        if not lock:
            threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()

    def close(self) -> None:
        """Release the lock, or stop the heart; the attempt stays taken."""
        self._over.set()
        if self._lock:
            self._lock.close()

    def give_back(self) -> None:
        """Let another supervisor take the attempt, of which nothing was started.

        Raises:
            OSError: The file of the heartbeat cannot be deleted.
        """
        if not self._lock:
            self._folder.heartbeat(self._attempt).unlink(missing_ok=True)

    def is_lost(self) -> bool:
        """Whether others may have taken the run for lost, so that it must not be written any more."""
        if self._lock:
            return False
        return self._is_resumed or time.monotonic() - self._last > MISSED * self._beat_s

    def _beat(self) -> None:
        path = self._folder.heartbeat(self._attempt)
        while not self._over.wait(self._beat_s) and not self.is_lost():
            with contextlib.suppress(OSError, RunError):  # the next beat may succeed
                self._is_resumed = len(self._folder.read_attempts()) >= self._attempt
                os.utime(path)
                if not self.is_lost():
                    self._last = time.monotonic()


def take(folder: RunFolder, attempt: int, *, timeout: float = 0) -> Hold | None:
    """Take an attempt of a run for the supervisor that calls; None if somebody has or had it.

    Args:
        folder: The run.
        attempt: Which of its attempts, from 1.
        timeout: For how many seconds it waits for a lock; a heartbeat is never waited for.

    Raises:
        OSError: The folder cannot be written.
        RunError: An environment variable is set wrongly.
    """
    beat_s = seconds(BEAT_VARIABLE, BEAT_S)
    if kind(folder.path) == LOCK:
        lock = files.acquire(folder.lock, timeout=timeout)
        return Hold(folder, attempt, lock=lock, beat_s=beat_s) if lock else None
    try:
        # Creating it is the claim: of two machines that try, also on NFS, one succeeds.
        with folder.heartbeat(attempt).open("x", encoding="utf-8") as file:
            json.dump({"host": socket.gethostname(), "pid": os.getpid()}, file)
    except FileExistsError:
        return None
    return Hold(folder, attempt, lock=None, beat_s=beat_s)


def is_alive(folder: RunFolder, state: Mapping[str, Any], attempt: int) -> bool:
    """Return whether an attempt has a living supervisor.

    Args:
        folder: The run.
        state: Its ``state.json``; empty where it has none.
        attempt: The attempt that it is in, from 1.
    """
    if state.get("liveness") == HEARTBEAT or not state:
        beat_s = state.get("beat_s", BEAT_S)
        age = _age(folder.heartbeat(attempt))
        if age is not None:
            return age < MISSED * (beat_s if is_whole(beat_s) and beat_s > 0 else BEAT_S)
        if state:
            return False
    return files.is_held(folder.lock)


def was_taken(folder: RunFolder, attempt: int) -> bool:
    """Return whether a supervisor took an attempt by a heartbeat, dead or alive."""
    return files.exists(folder.heartbeat(attempt))


def at_rest(
    folder: RunFolder, *, timeout: float = 0
) -> contextlib.AbstractContextManager[object] | None:
    """Keep supervisors away from a run that is to be changed by somebody else; None if one is alive.

    Under a heartbeat it is only known that none is alive now.

    Args:
        folder: The run.
        timeout: For how many seconds it waits for a lock.

    Raises:
        OSError: The folder cannot be written.
    """
    if kind(folder.path) == LOCK:
        return files.acquire(folder.lock, timeout=timeout)
    try:
        state, attempt = folder.read_state() or {}, len(folder.read_attempts()) + 1
    except RunError:  # damaged, so the run is lost
        return contextlib.nullcontext()
    ended = state.get("state") not in (None, "RUNNING")
    if not ended and is_alive(folder, state, attempt):
        return None
    return contextlib.nullcontext()


def _age(path: Path) -> float | None:
    """Return the seconds since a file was touched; None if there is none."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return None


def _file_system(path: Path) -> str:
    """Return the type of the file system that a folder is on; empty if it is not known."""
    try:
        place = path.resolve()
        mounts = {Path(each.mountpoint): each.fstype for each in psutil.disk_partitions(all=True)}
    except OSError:
        return ""
    return next((mounts[each] for each in (place, *place.parents) if each in mounts), "")
