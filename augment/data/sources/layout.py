"""What the name of a file says: whether it is a picture, and whether anybody wants to hear of it.

What of a folder or an archive cannot belong to a set of pictures, in a few sentences.

Which class and split a picture belongs to, by the folders that it lies in.
"""

from __future__ import annotations

import bisect
import enum
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from augment.data.images import decode
from augment.data.source import OFFICIAL, POOL, TEST, TRAIN, VALIDATION
from augment.errors import DataError

ENDINGS = frozenset(("jpg", "jpeg", "jfif", "png", "webp", "bmp", "gif", "tif", "tiff"))
MOST_DEEP = 32
"""So many parts may the path of a file have: its name and the folders that it lies in."""

_PASSED_OVER = frozenset(
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


def composed(text: str) -> str:
    """Return the text in the one Unicode form, of several that look the same, that names have here."""
    return unicodedata.normalize("NFC", text)


def passed_over(name: str) -> bool:
    """Whether systems make files or folders of this name, of which nobody wants to hear."""
    return name.startswith(".") or name.casefold() in _PASSED_OVER


def is_picture(name: str) -> bool:
    """Whether a file is a picture by the ending of its name."""
    stem, _, ending = name.rpartition(".")
    return bool(stem) and ending.casefold() in ENDINGS


def is_text(name: str) -> bool:
    """Whether the name can be written and printed; a file system may hold any bytes as a name."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


SENTENCES_EACH = 5
"""So many files are named for each reason; the others are counted."""


class Reason(enum.Enum):
    """Why a file or folder is left out: said of one, and of several."""

    NO_PICTURE = "is no picture by its ending", "are no pictures by their endings"
    NO_CLASS = "lies in no class folder", "lie in no class folder"
    NO_SPLIT = (
        "is neither train, validation nor test and stands beside them",
        "are neither train, validation nor test and stand beside them",
    )
    NO_PICTURES = "is a folder without pictures", "are folders without pictures"
    NOT_UNICODE = (
        "has a name that is no Unicode text; rename it",
        "have names that are no Unicode text; rename them",
    )
    SAME_NAME = (
        "is there twice; only one of them is taken",
        "are there twice; only one of each is taken",
    )
    LEADS_NOWHERE = "is a link that leads nowhere", "are links that lead nowhere"
    LEADS_OUT = "is a link that leaves the folder", "are links that leave the folder"
    FOLDER_LINK = (
        "is a link to a folder; only links to pictures are followed",
        "are links to folders; only links to pictures are followed",
    )
    SPECIAL = "is no ordinary file", "are no ordinary files"
    LINK = (
        "is a link or special file, which is not followed",
        "are links or special files, which are not followed",
    )
    TOO_DEEP = (
        f"lies too deep: a path may have {MOST_DEEP} parts at most",
        f"lie too deep: a path may have {MOST_DEEP} parts at most",
    )
    OUTSIDE = (
        "has a name that points outside the archive",
        "have names that point outside the archive",
    )


class LeftOut:
    """Collects what is left out; the sentences depend on what came, not on the order it came in."""

    def __init__(self) -> None:
        self._counts: dict[Reason, int] = {}
        self._first: dict[Reason, list[str]] = {}

    def add(self, path: str, reason: Reason) -> None:
        """Note that `path`, any text at all, is left out."""
        self._counts[reason] = self._counts.get(reason, 0) + 1
        first = self._first.setdefault(reason, [])
        bisect.insort(first, path)
        del first[SENTENCES_EACH:]

    def sentences(self) -> tuple[str, ...]:
        """Return a sentence for each file or folder, or for several where there are many."""
        said = []
        for reason in Reason:
            one, several = reason.value
            first = self._first.get(reason, [])
            said += [f"{decode.shown(path)} {one}." for path in first]
            if more := self._counts.get(reason, 0) - len(first):
                said.append(f"{more:,} more {several}." if more > 1 else f"One more {one}.")
        return tuple(said)


MOST_FILES = 1_000_000
"""Of any kind; where there are more, it is not a folder of pictures that was chosen."""

_SPLITS = {
    "train": TRAIN,
    "training": TRAIN,
    "validation": VALIDATION,
    "val": VALIDATION,
    "valid": VALIDATION,
    "test": TEST,
    "testing": TEST,
}
WANTED = (
    "the pictures of each class must lie in a sub-folder of its own, either directly or within "
    "folders called train, validation and test"
)


class File(NamedTuple):
    """A picture file that was found, of which there may be very many.

    `path` is where it lies within the source, with "/"; `stamp` is another number where the content
    is another one; by `key` the source finds it again.
    """

    path: str
    size: int
    stamp: int
    key: Any = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """The files of each split in the order of their names; `prefix` is the folder that wraps all."""

    class_names: tuple[str, ...]
    splits: Mapping[str, list[File]]
    prefix: str

    def name(self, file: File) -> str:
        """Return the file's name: its path below the wrapping folder, the same on every machine."""
        return composed(file.path[len(self.prefix) :])

    def class_name(self, file: File) -> str:
        """Return the class of a file."""
        return self.name(file).split("/", 2)[0 if POOL in self.splits else 1]


def arrange(files: list[File], folders: Iterable[str], left_out: LeftOut, called: str) -> Layout:
    """Return the classes and splits that the files form by their folders.

    Args:
        files: The picture files; no two have the same path.
        folders: The paths of all folders.
        left_out: Is told of everything that belongs to no class.
        called: The source in a sentence.

    Raises:
        DataError: They do not form at least two classes, or not in a way that is clear.
    """
    if not files:
        raise DataError(f"There are no pictures in {called}; {WANTED}.")
    prefix = _prefix(files)
    split_of = _splits(files, prefix, called)
    splits: dict[str, list[File]] = {split: [] for split in (OFFICIAL if split_of else (POOL,))}
    spellings: dict[tuple[str, str], str] = {}
    strays: set[str] = set()
    for file in files:
        top, *rest = file.path[len(prefix) :].split("/")
        if not file.path.startswith(prefix) or not rest:
            left_out.add(file.path, Reason.NO_CLASS)
        elif not split_of:
            splits[POOL].append(file)
            _check_spelling(spellings, POOL, top, called)
        elif top not in split_of:
            strays.add(prefix + top)
        elif len(rest) == 1:
            left_out.add(file.path, Reason.NO_CLASS)
        else:
            splits[split_of[top]].append(file)
            _check_spelling(spellings, split_of[top], rest[0], called)
    for stray in strays:
        left_out.add(stray, Reason.NO_SPLIT)
    _note_empty(files, folders, prefix, split_of, left_out)
    class_names = tuple(sorted({composed(name) for _, name in spellings}))
    _check(class_names, splits, called)
    layout = Layout(
        class_names=class_names,
        splits={split: found for split, found in splits.items() if found},
        prefix=prefix,
    )
    for found in splits.values():
        found.sort(key=lambda file: (layout.name(file), file.path))
        found[:] = _without_twins(found, layout, left_out)
    return layout


def _tops(files: list[File], prefix: str) -> dict[str, bool]:
    """Return the folders with pictures right below `prefix`, and which have them in sub-folders."""
    tops: dict[str, bool] = {}
    start = len(prefix)
    for path, *_ in files:
        end = path.find("/", start)
        if end >= 0 and path.startswith(prefix):
            top = path[start:end]
            tops[top] = tops.get(top, False) or path.find("/", end + 1) >= 0
    return tops


def _prefix(files: list[File]) -> str:
    prefix = ""
    while True:
        tops = _tops(files, prefix)
        if len(tops) != 1:
            return prefix
        [(top, deeper)] = tops.items()
        if not deeper or _SPLITS.get(top.casefold()) == TRAIN:
            return prefix
        prefix += f"{top}/"


def _splits(files: list[File], prefix: str, called: str) -> dict[str, str]:
    """Return the split of each top folder that is one; nothing where the top folders are classes."""
    tops = _tops(files, prefix)
    split_of = {top: _SPLITS[top.casefold()] for top in sorted(tops) if top.casefold() in _SPLITS}
    if not split_of:
        return {}
    trains = [top for top, split in split_of.items() if split == TRAIN]
    if not any(tops[top] for top in trains) and len(split_of) < len(tops):
        return {}  # they are classes, one of which is called train or test
    if not trains:
        raise DataError(
            f"In {called} there is {' and '.join(split_of)}, but no folder train with pictures; {WANTED}."
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
    key = split, composed(name)
    if spellings.setdefault(key, name) != name:
        raise DataError(
            f"In {called} two folders look the same, {decode.shown(key[1])}, but their names are "
            "written in different Unicode characters; put their pictures into one or rename one."
        )


def _check(class_names: tuple[str, ...], splits: Mapping[str, list[File]], called: str) -> None:
    if not class_names:
        raise DataError(f"In {called} no picture lies in a class; {WANTED}.")
    if len(class_names) == 1:
        raise DataError(
            f"In {called} there is only one class, {decode.shown(class_names[0])}, but there must be "
            f"at least two: {WANTED}."
        )
    if TRAIN in splits and not splits[TRAIN]:
        raise DataError(f"In {called} the folder train has no class folders; {WANTED}.")


def _note_empty(
    files: list[File],
    folders: Iterable[str],
    prefix: str,
    split_of: Mapping[str, str],
    left_out: LeftOut,
) -> None:
    """Say which folders, where classes and splits are expected, have no pictures."""
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


def _without_twins(files: list[File], layout: Layout, left_out: LeftOut) -> Iterator[File]:
    last = ""
    for file in files:
        name = layout.name(file)
        if name == last:
            left_out.add(file.path, Reason.SAME_NAME)
        else:
            last = name
            yield file
