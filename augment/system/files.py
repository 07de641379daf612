"""Files that several processes share: documents that are replaced atomically, and locks.

A lock shows whether a process is alive: the kernel releases it however the process ends.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from augment.errors import AugmentError
from augment.json_text import NotJson, parse
from augment.system.units import megabytes

MOST_JSON_BYTES = 64_000_000
"""The longest JSON document that is read; the index of a set of millions of pictures has a tenth."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


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
    text = json.dumps(value, indent=2, allow_nan=False)
    write_bytes(path, f"{text}\n".encode(), durable=durable)


def write_bytes(path: Path, content: bytes | memoryview, *, durable: bool = True) -> None:
    """Replace ``path`` atomically, as `write_json` does, by any content; raises OSError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with draft.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def read_json(
    path: Path, most: int = MOST_JSON_BYTES, *, may_be_link: bool = False
) -> dict[str, Any] | None:
    """Return the object in ``path``, or None if there is no such file.

    Numbers that JSON does not have (NaN, Infinity) are None.

    Args:
        path: The file.
        most: The most bytes that are read.
        may_be_link: As in `opened`.

    Raises:
        DamagedFile: It cannot be read, or does not contain a JSON object.
    """
    try:
        content = read_bytes(path, most, may_be_link=may_be_link)
        value = parse(content, finite=True)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DamagedFile(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except NotJson as error:
        raise DamagedFile(
            f"{path.name} is damaged: it is not a JSON document of this program (it {error})."
        ) from error
    if not isinstance(value, dict):
        raise DamagedFile(f"{path.name} is damaged: it is not a JSON object.")
    return value


def read_bytes(path: Path, most: int, *, tail: bool = False, may_be_link: bool = False) -> bytes:
    """Return the content of a file, without waiting where ``path`` is a pipe.

    Args:
        path: The file.
        most: The most bytes that are read.
        tail: Whether the last ``most`` bytes are returned of a larger file, which is refused otherwise.
        may_be_link: As in `opened`.

    Raises:
        OSError: It cannot be read.
        DamagedFile: It is a link, a folder, a pipe or a device, or larger than allowed.
    """
    with opened(path, may_be_link=may_be_link) as file:
        size = os.fstat(file.fileno()).st_size
        if tail:
            file.seek(max(0, size - most))
        content = file.read(most if tail else most + 1)
    if len(content) > most:
        raise DamagedFile(
            f"{path.name} is damaged: it has {megabytes(size)}, and at most "
            f"{megabytes(most)} are read."
        )
    return content


@contextmanager
def opened(path: Path, *, may_be_link: bool = False) -> Iterator[BinaryIO]:
    """Open a file for reading, without waiting where ``path`` is a pipe.

    Args:
        path: The file.
        may_be_link: Whether a symbolic link is followed. It is not in a folder that somebody may have
            copied from elsewhere and that is shown to others, as a run is: its log could be any file of
            this user.

    Raises:
        OSError: It cannot be read.
        DamagedFile: It is a link, a folder, a pipe or a device.
    """
    with open(path, "rb", opener=_open_at_once if may_be_link else _open_no_link) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise DamagedFile(f"{path.name} cannot be read: it is not a file.")
        yield file


def exists(path: Path) -> bool:
    """Whether there is anything at ``path``; not where this process may not look."""
    try:
        path.lstat()
    except OSError:
        return False
    return True


def is_folder(path: Path) -> bool:
    """Whether there is a folder at ``path``, or a link to one; not where this process may not look."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except OSError:
        return False


def stamp(path: Path) -> tuple[int, ...]:
    """Return what changes when a file is written or deleted; empty where there is none."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def has_no_room(error: OSError) -> bool:
    """Whether an error is that of a disk that is full or read-only, which may pass by itself."""
    return error.errno in _NO_ROOM


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
        with open(path, "rb", opener=_open_at_once) as file:
            return not _lock(file, fcntl.LOCK_SH)
    except OSError:
        return False


def _open_at_once(path: str, flags: int) -> int:
    """Open a file; of a pipe, without waiting for the process at its other end."""
    return os.open(path, flags | os.O_NONBLOCK)


def _open_no_link(path: str, flags: int) -> int:
    try:
        return _open_at_once(path, flags | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise DamagedFile(
            f"{Path(path).name} cannot be read: it is a link, which is not followed here."
        ) from error


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
