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

from augment.data.images import decode
from augment.data.source import Listing, Progress, Source
from augment.data.sources import files as listed
from augment.data.sources import files as plain_files
from augment.data.sources import folder as folders
from augment.data.sources import layout
from augment.data.sources import layout as file_names
from augment.data.sources.layout import File, Layout, LeftOut, Reason
from augment.errors import DataError

NOTE = (
    "The pictures in the zip archive {path}, which is read where it is and never unpacked. Each folder "
    "in it is a class; where there are folders called train, validation and test, these are the splits "
    "and their sub-folders the classes."
)
MOST_LISTED = 32_000_000
"""Bytes that an archive's list of its members may have: a quarter of a million usual ones have them."""
MOST_UNPACKED, MOST_TIMES = 1_000_000_000, 100
"""All pictures may have so many bytes, or so many times those of the archive if that is more."""

_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED = "it is damaged, or the zip archive has changed"
_ENCRYPTED = 0x1
_OUTSIDE = re.compile(r"/|[A-Za-z]:/|(.*/)?\.\.(/|\Z)", re.DOTALL)
_TELL_EVERY = 1000
_NO_DATE = (1980, 1, 1, 0, 0, 0)


def source(path: Path) -> Source:
    """Return the source of the pictures in a zip archive; the file is not looked at yet.

    Raises:
        DataError: The path is no possible one.
    """
    whole = plain_files.resolved(path)
    return Source(
        name=f"zip:{whole}",
        title=decode.shown(whole.name or str(whole)),
        note=NOTE.format(path=decode.shown(str(whole))),
        licence=folders.UNKNOWN,
        citation=folders.UNKNOWN,
        version=1,
        prepares_itself=False,
        open=lambda progress: _open(whole, progress),
    )


def _open(path: Path, progress: Progress) -> Listing:
    left_out = LeftOut()
    archive = _Archive(path)
    found = archive.layout(left_out, progress)

    def again() -> Layout | None:
        return None if archive.is_untouched() else _Archive(path).layout(LeftOut(), lambda *_: None)

    return listed.listing(found, left_out, archive.read, again)


class _Reader(io.BufferedReader):
    """A file of which no more is read at a stroke than may be: a list of members comes in one."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MOST_LISTED:
            raise DataError(
                f"Its list of files has {size / 1e6:,.0f} MB; at most {MOST_LISTED // 10**6} MB are read."
            )
        return super().read(size)


class _Archive:
    """An open zip archive, whose members any thread may read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._called = decode.shown(str(path))
        self._lock = threading.Lock()
        try:
            reader = _Reader(io.FileIO(plain_files.opened(path)))
        except OSError as error:
            raise DataError(
                f"The zip archive {self._called} cannot be read ({plain_files.reason(error)}); "
                "choose one that is there and that may be read."
            ) from error
        self._closed = weakref.finalize(self, reader.close)
        self._found = os.fstat(reader.fileno())
        self._zip = self._listed(reader)

    def _listed(self, reader: _Reader) -> zipfile.ZipFile:
        try:
            try:
                # Programs that mark no name as Unicode write it so all the same, or as DOS did.
                return zipfile.ZipFile(reader, metadata_encoding="utf-8")
            except UnicodeDecodeError:
                return zipfile.ZipFile(reader)
        except DataError as error:
            raise DataError(f"{self._called} is no zip archive of pictures. {error}") from error
        except Exception as error:  # readers of damaged files raise whatever comes to pass
            raise DataError(
                f"{self._called} is no zip archive, or a damaged or incomplete one; "
                "pack the folder of pictures again."
            ) from error

    def is_untouched(self) -> bool:
        """Whether the file is still the one that was opened."""
        try:
            now = self._path.stat()
        except OSError:
            return False
        return all(
            getattr(now, what) == getattr(self._found, what)
            for what in ("st_dev", "st_ino", "st_size", "st_mtime_ns")
        )

    def layout(self, left_out: LeftOut, progress: Progress) -> Layout:
        """Return the classes and splits of the members."""
        files: dict[str, File] = {}
        inside: set[str] = set()
        members = self._zip.infolist()
        self._zip.NameToInfo.clear()
        for number, member in enumerate(members):
            if number % _TELL_EVERY == 0:
                progress(number, len(members), "listing the files")
            member.date_time = _NO_DATE  # a sixth of what a list of members takes in memory
            path = member.filename.replace("\\", "/")
            if _OUTSIDE.match(path):
                left_out.add(path, Reason.OUTSIDE)
                continue
            parts = [part for part in path.split("/") if part not in ("", ".")]
            if any(file_names.passed_over(part) for part in parts):
                continue
            if len(parts) > file_names.MOST_DEEP:
                left_out.add(path, Reason.TOO_DEEP)
                continue
            folder = parts if path.endswith("/") else parts[:-1]
            while folder and (whole := "/".join(folder)) not in inside:
                inside.add(whole)
                folder = folder[:-1]
            if path.endswith("/"):
                continue
            if (plain := "/".join(parts)) != path:
                path = plain
            if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
                left_out.add(path, Reason.LINK)
            elif not file_names.is_picture(path):
                left_out.add(path, Reason.NO_PICTURE)
            else:
                if path in files:
                    left_out.add(path, Reason.SAME_NAME)
                files[path] = File(path, member.file_size, member.CRC, member)
        found = list(files.values())
        self._check(found)
        return layout.arrange(found, inside, left_out, self._called)

    def _check(self, files: list[File]) -> None:
        if locked := [file for file in files if file.key.flag_bits & _ENCRYPTED]:
            raise DataError(
                f"{self._called} is locked by a password ({_named(locked)}); pack it without one."
            )
        if odd := [file for file in files if file.key.compress_type not in _COMPRESSIONS]:
            raise DataError(
                f"{self._called} is packed in an unusual way ({_named(odd)}); "
                "pack it as an ordinary zip archive."
            )
        if any(file.key.volume for file in files):
            raise DataError(
                f"{self._called} is one part of an archive that was split; join the parts into one."
            )
        total = sum(file.size for file in files)
        if total > max(MOST_UNPACKED, MOST_TIMES * self._found.st_size):
            raise DataError(
                f"{self._called} claims to hold {total // self._found.st_size:,} times its own size; "
                "pictures cannot be packed so tightly."
            )

    def read(self, file: File) -> bytes:
        """Return the bytes of a member, as many as it claims to have.

        Raises:
            OSError: They are damaged, or more or fewer.
        """
        asked = copy.copy(file.key)
        asked.file_size += 1  # or what follows the bytes that it claims to have is never noticed
        try:
            with self._lock:  # the count of open members is not safe between threads
                member = self._zip.open(asked)
            try:
                # Asked for all, the reader unpacks gigabytes before it cuts them off.
                data = member.read(asked.file_size)
            finally:
                with self._lock:
                    member.close()
        except Exception as error:  # readers of damaged files raise whatever comes to pass
            raise OSError(0, _DAMAGED) from error
        if len(data) != file.size:
            raise OSError(0, _DAMAGED)
        return data


def _named(files: list[File]) -> str:
    first = decode.shown(files[0].path)
    return f"{first} and {len(files) - 1:,} more" if files[1:] else first
