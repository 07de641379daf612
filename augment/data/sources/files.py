"""Opening files that anybody may have put where they are: without waiting, and nothing but files.

From the files that were found to the listing of a source: its originals, and what has changed.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import operator
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from augment.data.images import decode
from augment.data.source import Listing, Original, Pixels
from augment.data.sources.layout import File, Layout, LeftOut
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
            f"{decode.shown(str(path))} is no possible path, or has a name that is no Unicode text; "
            "rename it or choose another."
        ) from error
    return whole


def reason(error: OSError) -> str:
    """Return in a few words why something cannot be read."""
    return (error.strerror or type(error).__name__).lower()


MOST_BYTES = 200_000_000
"""Larger files are not read."""

_CHANGES_NAMED = 3


def listing(
    layout: Layout,
    left_out: LeftOut,
    read: Callable[[File], bytes],
    again: Callable[[], Layout | None],
) -> Listing:
    """Return the listing of the files in `layout`.

    Args:
        layout: The files.
        left_out: What does not belong to them.
        read: Returns the bytes of a file, or raises an `OSError`.
        again: Returns the layout at the moment it is called, or None where nothing can be another.
    """
    fingerprint = _fingerprint(layout)
    labels = {name: label for label, name in enumerate(layout.class_names)}

    def originals(split: str, start: int) -> Iterator[Original]:
        for file in itertools.islice(layout.splits[split], start, None):
            name = layout.name(file)
            yield Original(
                name=name,
                label=labels[layout.class_name(file)],
                load=functools.partial(_load, read, file, name),
            )

    def changed() -> str:
        try:
            now = again()
        except DataError as error:
            return str(error).removesuffix(".")
        return _differences(layout, now) if now and _fingerprint(now) != fingerprint else ""

    return Listing(
        class_names=layout.class_names,
        counts={split: len(files) for split, files in layout.splits.items()},
        originals=originals,
        fingerprint=fingerprint,
        changed=changed,
        ignored=left_out.sentences(),
    )


def _load(read: Callable[[File], bytes], file: File, name: str, least_side: int) -> Pixels:
    called = decode.shown(name)
    if file.size > MOST_BYTES:
        raise DataError(
            f"{called} has {file.size / 1e6:,.0f} MB; files of at most {MOST_BYTES // 10**6} MB are read."
        )
    try:
        data = read(file)
    except OSError as error:
        raise DataError(f"{called} cannot be read ({reason(error)}).") from error
    return decode.decode(data, name, least_side=least_side)


def _rows(layout: Layout) -> Iterator[tuple[str, tuple[int, int]]]:
    for files in layout.splits.values():
        for file in files:
            yield layout.name(file), (file.size, file.stamp)


def _fingerprint(layout: Layout) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for row in _rows(layout):
        digest.update(repr(row).encode())
    return digest.hexdigest()


def _differences(then: Layout, now: Layout) -> str:
    found = _changes(dict(_rows(then)), dict(_rows(now)))
    first = list(itertools.islice(found, _CHANGES_NAMED))
    more = sum(1 for _ in found)
    return ", ".join([*first, f"and {more:,} more"] if more else first)


def _changes(then: dict[str, tuple[int, int]], now: dict[str, tuple[int, int]]) -> Iterator[str]:
    for name, row in then.items():
        if name not in now:
            yield f"{decode.shown(name)} has gone"
        elif now[name] != row:
            yield f"{decode.shown(name)} is another"
    for name in now:
        if name not in then:
            yield f"{decode.shown(name)} is new"
