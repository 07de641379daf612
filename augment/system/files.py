"""Files that several processes share: JSON documents that are replaced atomically, and locks.

A lock shows whether a process is alive: the kernel releases it however the process ends.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from augment.errors import AugmentError


class DamagedFile(AugmentError):
    """A file cannot be read, or its content is not valid."""


def write_json(path: Path, value: Mapping[str, Any], *, durable: bool = True) -> None:
    """Replace ``path`` atomically: a reader sees the old or the new document.

    Args:
        path: The file.
        value: What to write.
        durable: Whether to wait until the disk has the document, so that a power failure leaves the old
            or the new one, but never a damaged one. A note that is written many times a minute does
            without, because waiting delays other writers too.

    Raises:
        OSError: It cannot be written, as on a full disk; the old file is unchanged.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with draft.open("w", encoding="utf-8") as file:
            json.dump(value, file, indent=2)
            file.write("\n")
            if durable:
                file.flush()
                os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the object in ``path``, or None if there is no such file.

    Raises:
        DamagedFile: It cannot be read, or does not contain a JSON object.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DamagedFile(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise DamagedFile(f"{path.name} is damaged: it is not JSON ({error}).") from error
    if not isinstance(value, dict):
        raise DamagedFile(f"{path.name} is damaged: it is not a JSON object.")
    return value


def acquire(path: Path, *, timeout: float = 0) -> BinaryIO | None:
    """Acquire the lock at ``path``; return None if it is still held after ``timeout`` seconds.

    Closing the returned file releases the lock. A child process that inherits the file holds the lock
    too, so a parent that closes its own copy has handed the lock over. Closing is the only release, so a
    child that another thread has just forked may keep a released lock for a moment, until its exec.

    Raises:
        OSError: The file cannot be created, as on a full disk.
    """
    deadline = time.monotonic() + timeout
    while True:
        # For reading and writing, so that locking works on NFS as well.
        file = path.open("a+b")
        if _lock(file, fcntl.LOCK_EX):
            if _is_at(file, path):
                return file
            pause = 0.0  # the file was deleted before it was locked, so the lock is of no use
        elif not is_held(path):
            pause = 0.001  # another process was only testing the lock
        elif time.monotonic() < deadline:
            pause = 0.05
        else:
            file.close()
            return None
        file.close()
        time.sleep(pause)


def is_held(path: Path) -> bool:
    """Return whether a living process holds the lock at ``path``; creates nothing.

    It takes a *shared* lock for an instant, so two callers never take each other for a holder.
    """
    try:
        file = path.open("rb")
    except OSError:
        return False
    with file:
        return not _lock(file, fcntl.LOCK_SH)


def _lock(file: BinaryIO, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
