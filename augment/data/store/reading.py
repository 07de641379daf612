"""Originals read on all cores: decoded, made square, hashed, and given back in their order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from augment.data import likeness
from augment.data.picture_files import pictures
from augment.data.spec import Listing, Original, Pixels
from augment.data.store.journal import Line
from augment.errors import DataError

AHEAD = 4
"""Originals in work for each thread: enough that none waits, few enough that memory stays small."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is made of each original."""

    size: int
    fit: str


def read(
    listing: Listing, split: str, start: int, wanted: Wanted, workers: int
) -> Iterator[tuple[Line, Pixels | None]]:
    """Yield a line and the picture of each original of a split from number `start` on.

    A picture that cannot be read is None, and its line says why. Threads do the work: decoding and
    resizing let go of Python's lock. Only the picture of this size outlives its thread.
    """
    pending: deque[Future[tuple[Line, Pixels | None]]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="read")
    try:
        for original in listing.originals(split, start):
            pending.append(pool.submit(_one, original, split, wanted))
            if len(pending) >= AHEAD * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _one(original: Original, split: str, wanted: Wanted) -> tuple[Line, Pixels | None]:
    try:
        image = original.load(pictures.least_side(wanted.size))
    except DataError as error:
        line = Line(split=split, name=original.name, label=original.label, problem=str(error))
        return line, None
    sha256, likely = likeness.fingerprint(image)
    height, width = image.shape[:2]
    line = Line(
        split=split,
        name=original.name,
        label=original.label,
        sha256=sha256.hex(),
        likeness=likely,
        enlarged=min(height, width) < wanted.size,
    )
    return line, pictures.fit(image, wanted.size, wanted.fit)
