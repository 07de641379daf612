"""What a data source is: facts that a person reads, and a way to read its pictures at one size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from augment import rng
from augment.errors import DataError

Pixels = npt.NDArray[np.uint8]
Progress = Callable[[int, int, str], None]
"""Called with what is done, the total (0 while unknown) and what is being done, in words."""

SMALLEST, LARGEST = 32, 512


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One picture of a source, already square and of the size that was asked for.

    `name` is stable: it never changes while the picture stays the same, so the id made from it does
    not either. `enlarged` says that the original had fewer pixels than `image`, which is RGB, uint8
    and of shape (size, size, 3).
    """

    name: str
    label: int
    image: Pixels
    enlarged: bool


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A source opened for reading at one size; `samples(split)` yields `counts[split]` samples."""

    class_names: tuple[str, ...]
    counts: Mapping[str, int]
    samples: Callable[[str], Iterator[Sample]]


@dataclass(frozen=True, kw_only=True)
class Source:
    """A place that pictures come from.

    `note` is what a page must say plainly about it. `class_names` is empty where only the prepared
    data know them. `version` is raised whenever the same originals would give other pixels, names or
    labels; older prepared sets are then made again. A source that `prepares_itself` takes a second
    and needs nothing from outside, so opening it prepares it.
    """

    name: str
    title: str
    note: str
    licence: str
    citation: str
    version: int
    prepares_itself: bool
    read: Callable[[int, Progress], Reading]
    class_names: tuple[str, ...] = ()


def stable_id(name: str) -> int:
    """Return the id of the sample with this name: 53 bits, so that JSON and browsers keep it whole."""
    return int(rng.key(name)) >> 11


def check_size(size: object) -> int:
    """Return `size`, or raise a `DataError` that says which sizes are allowed."""
    if isinstance(size, bool) or not isinstance(size, int) or not SMALLEST <= size <= LARGEST:
        raise DataError(
            f"The image size is {size!r}, but must be a whole number of pixels "
            f"from {SMALLEST} to {LARGEST}."
        )
    return size
