"""Zip archives of pictures, read member by member: no file is ever written under a name in them."""

from __future__ import annotations

import copy
import io
import os
import re
import stat
import threading
import weakref
import zipfile
from pathlib import Path

from augment.data.images.decode import shown
from augment.data.source import Listing, Progress, Source
from augment.data.sources import files, layout
from augment.data.sources.layout import File, Layout, LeftOut, Reason
from augment.errors import DataError
from augment.system.units import megabytes

NOTE = (
    "The pictures in the zip archive {path}, which is read in place and never unpacked. Each folder in "
    "it is a class. If there are folders called train, validation and test, they are the splits, and "
    "their sub-folders the classes."
)
MOST_LISTED = 32_000_000
"""Bytes of an archive's list of its members: enough for a quarter of a million."""
MOST_UNPACKED, MOST_TIMES = 1_000_000_000, 100
"""All pictures together may have `MOST_UNPACKED` bytes, or `MOST_TIMES` those of the archive."""

_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED = "it is damaged, or the zip archive has changed"
_ENCRYPTED = 0x1
_OUTSIDE = re.compile(r"/|[A-Za-z]:/|(.*/)?\.\.(/|\Z)", re.DOTALL)
_FILES_BETWEEN_REPORTS = 1000
_NO_DATE = (1980, 1, 1, 0, 0, 0)


def source(path: Path) -> Source:
    """Return the source of the pictures in a zip archive, which is not read yet.

    Raises:
        DataError: It is not a possible path.
    """
    return files.path_source("zip", path, NOTE, _listing)


def _listing(path: Path, progress: Progress) -> Listing:
    left_out = LeftOut()
    archive = _Archive(path)
    found = archive.layout(left_out, progress)

    def again() -> Layout | None:
        return None if archive.is_untouched() else _Archive(path).layout(LeftOut(), lambda *_: None)

    return layout.listing(found, left_out, archive.read, again)


class _Reader(io.BufferedReader):
    """A file that refuses to read too much at once, as `zipfile` reads the list of members."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MOST_LISTED:
            raise DataError(
                f"Its list of files has {megabytes(size)}; at most {megabytes(MOST_LISTED)} are read."
            )
        return super().read(size)


class _Archive:
    """An open zip archive, whose members any thread may read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._called = shown(str(path))
        self._lock = threading.Lock()
        try:
            reader = _Reader(io.FileIO(files.opened(path)))
        except OSError as error:
            raise DataError(
                f"The zip archive {self._called} cannot be read ({files.reason(error)}); "
                "choose one that exists and that may be read."
            ) from error
        self._closed = weakref.finalize(self, reader.close)
        self._stat = os.fstat(reader.fileno())
        self._zip = self._listed(reader)

    def _listed(self, reader: _Reader) -> zipfile.ZipFile:
        try:
            try:
                # Names that are not marked as Unicode mostly are, or else as in DOS.
                return zipfile.ZipFile(reader, metadata_encoding="utf-8")
            except UnicodeDecodeError:
                return zipfile.ZipFile(reader)
        except DataError as error:
            raise DataError(f"{self._called} is not a zip archive of pictures. {error}") from error
        except Exception as error:  # damaged files make the reader raise anything
            raise DataError(
                f"{self._called} is not a zip archive, or a damaged or incomplete one; "
                "pack the folder of pictures again."
            ) from error

    def is_untouched(self) -> bool:
        """Whether the file is still the one that was opened."""
        try:
            now = self._path.stat()
        except OSError:
            return False
        return all(
            getattr(now, what) == getattr(self._stat, what)
            for what in ("st_dev", "st_ino", "st_size", "st_mtime_ns")
        )

    def layout(self, left_out: LeftOut, progress: Progress) -> Layout:
        """Return the classes and splits of the members."""
        found: dict[str, File] = {}
        folders: set[str] = set()
        members = self._zip.infolist()
        self._zip.NameToInfo.clear()
        for number, member in enumerate(members):
            if number % _FILES_BETWEEN_REPORTS == 0:
                progress(number, len(members), "listing the files")
            member.date_time = _NO_DATE  # a sixth of what a list of members takes in memory
            path = member.filename.replace("\\", "/")
            if _OUTSIDE.match(path):
                left_out.add(path, Reason.OUTSIDE)
                continue
            parts = [part for part in path.split("/") if part not in ("", ".")]
            if any(layout.is_of_system(part) for part in parts):
                continue
            if len(parts) > layout.MOST_DEEP:
                left_out.add(path, Reason.TOO_DEEP)
                continue
            folder = parts if path.endswith("/") else parts[:-1]
            while folder and (whole := "/".join(folder)) not in folders:
                folders.add(whole)
                folder = folder[:-1]
            if path.endswith("/"):
                continue
            if (plain := "/".join(parts)) != path:
                path = plain
            if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
                left_out.add(path, Reason.LINK)
            elif not layout.is_picture(path):
                left_out.add(path, Reason.NO_PICTURE)
            else:
                if path in found:
                    left_out.add(path, Reason.SAME_NAME)
                found[path] = File(path, member.file_size, member.CRC, member)
        self._check(list(found.values()))
        return layout.arrange(list(found.values()), folders, left_out, self._called)

    def _check(self, found: list[File]) -> None:
        if locked := [file for file in found if file.key.flag_bits & _ENCRYPTED]:
            raise DataError(
                f"{self._called} is protected by a password ({_named(locked)}); pack it without one."
            )
        if odd := [file for file in found if file.key.compress_type not in _COMPRESSIONS]:
            raise DataError(
                f"{self._called} is packed in an unusual way ({_named(odd)}); "
                "pack it as an ordinary zip archive."
            )
        if any(file.key.volume for file in found):
            raise DataError(
                f"{self._called} is one part of an archive that was split; join the parts into one."
            )
        total = sum(file.size for file in found)
        if total > max(MOST_UNPACKED, MOST_TIMES * self._stat.st_size):
            raise DataError(
                f"{self._called} claims to hold {total // self._stat.st_size:,} times its own size; "
                "pictures cannot be packed so tightly."
            )

    def read(self, file: File) -> bytes:
        """Return the bytes of a member, as many as it claims to have.

        Raises:
            OSError: They are damaged, or more or fewer.
        """
        member = copy.copy(file.key)
        member.file_size += 1  # or more bytes than it claims to have would not be noticed
        try:
            with self._lock:  # the count of open members is not safe between threads
                stream = self._zip.open(member)
            try:
                # Without a number of bytes, the reader unpacks gigabytes before it cuts them off.
                data = stream.read(member.file_size)
            finally:
                with self._lock:
                    stream.close()
        except Exception as error:  # damaged files make the reader raise anything
            raise OSError(0, _DAMAGED) from error
        if len(data) != file.size:
            raise OSError(0, _DAMAGED)
        return data


def _named(found: list[File]) -> str:
    first = shown(found[0].path)
    return f"{first} and {len(found) - 1:,} more" if found[1:] else first
