"""From picture files to the listing of a source: classes and splits by folder, table or file name."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from augment.data.images import decode
from augment.data.images.decode import MemoryBudget, shown
from augment.data.source import Listing, Original, Pixels
from augment.data.sources import by_file_name, by_folder, by_table
from augment.data.sources.arranged import (
    EXPECTED,
    MOST_DEEP,
    SENTENCES_EACH,
    File,
    Layout,
    LeftOut,
    Reason,
)
from augment.data.sources.files import reason
from augment.errors import DataError
from augment.system.units import megabytes

__all__ = (
    "EXPECTED",
    "MOST_DEEP",
    "SENTENCES_EACH",
    "File",
    "Layout",
    "LeftOut",
    "Reason",
    "arrange",
    "is_of_system",
    "is_picture",
    "is_table",
    "is_text",
    "listing",
)

EXTENSIONS = decode.EXTENSIONS
MOST_FILES = 1_000_000
"""Of any kind; a folder with more is not one of pictures."""
MOST_BYTES = 200_000_000
"""Larger files are not read."""
TABLES = frozenset(("csv", "tsv"))
"""The extensions of tables that may give labels."""

_CHANGES_NAMED = 3
_BUDGET = MemoryBudget(MOST_BYTES)
"""For the files that all threads read at a time."""
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


def is_of_system(name: str) -> bool:
    """Whether systems create files or folders of this name; they are left out silently."""
    return name.startswith(".") or name.casefold() in _OF_SYSTEMS


def is_picture(name: str) -> bool:
    """Whether a file is a picture by its extension."""
    stem, _, extension = name.rpartition(".")
    return bool(stem) and extension.casefold() in EXTENSIONS


def is_table(name: str) -> bool:
    """Whether a file may be a table of labels by its extension."""
    stem, _, extension = name.rpartition(".")
    return bool(stem) and extension.casefold() in TABLES


def is_text(name: str) -> bool:
    """Whether the name is Unicode text; a file system may have any bytes as a name."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


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
        notes=layout.notes,
        warnings=layout.warnings,
    )


def _load(read: Callable[[File], bytes], file: File, name: str, least_side: int) -> Pixels:
    if file.size > MOST_BYTES:
        raise DataError(
            f"{shown(name)} has {megabytes(file.size)}; at most {megabytes(MOST_BYTES)} are read."
        )
    with _BUDGET.reserved(file.size):
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


def arrange(
    files: list[File],
    folders: Iterable[str],
    left_out: LeftOut,
    called: str,
    *,
    tables: Sequence[File] = (),
    read: Callable[[File], bytes] | None = None,
    notes: Sequence[str] = (),
    warnings: Sequence[str] = (),
) -> Layout:
    """Return the classes and splits that the files form.

    Folders of classes come first; a table of labels is read where they are not clear. Where there is
    neither, file names that consist of a class and a number are.

    Args:
        files: The picture files; no two have the same path.
        folders: The paths of all folders.
        left_out: Collects what belongs to no class.
        called: The source in a message.
        tables: The files that may be tables of labels.
        read: Returns the bytes of a table, or raises an `OSError`.
        notes: What else was found out about the files.
        warnings: What else may be wrong.

    Raises:
        DataError: They do not form at least two classes, or not in a way that is clear.
    """
    if not files:
        if left_out.archives():
            raise DataError(
                f"There are no pictures in {called}, but archives ({left_out.archives()}), which are not "
                "read; unpack them and choose the folder with the pictures."
            )
        if others := left_out.others():
            raise DataError(
                f"There are no pictures in {called}, only other files ({others}); "
                f"{decode.ALLOWED} files are read."
            )
        raise DataError(f"There are no pictures in {called}; {EXPECTED}.")
    shape = by_folder.Shape.of(files, called)
    layout = None
    if read and not shape.is_clear:
        layout = by_table.arrange(files, tables, read, left_out, called)
    else:
        for table in tables:
            left_out.add(table.path, Reason.TABLE_UNUSED)
    if layout is None and not shape.is_clear:
        layout = by_file_name.arrange(files, left_out)
    if layout is None:
        try:
            layout = by_folder.arrange(files, folders, left_out, called, shape)
        except DataError as error:
            hints = [*left_out.tables[:1], *left_out.sheets()]
            raise DataError(" ".join([str(error), *hints[:1]])) from error
    return replace(
        layout,
        notes=(*notes, *layout.notes),
        warnings=(*warnings, *layout.warnings),
    )
