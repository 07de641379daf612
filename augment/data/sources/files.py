"""Paths and files of a user's own: made absolute, opened safely, and named as a source."""

from __future__ import annotations

import functools
import operator
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

from augment.data.images.decode import shown
from augment.data.source import Listing, Progress, Source, display_name
from augment.errors import DataError

_UPLOADED = re.compile(r"(.+)-[0-9a-f]{8}(?:[0-9a-f]{56})?")
"""The name of an uploaded archive, in which other characters than letters and digits became hyphens."""
_UNKNOWN = "Not known; ask whoever collected the pictures."


def path_source(
    kind: str,
    path: Path,
    note: str,
    listing: Callable[[Path, Progress], Listing],
    suffix: str = "",
) -> Source:
    """Return the source of the pictures at a path, which is not read yet.

    Args:
        kind: What the name of the source begins with.
        path: A file or folder.
        note: The note of the source, with "{name}" for the name of the file or folder.
        listing: Lists the pictures.
        suffix: What follows the path in the name of the source.

    Raises:
        DataError: It is not a possible path.
    """
    absolute = resolved(path)
    plain = _plain_name(absolute)
    return Source(
        name=f"{kind}:{absolute}{suffix}",
        title=shown(display_name(plain) or str(absolute)),
        note=note.format(name=shown(plain or str(absolute))),
        licence=_UNKNOWN,
        citation=_UNKNOWN,
        version=1,
        prepares_itself=False,
        open=functools.partial(listing, absolute),
    )


def _plain_name(path: Path) -> str:
    """Return the name of a folder or an archive without its ending and the digest of an upload."""
    if path.suffix.lower() != ".zip":
        return path.name
    uploaded = _UPLOADED.fullmatch(path.stem)
    return uploaded[1].replace("-", " ") if uploaded else path.stem


def resolved(path: Path) -> Path:
    """Return the absolute path without links; it need not exist.

    Raises:
        DataError: It is not a possible path, or not Unicode text.
    """
    try:
        absolute = path.expanduser().resolve()
        str(absolute).encode()
    except (OSError, RuntimeError, ValueError) as error:
        raise DataError(
            f"{shown(str(path))} is not a possible path, or its name is not Unicode text; "
            "rename it or choose another."
        ) from error
    return absolute


def opened(path: str | Path) -> int:
    """Return a descriptor for reading a regular file; the caller closes it.

    Opening a pipe would wait for its other end, and reading a device may do anything. A link is refused.

    Raises:
        OSError: It cannot be opened, or is not a regular file.
    """
    flags = (getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_BINARY"))
    descriptor = os.open(path, functools.reduce(operator.or_, flags, os.O_RDONLY))
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(0, "it is not a regular file")


def reason(error: OSError) -> str:
    """Return in a few words why something cannot be read."""
    return (error.strerror or type(error).__name__).lower()
