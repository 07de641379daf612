"""From the files that were found to the listing of a source: its originals, and what has changed."""

from __future__ import annotations

import functools
import hashlib
import itertools
from collections.abc import Callable, Iterator

from augment.data.files import plain_files
from augment.data.files.layout import File, Layout
from augment.data.files.left_out import LeftOut
from augment.data.picture_files import decoding
from augment.data.spec import Listing, Original, Pixels
from augment.errors import DataError

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
    called = decoding.shown(name)
    if file.size > MOST_BYTES:
        raise DataError(
            f"{called} has {file.size / 1e6:,.0f} MB; files of at most {MOST_BYTES // 10**6} MB are read."
        )
    try:
        data = read(file)
    except OSError as error:
        raise DataError(f"{called} cannot be read ({plain_files.reason(error)}).") from error
    return decoding.decode(data, name, least_side=least_side)


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
            yield f"{decoding.shown(name)} has gone"
        elif now[name] != row:
            yield f"{decoding.shown(name)} is another"
    for name in now:
        if name not in then:
            yield f"{decoding.shown(name)} is new"
