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


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Replace ``path`` atomically: a reader sees the old or the new document.

    Raises:
        OSError: It cannot be written, as on a full disk; the old file is unchanged.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with draft.open("w", encoding="utf-8") as file:
            json.dump(value, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
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


def acquire(path: Path) -> BinaryIO | None:
    """Acquire the lock at ``path``; return None if it is held.

    Closing the returned file releases the lock. A child process that inherits the file holds the lock
    too, so a parent that closes its own copy has handed the lock over.

    Raises:
        OSError: The file cannot be created, as on a full disk.
    """
    # For reading and writing, so that locking works on NFS as well.
    file = path.open("a+b")
    while not _lock(file, fcntl.LOCK_EX):
        if is_held(path):
            file.close()
            return None
        time.sleep(0.001)  # another process was only calling `is_held`
    return file


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
