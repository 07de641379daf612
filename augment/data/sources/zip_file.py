"""Zip archives of pictures, read member by member: no file is ever written under a name in them."""

from __future__ import annotations

import copy
import functools
import io
import os
import re
import stat
import struct
import threading
import weakref
import zipfile
from dataclasses import replace
from pathlib import Path

from augment.data.images import headers
from augment.data.images.decode import shown
from augment.data.source import Listing, Progress, Source
from augment.data.sources import encodings, files, layout, member_names
from augment.data.sources.layout import File, Layout, LeftOut, Reason
from augment.data.sources.member_names import Names, Preview
from augment.errors import DataError
from augment.system.units import megabytes

NOTE = (
    "The pictures in the zip archive {name}, which is read in place and never unpacked. Each folder in "
    "it is a class. If there are folders called train, validation and test, they are the splits, and "
    "their sub-folders the classes. Where the folders are not classes, a table such as "
    "labels.csv may give the labels."
)
MOST_LISTED = 32_000_000
"""Bytes of an archive's list of its members: enough for a quarter of a million."""
MOST_UNPACKED, MOST_TIMES = 1_000_000_000, 100
"""All pictures together may have `MOST_UNPACKED` bytes, or `MOST_TIMES` those of the archive."""

_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED = "it is damaged, or the zip archive has changed"
_ENCRYPTED = 0x1
_MEMBER, _MEMBER_BYTES = b"PK\x01\x02", 46
"""How an entry of the list of members begins, and its bytes before the name (APPNOTE 6.3.10, 4.3.12)."""
_LOCAL, _LOCAL_BYTES = b"PK\x03\x04", 30
"""The same of the header before a member (4.3.7)."""
_OUTSIDE = re.compile(r"/|[A-Za-z]:/|(.*/)?\.\.(/|\Z)", re.DOTALL)
_FILES_BETWEEN_REPORTS = 1000
_NO_DATE = (1980, 1, 1, 0, 0, 0)
_CHUNK = 2**20
_ARCHIVES = (
    (b"Rar!", "a RAR"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z"),
    (b"\x1f\x8b", "a gzip"),
    (b"BZh", "a bzip2"),
    (b"\xfd7zXZ", "an xz"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard"),
)
"""How other archives begin, which some people rename."""
_LONGEST_SIGNATURE = 64
"""Bytes that are enough to know the kind of a picture."""


_NOT_AN_ARCHIVE = (
    zipfile.BadZipFile,
    DataError,
    OSError,
    EOFError,
    ValueError,
    OverflowError,
    NotImplementedError,
    struct.error,
)

NAMES = "#names="
"""What follows the path of an archive in the name of a source, before the encoding of its names."""
_OPTION = re.compile(rf"(.*\.zip){NAMES}([^/.]*)", re.DOTALL | re.IGNORECASE)


def source(path: Path, names: str = "") -> Source:
    """Return the source of the pictures in a zip archive, which is not read yet.

    Args:
        path: The archive.
        names: The encoding of the names that the archive does not mark as Unicode; empty to find it out.

    Raises:
        DataError: It is not a possible path, or there is no such encoding.
    """
    encoding = encodings.canonical(names) if names else ""
    suffix = f"{NAMES}{encoding}" if encoding else ""
    found = files.path_source("zip", path, NOTE, functools.partial(_listing, encoding), suffix)
    if not encoding:
        return found
    return replace(found, title=f"{found.title}, names as {encodings.shown(encoding)}")


def parted(rest: str) -> tuple[str, str]:
    """Return the path and the encoding of names, if any, in the name of a source after "zip:"."""
    match = _OPTION.fullmatch(rest)
    return (match[1], match[2]) if match else (rest, "")


def previews(path: Path, most: int) -> list[Preview]:
    """Return the encodings that the names in an archive may be in, each with at most `most` names.

    It is empty where the encoding of every name is recorded.

    Raises:
        DataError: It cannot be read.
    """
    return _Archive(path).previews(most)


def pictures_in(content: io.BytesIO) -> int | None:
    """Return how many pictures an archive lists, without unpacking any; None if it cannot be read.

    Args:
        content: Opened for reading; it is left open.
    """
    reader = _Reader(content)
    try:
        members = zipfile.ZipFile(reader).infolist()
    except _NOT_AN_ARCHIVE:  # preparing says what it is instead
        return None
    finally:
        reader.detach()
    return sum(_is_to_read(member.filename) for member in members)


def _is_to_read(name: str) -> bool:
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return bool(parts) and layout.is_picture(parts[-1]) and not any(map(layout.is_of_system, parts))


def _listing(encoding: str, path: Path, progress: Progress) -> Listing:
    left_out = LeftOut()
    archive = _Archive(path, encoding)
    found = archive.layout(left_out, progress)

    def again() -> Layout | None:
        if archive.is_untouched():
            return None
        return _Archive(path, encoding).layout(LeftOut(), lambda *_: None)

    return layout.listing(found, left_out, archive.read, again)


class _Reader(io.BufferedReader):
    """The file of an archive, as `zipfile` reads it.

    It refuses to read too much at once, as the list of members is read, and mends wrong marks of names.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MOST_LISTED:
            raise DataError(
                f"Its list of files has {megabytes(size)}; at most {megabytes(MOST_LISTED)} are read."
            )
        data = super().read(size)
        if data.startswith(_MEMBER):
            return _marked_rightly(data)
        if data.startswith(_LOCAL) and len(data) == _LOCAL_BYTES:
            return self._header(data)
        return data

    def _header(self, data: bytes) -> bytes:
        """Return the header of a member, marked as UTF-8 only if the name after it is."""
        (flags,) = struct.unpack_from("<H", data, 6)
        (length,) = struct.unpack_from("<H", data, 26)
        name = super().read(length)
        self.seek(-len(name), os.SEEK_CUR)
        if not flags & member_names.MARKED or member_names.is_utf_8(name):
            return data
        return data[:6] + struct.pack("<H", flags & ~member_names.MARKED) + data[8:]


def _marked_rightly(data: bytes) -> bytes:
    """Return a list of members in which only names that are UTF-8 are marked as such.

    `zipfile` refuses an archive because of a single name that is wrongly marked.
    """
    mended: bytearray | None = None
    start = 0
    while data.startswith(_MEMBER, start) and start + _MEMBER_BYTES <= len(data):
        (flags,) = struct.unpack_from("<H", data, start + 8)
        lengths = struct.unpack_from("<3H", data, start + 28)
        name = data[start + _MEMBER_BYTES : start + _MEMBER_BYTES + lengths[0]]
        if flags & member_names.MARKED and not member_names.is_utf_8(name):
            mended = mended or bytearray(data)
            struct.pack_into("<H", mended, start + 8, flags & ~member_names.MARKED)
        start += _MEMBER_BYTES + sum(lengths)
    return data if mended is None else bytes(mended)


class _Archive:
    """An open zip archive, whose members any thread may read."""

    def __init__(self, path: Path, encoding: str = "") -> None:
        self._path = path
        self._encoding = encoding
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
            return zipfile.ZipFile(reader)
        except DataError as error:
            raise DataError(f"{self._called} is not a zip archive of pictures. {error}") from error
        except Exception as error:  # damaged files make the reader raise anything
            raise DataError(f"{self._called} is {_other(reader)}.") from error

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

    def previews(self, most: int) -> list[Preview]:
        """Return the encodings that the names may be in, each with at most `most` names."""
        return member_names.previews(self._zip.infolist(), most)

    def _names(self, members: list[zipfile.ZipInfo]) -> Names:
        try:
            return member_names.read(members, self._encoding)
        except DataError as error:
            raise DataError(f"The names in {self._called} cannot be read. {error}") from error

    def layout(self, left_out: LeftOut, progress: Progress) -> Layout:
        """Return the classes and splits of the members."""
        found: dict[str, File] = {}
        tables: list[File] = []
        folders: set[str] = set()
        members = self._zip.infolist()
        self._zip.NameToInfo.clear()
        names = self._names(members)
        for number, (member, path) in enumerate(zip(members, names.paths, strict=True)):
            if number % _FILES_BETWEEN_REPORTS == 0:
                progress(number, len(members), "listing the files")
            member.date_time = _NO_DATE  # a sixth of what a list of members takes in memory
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
            elif layout.is_table(path):
                tables.append(File(path, member.file_size, member.CRC, member))
            elif not layout.is_picture(path):
                left_out.add_other(path)
            else:
                if path in found:
                    left_out.add(path, Reason.SAME_NAME)
                found[path] = File(path, member.file_size, member.CRC, member)
        self._check([*found.values(), *tables])
        return layout.arrange(
            list(found.values()),
            folders,
            left_out,
            self._called,
            tables=tables,
            read=self.read,
            notes=[names.note] if names.note else [],
            warnings=[names.warning] if names.warning else [],
        )

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
        packed = sum(file.key.compress_size for file in found)
        if packed > self._stat.st_size:
            raise DataError(
                f"{self._called} is damaged: its files together are larger than the archive; "
                "pack the folder of pictures again."
            )

    def read(self, file: File) -> bytes:
        """Return the bytes of a member, as many as it claims to have.

        Of a file that should be a picture and does not begin like one, only the beginning is returned,
        so that gigabytes of zeros take no memory.

        Raises:
            OSError: They are damaged, or more or fewer.
        """
        member = copy.copy(file.key)
        member.file_size += 1  # or more bytes than it claims to have would not be noticed
        # Its buffer becomes the result. `ZipExtFile.read` adds piece to piece, which takes a time that
        # grows with the square of the size, and twice the memory.
        data = io.BytesIO()
        try:
            with self._lock:  # the count of open members is not safe between threads
                stream = self._zip.open(member)
            try:
                while (left := member.file_size - data.tell()) and (
                    chunk := stream.read(min(left, _CHUNK))
                ):
                    data.write(chunk)
                    if data.tell() == len(chunk) and _is_no_picture(file, chunk):
                        return chunk
            finally:
                with self._lock:
                    stream.close()
        except Exception as error:  # damaged files make the reader raise anything
            raise OSError(0, _DAMAGED) from error
        if data.tell() != file.size:
            raise OSError(0, _DAMAGED)
        return data.getvalue()


def _other(reader: _Reader) -> str:
    """Return what a file that cannot be opened as a zip archive is, as the end of a sentence."""
    reader.seek(0)
    start = reader.read(_LONGEST_SIGNATURE)
    for signature, kind in _ARCHIVES:
        if start.startswith(signature):
            return f"{kind} archive, which is not read; unpack it, and pack its pictures as zip"
    if start.lstrip().lower().startswith((b"<!doctype", b"<html")):
        return "a web page, perhaps because a download asked to sign in; download it again"
    if not start:
        return "empty; pack or download it again"
    return (
        "not a zip archive, or a damaged or incomplete one; if it is still being downloaded or packed, "
        "wait for the end, or else do it again"
    )


def _is_no_picture(file: File, start: bytes) -> bool:
    return (
        layout.is_picture(file.path)
        and len(start) >= _LONGEST_SIGNATURE < file.size
        and (headers.kind_of(start) is None)
    )


def _named(found: list[File]) -> str:
    first = shown(found[0].path)
    return f"{first} and {len(found) - 1:,} more" if found[1:] else first
