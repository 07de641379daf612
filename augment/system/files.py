"""Files that several processes share: JSON documents, and locks that say who is alive.

A JSON document is replaced in one step, so a reader sees the old or the new one. A lock tells whether a
process lives: the kernel lets go of it whatever ends the process.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from augment.errors import AugmentError


class DamagedFile(AugmentError):
    """A file cannot be read, or does not hold what it should."""


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Replace ``path`` by ``value`` in one step, and see it onto the disk.

    Raises:
        OSError: The disk is full or refuses; the old file is as it was.
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
    """Return the object in ``path``, or None where there is no file.

    Raises:
        DamagedFile: It cannot be read, or holds no JSON object.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DamagedFile(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise DamagedFile(f"{path.name} is damaged: it holds no JSON ({error}).") from error
    if not isinstance(value, dict):
        raise DamagedFile(f"{path.name} is damaged: it holds no JSON object.")
    return value


def hold(path: Path, *, patience: float) -> FileLock | None:
    """Take the lock at ``path``, waiting ``patience`` seconds at most; None if another holds it.

    Whoever asks `is_held` holds it too for a moment, so a little patience is needed.

    Raises:
        OSError: The file cannot be made (a full disk, a folder that may not be written).
    """
    lock = FileLock(path)
    try:
        lock.acquire(timeout=patience)
    except Timeout:
        return None
    return lock


def is_held(path: Path) -> bool:
    """Return whether a living process holds the lock at ``path``; creates nothing.

    It takes a *shared* lock for a moment, so that two who ask at the same time never take each other
    for the holder.
    """
    try:
        file = path.open("rb")
    except OSError:
        return False
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
