"""What a data source is: facts to show to a user, and a way to read its pictures one by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from augment.engine import rng
from augment.engine.limits import shorten
from augment.errors import DataError

Pixels = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Progress = Callable[[int, int, str], None]
"""Called with what is done, the total (0 while unknown) and a description of what is being done.

Both count pictures, unless the description has figures of its own ("downloading 12 of 330 MB").
It may raise, which ends the work: that is how preparing is cancelled.
"""

SMALLEST, LARGEST = 32, 512

SPARE_BYTES = 50_000_000
"""What must stay free on the disk besides a set that is downloaded, uploaded or prepared."""

CROP, STRETCH = FITS = ("crop", "stretch")
"""How a picture becomes square: its middle is cut out, or it is stretched as the Keras guide does."""

TRAIN, VALIDATION, TEST = OFFICIAL = ("train", "validation", "test")
SPLIT_NAMES = {
    "train": TRAIN,
    "training": TRAIN,
    "validation": VALIDATION,
    "val": VALIDATION,
    "valid": VALIDATION,
    "dev": VALIDATION,
    "test": TEST,
    "testing": TEST,
}
"""Which official split a folder, an archive or a tfds set means by a name, in lower case.

Where a tfds set has two names of the same split, the first one here counts.
"""
POOL = "all"
"""The one split of a source that has no splits of its own."""


_NUMBERED = re.compile(r"([^\W\d_]{3})(\d+)\b")
"""The end of a word that is followed by a number, as in "flowers17"; "x2" and "v3" stay as they are."""


@dataclass(frozen=True, kw_only=True)
class Original:
    """One picture of a source, not yet decoded.

    Attributes:
        name: Distinct within the source, and the same as long as the picture is; the id is made from it.
        label: The index of its class.
        load: Returns the picture as RGB, uint8, (H, W, 3). It is given the least side that is needed, in
            pixels, and returns a smaller picture only where both sides stay at least that long. It is
            called in any thread, and raises a `DataError` that names the picture where it cannot be read.
    """

    name: str
    label: int
    load: Callable[[int], Pixels]


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What a source has at this moment, found without decoding anything.

    Attributes:
        class_names: The names of the classes.
        counts: How many originals each split has.
        originals: Yields the originals of a split from a number on, always in the same order.
        fingerprint: Another one whenever the originals are others.
        changed: Returns what of the originals has changed since the listing was made, as a part of a
            sentence ("a.jpg was removed"); empty if nothing.
        ignored: A sentence for each file or folder that does not belong to the set, such as a text file.
        notes: A sentence for each thing that was found out about the originals, such as which folder is
            which split.
        warnings: A sentence for each thing that may be wrong about that.
    """

    class_names: tuple[str, ...]
    counts: Mapping[str, int]
    originals: Callable[[str, int], Iterator[Original]]
    fingerprint: str
    changed: Callable[[], str] = str
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Source:
    """A place that pictures come from.

    Attributes:
        name: As `augment.data.source` takes it.
        title: The name in a heading; two sources may have the same (`registry.titles`).
        note: What a page must show about it.
        licence: The licence of the pictures.
        citation: Whom to cite.
        version: Raised whenever the same originals would give other pixels, names or labels; sets
            prepared before are then prepared again.
        prepares_itself: Whether it takes a second and needs no download, so that opening it prepares it.
        open: Lists the originals, and downloads them first if necessary.
        class_names: The names of the classes; empty if only the prepared set has them.
        to_fetch: Returns what preparing will download, with its size; empty if nothing.
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


def display_name(text: str) -> str:
    """Return the name of a folder, an archive or a data set as people would write it in a heading.

    >>> display_name("oxford_flowers17")
    'Oxford flowers 17'
    """
    words = _NUMBERED.sub(r"\1 \2", text.replace("_", " ")).split()
    name = " ".join(words)
    return f"{name[:1].upper()}{name[1:]}"


def stable_id(name: str) -> int:
    """Return the id of the sample with this name: 53 bits, which JSON and browsers hold exactly."""
    return int(rng.key(name)) >> 11


def check_size(size: object) -> int:
    """Return `size`, or raise a `DataError` that gives the allowed range."""
    if isinstance(size, bool) or not isinstance(size, int) or not SMALLEST <= size <= LARGEST:
        raise DataError(
            f"The image size is {shorten(size)}, but must be a whole number of pixels "
            f"from {SMALLEST} to {LARGEST}."
        )
    return size


def check_fit(fit: str) -> str:
    """Return `fit`, or raise a `DataError` that lists the allowed ones."""
    if fit not in FITS:
        raise DataError(f"The fit is {shorten(fit)}, but must be one of {', '.join(FITS)}.")
    return fit
