"""Liveness: who holds a lock is alive, because the kernel lets go of it whatever kills the process.

``filelock`` holds; asking takes a *shared* lock for a moment, so that two who ask at the same time
never take each other for the holder. A holder therefore has to be patient for a moment.
"""

from __future__ import annotations

import fcntl
from pathlib import Path

from filelock import FileLock, Timeout


def hold(path: Path, *, patience: float) -> FileLock | None:
    """Take the lock at ``path``, waiting ``patience`` seconds at most; None if another holds it.

    Raises:
        OSError: the file cannot be made (a full disk, a folder that may not be written).
    """
    lock = FileLock(path)
    try:
        lock.acquire(timeout=patience)
    except Timeout:
        return None
    return lock


def is_held(path: Path) -> bool:
    """Return whether a living process holds the lock at ``path``; creates nothing."""
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
