"""What the picture files of a source form: classes, splits, and what is left out."""

from __future__ import annotations

import bisect
import enum
import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from augment.data.images.decode import shown
from augment.system.units import counted

MOST_DEEP = 32
"""The most parts of a path: the name of the file and the folders that it is in."""
SENTENCES_EACH = 5
"""How many files are named for each reason; the others are counted."""
EXPECTED = (
    "the pictures of each class must be in a sub-folder of its own, either directly or within "
    "folders called train, validation and test, or a table such as labels.csv must give their labels"
)

_ENDINGS_NAMED = 4
_LONGEST_EXTENSION = 8
_ARCHIVES = frozenset(("zip", "rar", "7z", "tar", "gz", "tgz", "bz2", "xz"))
_SHEETS = frozenset(("xlsx", "xls", "ods", "numbers"))
_PICTURES_NOT_READ = frozenset(
    ("heic", "heif", "avif", "jxl", "jp2", "j2k", "psd", "svg", "dng", "cr2", "cr3", "nef", "arw")
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
    NOT_READ = "pictures of this kind are not read; save them as JPEG or PNG"
    SHEET = "it is a spreadsheet, which is not read; save it as CSV if it has the labels"
    NESTED = "it is an archive inside; unpack it first"
    NO_CLASS = "it is not in the folder of a class"
    NO_SPLIT = "it is beside train, validation and test"
    CLASSES_AGAIN = "its sub-folders are called like the classes beside it"
    NO_CLASS_IN_NAME = "its name is only a number, and not that of a class"
    NO_LABEL = "no row of the table gives it a label"
    TABLE_UNUSED = "the folders already give the classes"
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
    """Collects what is left out; its sentences do not depend on the order in which it was added.

    Attributes:
        tables: A sentence for each table that was read and gives no labels.
    """

    def __init__(self) -> None:
        self._counts: dict[Reason, int] = {}
        self._first: dict[Reason, list[str]] = {}
        self._endings: dict[Reason, Counter[str]] = {}
        self._sentences: list[str] = []
        self.tables: list[str] = []

    def add(self, path: str, why: Reason) -> None:
        """Note that `path`, any text at all, is left out."""
        self._counts[why] = self._counts.get(why, 0) + 1
        first = self._first.setdefault(why, [])
        bisect.insort(first, path)
        del first[SENTENCES_EACH:]

    def add_other(self, path: str) -> None:
        """Note that a file is left out because of its extension."""
        stem, dot, extension = path.rpartition("/")[2].rpartition(".")
        is_extension = stem and extension.isalnum() and len(extension) <= _LONGEST_EXTENSION
        ending = extension.casefold() if is_extension else ""
        why = Reason.NO_PICTURE
        if ending in _PICTURES_NOT_READ:
            why = Reason.NOT_READ
        elif ending in _ARCHIVES:
            why = Reason.NESTED
        elif ending in _SHEETS:
            why = Reason.SHEET
        self._endings.setdefault(why, Counter())[dot + ending if ending else ""] += 1
        self.add(path, why)

    def add_sentence(self, sentence: str) -> None:
        """Note in a sentence what else is left out."""
        self._sentences.append(sentence)

    def add_table(self, path: str, why: str) -> None:
        """Note why a table that was read gives no labels."""
        self.tables.append(f"{shown(path)} is not used for labels: {why}.")

    def others(self) -> str:
        """Return how many files of each extension are left out, as a part of a sentence."""
        total: Counter[str] = Counter()
        for endings in self._endings.values():
            total += endings
        return _of_endings(total)

    def archives(self) -> str:
        """Return how many archives of each extension are left out; empty if there are none."""
        return _of_endings(self._endings.get(Reason.NESTED, Counter()))

    def sheets(self) -> tuple[str, ...]:
        """Return a sentence for each of the first spreadsheets."""
        return tuple(
            f"{shown(path)} is left out: {Reason.SHEET.value}."
            for path in self._first.get(Reason.SHEET, ())
        )

    def sentences(self) -> tuple[str, ...]:
        """Return a sentence for each file or folder, or for several where there are many."""
        found = [*self.tables, *self._sentences]
        for why in (each for each in Reason if each in self._counts):
            first = self._first[why]
            found += [f"{shown(path)} is left out: {why.value}." for path in first]
            if more := self._counts[why] - len(first):
                endings = self._endings.get(why, Counter())
                kinds = f" ({_of_endings(endings)} in all)" if endings else ""
                found.append(f"{more:,} more left out{kinds}: {why.value}.")
        return tuple(found)


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """The classes and splits that files form.

    Attributes:
        class_names: The names of the classes.
        splits: The files of each split in the order of their names.
        prefix: The path of the folder that contains all of it.
        roots: The path of the folder of classes in each folder below `prefix` that is a split or fold.
        labels: The class of each path, where the folders do not give it.
        tables: The tables that the labels come from.
        notes: A sentence for each thing that was found out about the files, such as which folder is
            which split.
        warnings: A sentence for each thing that may be wrong about that.
    """

    class_names: tuple[str, ...]
    splits: Mapping[str, list[File]]
    prefix: str
    roots: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] | None = None
    tables: tuple[File, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def name(self, file: File) -> str:
        """Return the file's name: its path below `prefix`, spelled the same on every machine."""
        return composed(file.path[len(self.prefix) :])

    def class_name(self, file: File) -> str:
        """Return the class of a file."""
        if self.labels is not None:
            return self.labels[file.path]
        top = file.path[len(self.prefix) :].partition("/")[0]
        root = self.roots.get(top, self.prefix)
        return composed(file.path[len(root) :].partition("/")[0])

    def rows(self) -> Iterator[tuple[str, tuple[object, ...]]]:
        """Yield the name of each file, with what changes when the file or its label does."""
        for table in self.tables:
            yield self.name(table), (table.size, table.stamp)
        for files in self.splits.values():
            for file in files:
                label = () if self.labels is None else (self.labels[file.path],)
                yield self.name(file), (file.size, file.stamp, *label)

    def fingerprint(self) -> str:
        """Return what changes when any file does."""
        digest = hashlib.blake2b(digest_size=16)
        if self.notes or self.warnings:
            # The same files may be read in another way by another version of the program.
            counts = {split: len(files) for split, files in self.splits.items()}
            digest.update(repr((self.class_names, counts)).encode())
        for row in self.rows():
            digest.update(repr(row).encode())
        return digest.hexdigest()


def composed(text: str) -> str:
    """Return the text in the one Unicode form, of several that look the same, that names have here."""
    return unicodedata.normalize("NFC", text)


def _of_endings(endings: Counter[str]) -> str:
    named = sorted(endings.items(), key=lambda each: (-each[1], each[0]))
    parts = [
        f"{count:,} {ending}" if ending else f"{count:,} without extension"
        for ending, count in named[:_ENDINGS_NAMED]
    ]
    if rest := sum(count for _, count in named[_ENDINGS_NAMED:]):
        parts.append(f"{counted(rest, 'other')}")
    return ", ".join(parts)
