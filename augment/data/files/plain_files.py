"""Opening files that anybody may have put where they are: without waiting, and nothing but files."""

from __future__ import annotations

import functools
import operator
import os
import stat
from pathlib import Path

from augment.data.picture_files import decoding
from augment.errors import DataError


def opened(path: str | Path) -> int:
    """Return a descriptor of an ordinary file for reading; the caller closes it.

    Opening a pipe would wait for its other end, and reading a device may do anything. A link is none.

    Raises:
        OSError: It cannot be opened, or is no ordinary file.
    """
    flags = (getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_BINARY"))
    descriptor = os.open(path, functools.reduce(operator.or_, flags, os.O_RDONLY))
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(0, "it is no ordinary file")


def resolved(path: Path) -> Path:
    """Return the absolute path without links, of something that need not exist.

    Raises:
        DataError: It is no possible path, or one that cannot be written as text.
    """
    try:
        whole = path.expanduser().resolve()
        str(whole).encode()
    except (OSError, RuntimeError, ValueError) as error:
        raise DataError(
            f"{decoding.shown(str(path))} is no possible path, or has a name that is no Unicode text; "
            "rename it or choose another."
        ) from error
    return whole


def reason(error: OSError) -> str:
    """Return in a few words why something cannot be read."""
    return (error.strerror or type(error).__name__).lower()
