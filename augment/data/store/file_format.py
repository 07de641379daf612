"""The files of a prepared set: what they are called and hold, writing them, reading and checking them.

A set is written in two steps. While originals are read, a `Journal` appends the pixels of each picture
to `PICTURES` and then a line about it to `LINES`; whatever ends the process, the lines tell which
pictures are there, and what follows them is cut off. At the end the arrays and the index are written
from the lines, and `LINES` is deleted. All other modules go through this one.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import tokenize
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, overload

import numpy as np
import numpy.typing as npt

from augment.data.duplicates import Duplicates
from augment.data.source import Ints, Listing, Pixels, Progress, stable_id
from augment.data.store.cache import Stamp
from augment.data.store.place import INDEX, Place
from augment.engine.limits import shorten
from augment.errors import DataError, NotPrepared
from augment.json_text import is_whole, parse
from augment.system import files

FORMAT = 2
"""The version of this format; raise it whenever files are added or hold something else."""

PICTURES, NAMES, NAME_ENDS, LINES = "pictures.bin", "names.bin", "name_ends.npy", "journal.jsonl"
LABELS, IDS, GROUPS = "labels.npy", "ids.npy", "groups.npy"
ALIKE, ENLARGED = "alike.npy", "enlarged.npy"
_ARRAYS = {LABELS: np.int64, IDS: np.int64, GROUPS: np.int64, ALIKE: np.int64, ENLARGED: np.bool_}
FILES = (*_ARRAYS, NAMES, NAME_ENDS, PICTURES)
"""All files of a set but its index."""

MOST_PROBLEMS = 1000
"""Sentences about bad originals that are stored with a set, or with why preparing it failed."""
_CHUNK = 2**22
_DIGEST_BYTES = 32
_DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    MemoryError,
    # NumPy reads the head of an array as Python.
    SyntaxError,
    RecursionError,
    tokenize.TokenError,
    files.DamagedFile,
)
"""All that a damaged or edited file makes the readers of JSON and arrays raise."""


class NewerFormat(DataError):
    """A newer version of the program prepared the set; this one leaves it alone."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Stored:
    """All pictures of a prepared set in the order of the source's own splits.

    Attributes:
        place: Where the set is.
        stamp: Tells these files from others at the same place.
        images: uint8 (N, S, S, 3), on disk.
        labels: int64 (N,).
        ids: int64 (N,).
        groups: int64 (N,), equal for duplicates and near-duplicates.
        duplicate_pairs: int64 (P, 3), two rows, and 1 for equal pixels or 0 for near-duplicates.
        enlarged: bool (N,), whether the original had fewer pixels.
        names: The names of the originals.
        class_names: The names of the classes.
        own: The rows of each split of the source.
        index: The content of index.json.
    """

    place: Place
    stamp: Stamp
    images: Pixels
    labels: Ints
    ids: Ints
    groups: Ints
    duplicate_pairs: Ints
    enlarged: npt.NDArray[np.bool_]
    names: SampleNames
    class_names: tuple[str, ...]
    own: Mapping[str, Ints]
    index: Mapping[str, Any]

    @property
    def copies(self) -> Ints:
        """For each row the first row with equal pixels, int64 (N,)."""
        exact = self.duplicate_pairs[self.duplicate_pairs[:, 2] == 1]
        first = np.arange(len(self.labels))
        first[exact[:, 1]] = exact[:, 0]
        return first

    @property
    def prepared_at(self) -> str:
        """When the set was prepared, ISO 8601 in UTC."""
        return str(self.index["prepared_at"])

    @property
    def checksum(self) -> str:
        """Of pictures, labels, ids, classes and splits: equal sets have equal ones, in hexadecimal."""
        parts = [self.index[name] for name in ("sha256", "class_names", "splits")]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence for each original that could not be read, at most 1,000."""
        return tuple(self.index["problems"])

    @property
    def problem_count(self) -> int:
        """How many originals could not be read."""
        return int(self.index["problem_count"])

    @property
    def duplicates_complete(self) -> bool:
        """Whether the search for near-duplicates came to its end; too many candidates stop it."""
        return bool(self.index["alike_complete"])

    @property
    def ignored(self) -> tuple[str, ...]:
        """A sentence for each file of the source that belongs to no class."""
        return tuple(self.index["ignored"])

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence for each thing that was found out about the source; sets made earlier have none."""
        return _sentences(self.index, "notes")

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for each thing that may be wrong about that."""
        return _sentences(self.index, "warnings")


def _sentences(index: Mapping[str, Any], key: str) -> tuple[str, ...]:
    found = index.get(key)
    return tuple(map(str, found)) if isinstance(found, list) else ()


@contextlib.contextmanager
def damage_as_error(place: Place, *, again: bool = False) -> Iterator[None]:
    """Turn all that damaged files make the readers raise into a `DataError`.

    Args:
        place: The set.
        again: Whether it has to be prepared again on request, because it can be opened all the same.
    """
    try:
        yield
    except _DAMAGE as error:
        is_sentence = isinstance(error, ValueError | files.DamagedFile)
        reason = str(error).rstrip(".") if is_sentence else f"{type(error).__name__}: {error}"
        if isinstance(error, OSError) and error.strerror:
            reason = error.strerror
        raise DataError(
            f"The prepared set {place.label} in {place.folder} is damaged ({reason}); "
            f'run "{place.command}{" --again" if again else ""}".'
        ) from error


def read_index(place: Place) -> dict[str, Any]:
    """Return the content of index.json, or raise what `damage_as_error` turns into a `DataError`.

    Raises:
        NewerFormat: A newer version of the program prepared the set.
    """
    index = files.read_json(place.index, may_be_link=True)
    if index is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(place.index))
    if index.get("format", 0) > FORMAT:
        raise _newer(place)
    return index


_FASTEST = 1e6
"""Pictures a second that no machine prepares."""


def read_summary(place: Place) -> tuple[str, str, dict[str, int], float]:
    """Return the source, the time, the splits and the pace of a set, also of one that cannot be opened.

    The pace is in pictures a second. What is damaged or was not recorded is empty or 0. Raises as
    `read_index` does.
    """
    index = read_index(place)
    if not isinstance(name := index.get("source"), str):
        raise ValueError(f"source in {INDEX} is {shorten(name)}")
    when, splits, pace = (index.get(key) for key in ("prepared_at", "splits", "per_second"))
    return (
        name,
        when if isinstance(when, str) and _is_moment(when) else "",
        dict(splits) if isinstance(splits, dict) and _are_counts(splits) else {},
        float(pace) if isinstance(pace, int | float) and 0 < pace < _FASTEST else 0.0,
    )


def _check_index(index: Mapping[str, Any]) -> None:
    """Raise a `ValueError` unless the entries of an index of this format are what they must be."""
    for name, is_right in _INDEX.items():
        if not is_right(index.get(name)):
            raise ValueError(f"{name} in {INDEX} is {shorten(index.get(name))}")


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _are_counts(value: object) -> bool:
    return isinstance(value, dict) and all(map(is_whole, value.values()))


def _is_moment(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


_INDEX: Mapping[str, Callable[[Any], bool]] = {
    "class_names": _are_texts,
    "splits": _are_counts,
    "problems": _are_texts,
    "ignored": _are_texts,
    "alike_complete": lambda value: isinstance(value, bool),
    "prepared_at": _is_moment,
}
"""What the entries of an index are, besides those that show whether it has this format."""


def _newer(place: Place) -> NewerFormat:
    return NewerFormat(
        f"The prepared set {place.label} in {place.folder} was made by a newer version of this program; "
        f'update the program, or replace the set by "{place.command} --again".'
    )


def read_stored(place: Place, version: int, stamped: Stamp) -> Stored:
    """Open a set, or raise what `damage_as_error` turns into a `DataError`.

    Args:
        place: Where it is.
        version: The version of the source.
        stamped: The stamp of its files.

    Raises:
        NotPrepared: An older version of the program prepared it.
        NewerFormat: A newer version of the program prepared it.
    """
    index, folder, size = read_index(place), place.folder, place.size
    if index["version"] > version:
        raise _newer(place)
    if (index["version"], index.get("format")) != (version, FORMAT):
        raise NotPrepared(
            f'{place.label} was prepared by another version of this program; run "{place.command}".'
        )
    _check_index(index)
    names = SampleNames.open(folder / NAMES, folder / NAME_ENDS)
    count, class_names = len(names), tuple(index["class_names"])
    arrays = {}
    for name, dtype in _ARRAYS.items():
        array = np.load(folder / name, mmap_mode="r", allow_pickle=False)
        if array.dtype != dtype or array.shape != ((len(array), 3) if name == ALIKE else (count,)):
            raise ValueError(f"{name} is {array.dtype} of shape {array.shape}")
        arrays[name] = array
    labels = arrays[LABELS]
    if count and not 0 <= labels.min() <= labels.max() < len(class_names):
        raise ValueError(f"a label is outside the {len(class_names)} classes")
    pairs = arrays[ALIKE]
    if len(pairs) and not 0 <= pairs.min() <= pairs[:, :2].max() < count:
        raise ValueError(f"a duplicate in {ALIKE} is not one of the {count} pictures")
    if sum(index["splits"].values()) != count:
        raise ValueError(
            f"the splits have {sum(index['splits'].values())} pictures, but there are {count}"
        )
    own, start = {}, 0
    for split, rows in index["splits"].items():
        own[split] = np.arange(start, start + rows)
        start += rows
    if (folder / PICTURES).stat().st_size != count * size * size * 3:
        raise ValueError(f"{PICTURES} does not hold {count} pictures")
    return Stored(
        place=place,
        stamp=stamped,
        images=np.memmap(folder / PICTURES, np.uint8, "r", shape=(count, size, size, 3)),
        labels=labels,
        ids=arrays[IDS],
        groups=arrays[GROUPS],
        duplicate_pairs=arrays[ALIKE],
        enlarged=arrays[ENLARGED],
        names=names,
        class_names=class_names,
        own=own,
        index=index,
    )


def compare_checksums(place: Place, progress: Progress) -> None:
    """Compare every file with its checksum; raises what `damage_as_error` turns into a `DataError`."""
    checksums = read_index(place)["sha256"]
    expected = {file: checksums[file] for file in FILES}
    total = sum((place.folder / file).stat().st_size for file in expected)
    done = 0
    for file, checksum in expected.items():
        digest = hashlib.sha256()
        with (place.folder / file).open("rb") as opened:
            for chunk in _chunks(opened):
                digest.update(chunk)
                done += len(chunk)
                progress(done, total, "comparing the checksums")
        if digest.hexdigest() != checksum:
            raise ValueError(f"checksum mismatch in {file}")


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """What is known of one original: a good one has hashes, a bad one has a sentence.

    `sha256` is that of the decoded pixels, `likeness` their perceptual hash; `enlarged` says that the
    original has fewer pixels than the prepared picture.
    """

    split: str
    name: str
    label: int
    sha256: str = ""
    likeness: int = 0
    enlarged: bool = False
    problem: str = ""


class Journal:
    """A set while its originals are read.

    Attributes:
        lines: A line for each original so far, also of those that an earlier process read.
    """

    def __init__(self, place: Place, *, version: int, originals: str) -> None:
        """Open the journal of a set to resume it, or begin it anew where it is of other work.

        Args:
            place: The set; its folder `part` is created.
            version: The version of the source.
            originals: The fingerprint of the listing.
        """
        self._place, self._folder = place, place.part
        self._header = {
            "source": place.name,
            "size": place.size,
            "fit": place.fit,
            "version": version,
            "format": FORMAT,
            "originals": originals,
        }
        head = json.dumps(self._header, sort_keys=True).encode() + b"\n"
        picture_bytes = place.size**2 * 3
        self._folder.mkdir(exist_ok=True)
        pictures, lines = self._folder / PICTURES, self._folder / LINES
        self.lines, end = _read_lines(lines, pictures, head, picture_bytes)
        self._pictures = pictures.open("r+b" if end else "w+b")
        self._lines = lines.open("r+b" if end else "w+b")
        self._digest = hashlib.sha256()
        if end:
            self._lines.truncate(end)
            self._lines.seek(end)
        else:
            self._lines.write(head)
        self._pictures.truncate(sum(not line.problem for line in self.lines) * picture_bytes)
        for chunk in _chunks(self._pictures):
            self._digest.update(chunk)

    def add(self, line: Line, image: Pixels | None) -> None:
        """Add an original; a bad one has no image."""
        if image is not None:
            pixels = np.ascontiguousarray(image).data
            self._pictures.write(pixels)
            self._digest.update(pixels)
            # Handed to the system before the line is, which keeps it whatever ends this process.
            self._pictures.flush()
        short = {
            each.name: value
            for each in fields(line)
            if (value := getattr(line, each.name)) != each.default
        }
        self._lines.write(json.dumps(short).encode() + b"\n")
        self._lines.flush()
        self.lines.append(line)

    def close(self) -> None:
        """Write what is left and close the files."""
        try:
            self._pictures.close()
        finally:
            self._lines.close()

    def good_lines(self) -> list[Line]:
        """Return the lines of the originals that could be read; each has a picture."""
        return [line for line in self.lines if not line.problem]

    def images(self) -> Pixels:
        """Return the pictures of a closed journal, uint8 (N, S, S, 3), on disk."""
        shape = (len(self.good_lines()), self._place.size, self._place.size, 3)
        return np.memmap(self._folder / PICTURES, np.uint8, "r", shape=shape)

    def finish(self, listing: Listing, duplicates: Duplicates, per_second: float = 0.0) -> None:
        """Write all other files of the set, its index last, and delete the lines.

        Args:
            listing: The originals.
            duplicates: Which are duplicates.
            per_second: How many were read a second; 0 if so few were that it says nothing.

        Raises:
            DataError: Two originals have the same name.
        """
        folder, good = self._folder, self.good_lines()
        ids = np.array([stable_id(line.name) for line in good], np.int64)
        if len(np.unique(ids)) != len(good):
            raise DataError(
                f"Two pictures of {self._place.label} have the same name; the originals are damaged."
            )
        pairs = np.zeros((len(duplicates.exact) + len(duplicates.near), 3), np.int64)
        pairs[:, :2] = np.concatenate([duplicates.exact, duplicates.near])
        pairs[: len(duplicates.exact), 2] = 1
        arrays = {
            LABELS: np.array([line.label for line in good], np.int64),
            IDS: ids,
            GROUPS: duplicates.groups.astype(np.int64),
            ALIKE: pairs,
            ENLARGED: np.array([line.enlarged for line in good], bool),
        }
        for name, array in arrays.items():
            np.save(folder / name, array)
        SampleNames.write([line.name for line in good], folder / NAMES, folder / NAME_ENDS)
        checksums = {PICTURES: self._digest.hexdigest()}
        for name in (*arrays, NAMES, NAME_ENDS):
            with (folder / name).open("rb") as file:
                checksums[name] = hashlib.file_digest(file, "sha256").hexdigest()
        counts = Counter(line.split for line in good)
        problems = [line.problem for line in self.lines if line.problem]
        index = self._header | {
            "class_names": list(listing.class_names),
            "splits": {split: counts[split] for split in listing.counts},
            "problems": problems[:MOST_PROBLEMS],
            "problem_count": len(problems),
            "ignored": list(listing.ignored),
            "notes": list(listing.notes),
            "warnings": list(listing.warnings),
            "alike_complete": duplicates.complete,
            "prepared_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "sha256": checksums,
            "per_second": round(per_second, 1),
        }
        (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")
        (folder / LINES).unlink()


def is_finished(folder: Path) -> bool:
    """Whether all files of a set are written in its folder `part`."""
    return (folder / INDEX).is_file() and not (folder / LINES).exists()


def _read_lines(
    lines: Path, pictures: Path, head: bytes, picture_bytes: int
) -> tuple[list[Line], int]:
    """Return the lines of this work whose pictures are there, and where in the file they end."""
    found: list[Line] = []
    try:
        left = pictures.stat().st_size // picture_bytes
        file = lines.open("rb")
    except FileNotFoundError:
        return found, 0
    with file:
        if file.readline() != head:
            return found, 0
        end = file.tell()
        while (text := file.readline()).endswith(b"\n"):
            try:
                line = _read_line(text)
            except (ValueError, TypeError):
                break  # damaged, and with it all that follows
            left -= not line.problem
            if left < 0:
                break
            found.append(line)
            end = file.tell()
    return found, end


def _read_line(text: bytes) -> Line:
    """Return a line of a journal; raises `ValueError` or `TypeError` where it is damaged."""
    line = Line(**parse(text))
    for each in fields(line):
        value = getattr(line, each.name)
        kind = {"int": int, "bool": bool, "str": str}[str(each.type)]
        if type(value) is not kind:
            raise ValueError(f"{each.name} is {shorten(value)}")
    if not (is_whole(line.label) and is_whole(line.likeness, below=2**64)):
        raise ValueError("a number is out of range")
    if not line.problem and len(bytes.fromhex(line.sha256)) != _DIGEST_BYTES:
        raise ValueError("the hash is not one")
    return line


class SampleNames(Sequence[str]):
    """The names of samples, on disk one after the other, with the end of each; read one by one."""

    def __init__(self, text: npt.NDArray[np.uint8], ends: Ints, rows: Ints | None = None) -> None:
        self._text, self._ends = text, ends
        self._rows = np.arange(len(ends)) if rows is None else rows

    @classmethod
    def write(cls, names: Sequence[str], text: Path, ends: Path) -> None:
        """Write `names` into two files, `text` and `ends`."""
        encoded = [name.encode("utf-8", "surrogateescape") for name in names]
        text.write_bytes(b"".join(encoded))
        np.save(ends, np.cumsum([len(name) for name in encoded], dtype=np.int64))

    @classmethod
    def open(cls, text: Path, ends: Path) -> SampleNames:
        """Open what `write` wrote; nothing of it is read yet."""
        size = text.stat().st_size
        stored = np.memmap(text, np.uint8, "r") if size else np.empty(0, np.uint8)
        names = cls(stored, np.load(ends, mmap_mode="r", allow_pickle=False))
        if names._ends.dtype != np.int64 or names._ends.ndim != 1:
            raise ValueError(f"{ends.name} is {names._ends.dtype} of shape {names._ends.shape}")
        if (np.diff(names._ends, prepend=0) < 0).any():
            raise ValueError(f"{ends.name} does not ascend")
        if (int(names._ends[-1]) if len(names._ends) else 0) != size:
            raise ValueError(f"{text.name} does not end where its last name does")
        return names

    def of(self, rows: Ints) -> SampleNames:
        """Return the names of some rows."""
        return SampleNames(self._text, self._ends, self._rows[rows])

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> list[str]: ...
    def __getitem__(self, number: int | slice) -> str | list[str]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        row = int(self._rows[number])
        start = int(self._ends[row - 1]) if row else 0
        return bytes(self._text[start : int(self._ends[row])]).decode("utf-8", "surrogateescape")
