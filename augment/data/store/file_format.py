"""What of a prepared set lies on disk: opened as memory-mapped arrays in no time, whatever its size.

A set that is being made: pixels and a line about each picture, so that a killed process goes on.

The pixels of a picture are written before its line. So after any death the lines tell what is there,
and whatever lies beyond them is cut off.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from augment.data.source import Ints, Pixels
from augment.data.store.cache import Kept, Stamp
from augment.data.store.place import INDEX, Place
from augment.engine.samples import Names
from augment.errors import DataError, NotPrepared

# All that a torn or edited file makes the readers of JSON and arrays raise.
DAMAGE = (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError)

PICTURES, NAMES, NAME_ENDS = "pictures.bin", "names.bin", "name_ends.npy"
LABELS, IDS, GROUPS = "labels.npy", "ids.npy", "groups.npy"
ALIKE, ENLARGED = "alike.npy", "enlarged.npy"
FILES = (LABELS, IDS, GROUPS, ALIKE, ENLARGED, NAMES, NAME_ENDS, PICTURES)
"""All files of a set but its index."""
FORMAT = 2
"""Raised whenever the files of a set are laid out in another way."""

_opened: Kept[Stored] = Kept(32)


@dataclass(frozen=True, kw_only=True, eq=False)
class Stored:
    """All pictures of a prepared set in the order of its own splits, whatever is made of them.

    `images` is (N, S, S, 3) uint8; `labels`, `ids` and `groups` are (N,) int64, where pictures of one
    group are the same; `alike` is (P, 3) int64: two rows, and 1 where they are the same to the pixel,
    0 where they are likely to be; `enlarged` is (N,) bool. `own` are the rows of each own split, and
    `index` is what index.json says, and `stamp` tells these files from those of another set there.
    """

    place: Place
    stamp: Stamp
    images: Pixels
    labels: Ints
    ids: Ints
    groups: Ints
    alike: Ints
    enlarged: npt.NDArray[np.bool_]
    names: Names
    class_names: tuple[str, ...]
    own: Mapping[str, Ints]
    index: Mapping[str, Any]

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence for each original that could not be read."""
        return tuple(self.index["problems"])

    @property
    def alike_complete(self) -> bool:
        """Whether every likely pair was looked for; where nearly all look alike, that ends early."""
        return bool(self.index["alike_complete"])

    @property
    def ignored(self) -> tuple[str, ...]:
        """A sentence for each file that was there and belongs to no class."""
        return tuple(self.index["ignored"])


def read_index(folder: Path) -> dict[str, Any]:
    """Return what index.json of a set says, or raise one of `DAMAGE`."""
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    if not isinstance(index, dict):
        raise ValueError("index.json holds no object")
    return index


@contextlib.contextmanager
def damage_said(place: Place) -> Iterator[None]:
    """Turn whatever damage makes the readers raise into one sentence, a `DataError`."""
    try:
        yield
    except DAMAGE as error:
        raise DataError(
            f"The prepared set {place.called} in {place.folder} is damaged "
            f"({type(error).__name__}: {error}); {place.advice}"
        ) from error


def open_stored(place: Place, version: int, stamped: Stamp) -> Stored:
    """Return the set that `read_stored` reads; the same object for as long as it is on the disk."""
    return _opened.get(
        place.folder,
        stamped,
        (place, version),
        make=lambda: read_stored(place, version, stamped),
        rows=lambda held: len(held.labels),
    )


def read_stored(place: Place, version: int, stamped: Stamp) -> Stored:
    """Open a set of this version whose files bear this stamp, or raise one of `DAMAGE`.

    Raises:
        NotPrepared: Another version of the program made it.
    """
    index = read_index(place.folder)
    if index["version"] != version or index.get("format") != FORMAT:
        raise NotPrepared(
            f"{place.called} was prepared by another version of this program; {place.advice}"
        )
    folder, size = place.folder, place.size
    names = Names.open(folder / NAMES, folder / NAME_ENDS)
    count, classes = len(names), tuple(str(name) for name in index["class_names"])
    arrays = {
        name: np.load(folder / name, mmap_mode="r", allow_pickle=False)
        for name in (LABELS, IDS, GROUPS, ALIKE, ENLARGED)
    }
    for name in (LABELS, IDS, GROUPS):
        if arrays[name].shape != (count,) or arrays[name].dtype != np.int64:
            raise ValueError(f"{name} is {arrays[name].dtype} of shape {arrays[name].shape}")
    if count and not 0 <= arrays[LABELS].min() <= arrays[LABELS].max() < len(classes):
        raise ValueError(f"a label is outside the {len(classes)} classes")
    own, start = {}, 0
    for split, there in index["splits"].items():
        own[str(split)] = np.arange(start, start + int(there))
        start += int(there)
    if start != count:
        raise ValueError(f"the splits have {start} pictures, but there are {count}")
    # A map of the wrong size raises, so a torn file is never taken for a whole one.
    if (folder / PICTURES).stat().st_size != count * size * size * 3:
        raise ValueError(f"{PICTURES} does not hold {count} pictures")
    return Stored(
        place=place,
        stamp=stamped,
        images=np.memmap(folder / PICTURES, np.uint8, "r", shape=(count, size, size, 3)),
        labels=arrays[LABELS],
        ids=arrays[IDS],
        groups=arrays[GROUPS],
        alike=arrays[ALIKE],
        enlarged=arrays[ENLARGED],
        names=names,
        class_names=classes,
        own=own,
        index=index,
    )


PICTURES, LINES = "pictures.bin", "journal.jsonl"
_CHUNK = 2**22


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """What is known of one original: a good one has digests, a bad one has a sentence.

    `sha256` is that of the decoded pixels, `likeness` its perceptual hash; `enlarged` says that the
    original had fewer pixels than it was given.
    """

    split: str
    name: str
    label: int
    sha256: str = ""
    likeness: int = 0
    enlarged: bool = False
    problem: str = ""


class Journal:
    """The two files of a set that is being made; `lines` is what was done before, in order."""

    def __init__(self, folder: Path, header: Mapping[str, Any], picture_bytes: int) -> None:
        """Go on where a process that was killed ended, or begin anew if it did other work."""
        folder.mkdir(exist_ok=True)
        self._head = json.dumps(header, sort_keys=True)
        self._size = picture_bytes
        self.lines: list[Line] = []
        pictures, lines = folder / PICTURES, folder / LINES
        kept = self._read(lines, pictures)
        self._pictures = pictures.open("r+b" if kept else "w+b")
        self._lines = lines.open("r+b" if kept else "w+b")
        self._sum = hashlib.sha256()
        if kept:
            self._lines.truncate(kept)
            self._lines.seek(kept)
        else:
            self._lines.write(self._head.encode() + b"\n")
        good = sum(not line.problem for line in self.lines)
        self._pictures.truncate(good * picture_bytes)
        for chunk in iter(lambda: self._pictures.read(_CHUNK), b""):
            self._sum.update(chunk)

    def add(self, line: Line, image: Pixels | None) -> None:
        """Add an original; a bad one has no image."""
        if image is not None:
            held = np.ascontiguousarray(image).data
            self._pictures.write(held)
            self._sum.update(held)
            # Handed to the system, which keeps it whatever becomes of this process.
            self._pictures.flush()
        self._lines.write(json.dumps(_short(line)).encode() + b"\n")
        self._lines.flush()
        self.lines.append(line)

    @property
    def sha256(self) -> str:
        """The checksum of all pixels so far."""
        return self._sum.hexdigest()

    def close(self) -> None:
        """Write what is left and close the files."""
        try:
            self._pictures.close()
        finally:
            self._lines.close()

    def _read(self, lines: Path, pictures: Path) -> int:
        """Read the lines whose pictures are there; return how many bytes of the file hold."""
        try:
            room = pictures.stat().st_size // self._size
            file = lines.open("rb")
        except OSError:
            return 0
        with file:
            if file.readline() != self._head.encode() + b"\n":
                return 0
            kept = file.tell()
            for line in _whole(file):
                if not line.problem:
                    room -= 1
                if room < 0:
                    break
                self.lines.append(line)
                kept = file.tell()
        return kept


def _whole(file: Any) -> Iterator[Line]:
    while (text := file.readline()).endswith(b"\n"):
        try:
            yield Line(**json.loads(text))
        except (ValueError, TypeError):
            return


def _short(line: Line) -> dict[str, Any]:
    return {
        item.name: value
        for item in fields(line)
        if (value := getattr(line, item.name)) != item.default
    }
