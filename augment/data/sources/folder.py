"""Folders of pictures on this machine: a sub-folder for each class; nothing outside is ever read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from augment.data.images.decode import shown
from augment.data.source import Listing, Progress, Source
from augment.data.sources import files, layout
from augment.data.sources.layout import File, Layout, LeftOut, Reason
from augment.errors import DataError

NOTE = (
    "The pictures in the folder {name}, which is not changed. Each sub-folder is a class. If there are "
    "folders called train, validation and test, they are the splits, and their sub-folders the classes. "
    "Where the folders are not classes, a table such as labels.csv may give the labels."
)
_FILES_BETWEEN_REPORTS = 1000


def source(path: Path) -> Source:
    """Return the source of the pictures in a folder, which is not read yet.

    Raises:
        DataError: It is not a possible path.
    """
    return files.path_source("folder", path, NOTE, _listing)


def _listing(root: Path, progress: Progress) -> Listing:
    left_out = LeftOut()
    return layout.listing(
        _layout(root, left_out, progress),
        left_out,
        read=lambda file: _file(root, file),
        again=lambda: _layout(root, LeftOut(), lambda *_: None),
    )


def _layout(root: Path, left_out: LeftOut, progress: Progress) -> Layout:
    called = shown(str(root))
    try:
        if not stat.S_ISDIR(root.stat().st_mode):
            raise DataError(
                f"{called} is a file, but must be a folder; a zip archive is named zip:PATH, or uploaded."
            )
    except OSError as error:
        raise DataError(
            f"The folder {called} cannot be read ({files.reason(error)}); "
            "choose one that exists and that may be read."
        ) from error
    walk = _Walk(root, left_out, progress)
    return layout.arrange(
        walk.files,
        walk.folders,
        left_out,
        called,
        tables=walk.tables,
        read=lambda file: _file(root, file),
    )


class _Walk:
    """The files and folders in a folder at this moment."""

    def __init__(self, root: Path, left_out: LeftOut, progress: Progress) -> None:
        self._root = str(root)
        self._left_out = left_out
        self._progress = progress
        self._seen = 0
        self.files: list[File] = []
        self.tables: list[File] = []
        self.folders: list[str] = []
        self._waiting = [""]
        while self._waiting:
            self._enter(self._waiting.pop())

    def _enter(self, inside: str) -> None:
        try:
            with os.scandir(f"{self._root}/{inside}") as entries:
                for entry in entries:
                    self._count()
                    if not layout.is_of_system(entry.name):
                        self._take(entry, inside + entry.name)
        except OSError as error:
            where = shown(inside.rstrip("/") or self._root)
            raise DataError(
                f"The folder {where} cannot be read ({files.reason(error)}); "
                "choose a folder that may be read and that does not change meanwhile."
            ) from error

    def _count(self) -> None:
        if self._seen % _FILES_BETWEEN_REPORTS == 0:
            self._progress(self._seen, 0, "listing the files")
        self._seen += 1
        if self._seen > layout.MOST_FILES:
            raise DataError(
                f"There are more than {layout.MOST_FILES:,} files in {shown(self._root)}; "
                "choose a folder of pictures only."
            )

    def _take(self, entry: os.DirEntry[str], path: str) -> None:
        if not layout.is_text(entry.name):
            self._left_out.add(path, Reason.NOT_UNICODE)
        elif path.count("/") >= layout.MOST_DEEP:
            self._left_out.add(path, Reason.TOO_DEEP)
        elif entry.is_symlink():
            self._take_link(entry, path)
        elif entry.is_dir(follow_symlinks=False):
            self.folders.append(path)
            self._waiting.append(f"{path}/")
        else:
            self._take_file(entry, path)

    def _take_link(self, entry: os.DirEntry[str], path: str) -> None:
        target = os.path.realpath(entry.path)
        # Checked first: touching what is outside may hang, as on a network.
        inside = self._root.rstrip(os.sep) + os.sep
        if target != self._root and not target.startswith(inside):
            self._left_out.add(path, Reason.LEADS_OUT)
            return
        try:
            is_folder = entry.is_dir()
            entry.stat()
        except OSError:
            self._left_out.add(path, Reason.LEADS_NOWHERE)
            return
        if is_folder:
            self._left_out.add(path, Reason.FOLDER_LINK)
        else:
            self._take_file(entry, path, target)

    def _take_file(self, entry: os.DirEntry[str], path: str, target: str = "") -> None:
        is_picture = layout.is_picture(entry.name)
        if not is_picture and not layout.is_table(entry.name):
            self._left_out.add_other(path)
            return
        try:
            found = entry.stat()
        except FileNotFoundError:
            return  # removed since the folder was opened
        if stat.S_ISREG(found.st_mode):
            there = self.files if is_picture else self.tables
            there.append(File(path, found.st_size, found.st_mtime_ns, target))
        else:
            self._left_out.add(path, Reason.SPECIAL)


def _file(root: Path, file: File) -> bytes:
    return _read(file.key or f"{root}/{file.path}", file)


def _read(path: str, file: File) -> bytes:
    with os.fdopen(files.opened(path), "rb") as stream:
        now = os.fstat(stream.fileno())
        data = stream.read(file.size + 1)
    if (now.st_size, now.st_mtime_ns, len(data)) != (file.size, file.stamp, file.size):
        raise OSError(0, "it has changed since the folder was listed")
    return data
