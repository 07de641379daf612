"""A set that is being made: pixels and a line about each picture, so that a killed process goes on.

The pixels of a picture are written before its line. So after any death the lines tell what is there,
and whatever lies beyond them is cut off.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from augment.data.spec import Pixels

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
