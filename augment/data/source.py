"""What a data source is: facts that a person reads, and a way to read its pictures one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from augment.engine import rng
from augment.errors import DataError

Pixels = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Progress = Callable[[int, int, str], None]
"""Called with what is done, the total (0 while unknown) and what is being done, in words.

What is counted are pictures, unless the words have figures of their own ("downloading 12 of 330 MB").
It may raise, which ends the work: that is how preparing is cancelled.
"""

SMALLEST, LARGEST = 32, 512

CROP, STRETCH = FITS = ("crop", "stretch")
"""How a picture becomes square: its middle is cut out, or it is stretched as the Keras guide does."""

TRAIN, VALIDATION, TEST = OFFICIAL = ("train", "validation", "test")
POOL = "all"
"""The one split of a source that has no splits of its own."""


@dataclass(frozen=True, kw_only=True)
class Original:
    """One picture of a source, not yet decoded.

    `name` is stable: it never changes while the picture stays the same, so the id made from it does
    not either, and no two originals of a source have the same. `load` is given the least side wanted
    in pixels and returns the whole picture as RGB, uint8, (H, W, 3), smaller than the original only
    where both sides stay at least that long; it runs in any thread and raises a `DataError` of one
    sentence, which names the picture, where that cannot be read.
    """

    name: str
    label: int
    load: Callable[[int], Pixels]


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What a source holds at this moment, found without decoding anything.

    `originals(split, start)` yields the `counts[split]` originals of a split from number `start` on,
    always in the same order. `fingerprint` is another one whenever the originals are others.
    `changed()` says in half a sentence what of them has changed since the listing was made ("a.jpg has
    gone"), and nothing where all is as it was. `ignored` has a sentence for each file or folder that
    cannot belong to the set, such as a text file; those are no damage.
    """

    class_names: tuple[str, ...]
    counts: Mapping[str, int]
    originals: Callable[[str, int], Iterator[Original]]
    fingerprint: str
    changed: Callable[[], str] = str
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Source:
    """A place that pictures come from.

    `note` is what a page must say plainly about it. `class_names` is empty where only the prepared
    data know them. `version` is raised whenever the same originals would give other pixels, names or
    labels; older prepared sets are then made again. A source that `prepares_itself` takes a second
    and needs nothing from outside, so opening it prepares it. `to_fetch` says what preparing will
    download first, with its size, and is empty where nothing is. `open` lists the originals, and
    fetches them where they have to be.
    """

    name: str
    title: str
    note: str
    licence: str
    citation: str
    version: int
    prepares_itself: bool
    open: Callable[[Progress], Listing]
    class_names: tuple[str, ...] = ()
    to_fetch: Callable[[], str] = str


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


def check_fit(fit: str) -> str:
    """Return `fit`, or raise a `DataError` that says which there are."""
    if fit not in FITS:
        raise DataError(f"The fit is {fit!r}, but must be one of {', '.join(FITS)}.")
    return fit
