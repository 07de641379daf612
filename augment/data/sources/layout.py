"""From picture files to the listing of a source: class and split by folder, and what is left out."""

from __future__ import annotations

import bisect
import enum
import functools
import hashlib
import itertools
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from augment.data.images import decode
from augment.data.images.decode import shown
from augment.data.source import OFFICIAL, POOL, SPLIT_NAMES, TRAIN, Listing, Original, Pixels
from augment.data.sources.files import reason
from augment.errors import DataError
from augment.system.units import megabytes

EXTENSIONS = frozenset(("jpg", "jpeg", "jfif", "png", "webp", "bmp", "gif", "tif", "tiff"))
MOST_FILES = 1_000_000
"""Of any kind; a folder with more is not one of pictures."""
MOST_DEEP = 32
"""The most parts of a path: the name of the file and the folders that it is in."""
MOST_BYTES = 200_000_000
"""Larger files are not read."""
SENTENCES_EACH = 5
"""How many files are named for each reason; the others are counted."""
EXPECTED = (
    "the pictures of each class must be in a sub-folder of its own, either directly or within "
    "folders called train, validation and test"
)

_CHANGES_NAMED = 3
_OF_SYSTEMS = frozenset(
    (
        "thumbs.db",
        "desktop.ini",
        "__macosx",
        "@eadir",
        "lost+found",
        "$recycle.bin",
        "system volume information",
    )
)


class File(NamedTuple):
    """A picture file, of which there may be very many.

    `path` is its path within the source, with "/"; `stamp` changes with the content; by `key` the source
    finds it again.
    """

    path: str
    size: int
    stamp: int
    key: Any = None


class Reason(enum.Enum):
    """Why a file or folder is left out."""

    NO_PICTURE = "its extension is not that of a picture"
    NO_CLASS = "it is not in the folder of a class"
    NO_SPLIT = "it is beside train, validation and test"
    NO_PICTURES = "it is a folder without pictures"
    NOT_UNICODE = "its name is not Unicode text; rename it"
    SAME_NAME = "another file has the same name"
    LEADS_NOWHERE = "it is a link that leads nowhere"
    LEADS_OUT = "it is a link to something outside the folder"
    FOLDER_LINK = "it is a link to a folder; only links to pictures are followed"
    SPECIAL = "it is not a regular file"
    LINK = "it is a link or special file"
    TOO_DEEP = f"its path has more than {MOST_DEEP} parts"
    OUTSIDE = "its name points outside the archive"


class LeftOut:
    """Collects what is left out; its sentences do not depend on the order in which it was added."""

    def __init__(self) -> None:
        self._counts: dict[Reason, int] = {}
        self._first: dict[Reason, list[str]] = {}

    def add(self, path: str, why: Reason) -> None:
        """Note that `path`, any text at all, is left out."""
        self._counts[why] = self._counts.get(why, 0) + 1
        first = self._first.setdefault(why, [])
        bisect.insort(first, path)
        del first[SENTENCES_EACH:]

    def sentences(self) -> tuple[str, ...]:
        """Return a sentence for each file or folder, or for several where there are many."""
        found = []
        for why in (each for each in Reason if each in self._counts):
            first = self._first[why]
            found += [f"{shown(path)} is left out: {why.value}." for path in first]
            if more := self._counts[why] - len(first):
                found.append(f"{more:,} more left out: {why.value}.")
        return tuple(found)


def is_of_system(name: str) -> bool:
    """Whether systems create files or folders of this name; they are left out silently."""
    return name.startswith(".") or name.casefold() in _OF_SYSTEMS


def is_picture(name: str) -> bool:
    """Whether a file is a picture by its extension."""
    stem, _, extension = name.rpartition(".")
    return bool(stem) and extension.casefold() in EXTENSIONS


def is_text(name: str) -> bool:
    """Whether the name is Unicode text; a file system may have any bytes as a name."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """The classes and splits that files form.

    Attributes:
        class_names: The names of the classes.
        splits: The files of each split in the order of their names.
        prefix: The path of the folder that contains all of it.
    """

    class_names: tuple[str, ...]
    splits: Mapping[str, list[File]]
    prefix: str

    def name(self, file: File) -> str:
        """Return the file's name: its path below `prefix`, spelled the same on every machine."""
        return _composed(file.path[len(self.prefix) :])

    def class_name(self, file: File) -> str:
        """Return the class of a file."""
        return self.name(file).split("/", 2)[0 if POOL in self.splits else 1]

    def rows(self) -> Iterator[tuple[str, tuple[int, int]]]:
        """Yield the name of each file, with what changes when the file does."""
        for files in self.splits.values():
            for file in files:
                yield self.name(file), (file.size, file.stamp)

    def fingerprint(self) -> str:
        """Return what changes when any file does."""
        digest = hashlib.blake2b(digest_size=16)
        for row in self.rows():
            digest.update(repr(row).encode())
        return digest.hexdigest()


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
        again: Returns the layout at the moment it is called, or None if nothing can have changed.
    """
    fingerprint = layout.fingerprint()
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
        return _changes(layout, now) if now and now.fingerprint() != fingerprint else ""

    return Listing(
        class_names=layout.class_names,
        counts={split: len(files) for split, files in layout.splits.items()},
        originals=originals,
        fingerprint=fingerprint,
        changed=changed,
        ignored=left_out.sentences(),
    )


def _load(read: Callable[[File], bytes], file: File, name: str, least_side: int) -> Pixels:
    if file.size > MOST_BYTES:
        raise DataError(
            f"{shown(name)} has {megabytes(file.size)}; at most {megabytes(MOST_BYTES)} are read."
        )
    try:
        data = read(file)
    except OSError as error:
        raise DataError(f"{shown(name)} cannot be read ({reason(error)}).") from error
    return decode.decode(data, name, least_side=least_side)


def _changes(before: Layout, after: Layout) -> str:
    then, now, changes = dict(before.rows()), dict(after.rows()), []
    for name, row in then.items():
        if name not in now:
            changes.append(f"{shown(name)} was removed")
        elif now[name] != row:
            changes.append(f"{shown(name)} has changed")
    changes += [f"{shown(name)} is new" for name in now if name not in then]
    more = len(changes) - _CHANGES_NAMED
    return ", ".join(changes[:_CHANGES_NAMED] + ([f"and {more:,} more"] if more > 0 else []))


def arrange(files: list[File], folders: Iterable[str], left_out: LeftOut, called: str) -> Layout:
    """Return the classes and splits that the files form by their folders.

    Args:
        files: The picture files; no two have the same path.
        folders: The paths of all folders.
        left_out: Collects what belongs to no class.
        called: The source in a message.

    Raises:
        DataError: They do not form at least two classes, or not in a way that is clear.
    """
    if not files:
        raise DataError(f"There are no pictures in {called}; {EXPECTED}.")
    prefix = _prefix(files)
    split_of = _splits(files, prefix, called)
    splits: dict[str, list[File]] = {split: [] for split in (OFFICIAL if split_of else (POOL,))}
    spellings: dict[tuple[str, str], str] = {}
    beside: set[str] = set()
    for file in files:
        top, *rest = file.path[len(prefix) :].split("/")
        if not file.path.startswith(prefix) or not rest:
            left_out.add(file.path, Reason.NO_CLASS)
        elif not split_of:
            splits[POOL].append(file)
            _check_spelling(spellings, POOL, top, called)
        elif top not in split_of:
            beside.add(prefix + top)
        elif len(rest) == 1:
            left_out.add(file.path, Reason.NO_CLASS)
        else:
            splits[split_of[top]].append(file)
            _check_spelling(spellings, split_of[top], rest[0], called)
    for folder in beside:
        left_out.add(folder, Reason.NO_SPLIT)
    _leave_out_empty(files, folders, prefix, split_of, left_out)
    class_names = tuple(sorted({_composed(name) for _, name in spellings}))
    _check(class_names, splits, called)
    layout = Layout(
        class_names=class_names,
        splits={split: found for split, found in splits.items() if found},
        prefix=prefix,
    )
    for found in splits.values():
        found.sort(key=lambda file: (layout.name(file), file.path))
        found[:] = _distinct(found, layout, left_out)
    return layout


def _composed(text: str) -> str:
    """Return the text in the one Unicode form, of several that look the same, that names have here."""
    return unicodedata.normalize("NFC", text)


def _tops(files: list[File], prefix: str) -> dict[str, bool]:
    """Return the folders with pictures right below `prefix`, and whether these are in sub-folders."""
    tops: dict[str, bool] = {}
    start = len(prefix)
    for path, *_ in files:
        end = path.find("/", start)
        if end >= 0 and path.startswith(prefix):
            top = path[start:end]
            tops[top] = tops.get(top, False) or path.find("/", end + 1) >= 0
    return tops


def _prefix(files: list[File]) -> str:
    """Return the path of the folder that contains the classes or splits, past those that wrap it."""
    prefix = ""
    while True:
        tops = _tops(files, prefix)
        if len(tops) != 1:
            return prefix
        [(top, deeper)] = tops.items()
        if not deeper or SPLIT_NAMES.get(top.casefold()) == TRAIN:
            return prefix
        prefix += f"{top}/"


def _splits(files: list[File], prefix: str, called: str) -> dict[str, str]:
    """Return the split of each top folder that is one; empty if the top folders are classes."""
    tops = _tops(files, prefix)
    split_of = {
        top: SPLIT_NAMES[top.casefold()] for top in sorted(tops) if top.casefold() in SPLIT_NAMES
    }
    if not split_of:
        return {}
    trains = [top for top, split in split_of.items() if split == TRAIN]
    if not any(tops[top] for top in trains) and len(split_of) < len(tops):
        return {}  # they are classes, one of which is called train or test
    if not trains:
        raise DataError(
            f"In {called} there is {' and '.join(split_of)}, but no folder train with "
            f"pictures; {EXPECTED}."
        )
    for split in OFFICIAL:
        same = [top for top, its in split_of.items() if its == split]
        if len(same) > 1:
            raise DataError(
                f"In {called} both {same[0]} and {same[1]} are the {split} split; "
                "put their pictures into one folder or rename one."
            )
    return split_of


def _check_spelling(
    spellings: dict[tuple[str, str], str], split: str, name: str, called: str
) -> None:
    key = split, _composed(name)
    if spellings.setdefault(key, name) != name:
        raise DataError(
            f"In {called} two folders look the same, {shown(key[1])}, but their names have "
            "different Unicode characters; put their pictures into one or rename one."
        )


def _check(class_names: tuple[str, ...], splits: Mapping[str, list[File]], called: str) -> None:
    if not class_names:
        raise DataError(f"In {called} no picture is in a class; {EXPECTED}.")
    if len(class_names) == 1:
        raise DataError(
            f"In {called} there is only one class, {shown(class_names[0])}, but there must be "
            f"at least two: {EXPECTED}."
        )
    if TRAIN in splits and not splits[TRAIN]:
        raise DataError(f"In {called} the folder train has no class folders; {EXPECTED}.")


def _leave_out_empty(
    files: list[File],
    folders: Iterable[str],
    prefix: str,
    split_of: Mapping[str, str],
    left_out: LeftOut,
) -> None:
    """Leave out the folders without pictures where classes and splits are expected."""
    filled = set()
    for path, *_ in files:
        parts = path[len(prefix) :].split("/")[:-1]
        filled |= {"/".join(parts[:1]), "/".join(parts[:2])}
    for folder in folders:
        inside = folder[len(prefix) :]
        top, *rest = inside.split("/")
        if not folder.startswith(prefix) or not inside or inside in filled or len(rest) > 1:
            continue
        # A folder within a class may be empty; one within a split would be a class.
        if not rest or top in split_of:
            left_out.add(folder, Reason.NO_PICTURES)


def _distinct(files: list[File], layout: Layout, left_out: LeftOut) -> Iterator[File]:
    """Yield the first of sorted files with each name."""
    last = ""
    for file in files:
        name = layout.name(file)
        if name == last:
            left_out.add(file.path, Reason.SAME_NAME)
        else:
            last = name
            yield file
