"""Where a prepared set is on disk: its folder, its lock, and the notes of its processes beside it."""

from __future__ import annotations

import hashlib
import re
import shlex
import time
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, BinaryIO

from augment import home
from augment.data.images.decode import shown
from augment.data.source import CROP, FITS, check_fit, check_size
from augment.errors import DataError
from augment.system import files

INDEX = "index.json"

_PATIENCE_S, _PAUSE_S = 10.0, 0.02

_SET = re.compile(rf"([1-9][0-9]*)px(?:-({'|'.join({*FITS} - {CROP})}))?(?:\.(?:part|old|gone))?")
_PLAIN = re.compile(r"[a-z0-9_]+(-[a-z0-9_]+)?")
_ODD = re.compile(r"[^A-Za-z0-9._]+")


@dataclass(frozen=True, kw_only=True)
class Place:
    """All paths of one source at one size and fit.

    Attributes:
        name: The name of the source.
        size: In pixels.
        fit: How pictures became square.
        root: The folder of all sets of the source.
        folder: The set. It appears complete, because it is written as `part` and then renamed.
        part: The set while it is written, or what a stopped process left of it.
        old: A set that is being replaced.
        gone: A set that is being removed.
        lock: Held by the process that writes the set.
        progress: JSON, how far the preparing process is, or why it failed.
        cancel: An empty file that asks the preparing process to stop.
        used: An empty file as old as the last use of the set.
        log: The output of the started process.
    """

    name: str
    size: int
    fit: str
    root: Path
    folder: Path = field(init=False, repr=False, compare=False)
    part: Path = field(init=False, repr=False, compare=False)
    old: Path = field(init=False, repr=False, compare=False)
    gone: Path = field(init=False, repr=False, compare=False)
    lock: Path = field(init=False, repr=False, compare=False)
    progress: Path = field(init=False, repr=False, compare=False)
    cancel: Path = field(init=False, repr=False, compare=False)
    used: Path = field(init=False, repr=False, compare=False)
    log: Path = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        stem = f"{self.size}px" if self.fit == CROP else f"{self.size}px-{self.fit}"
        endings = {"folder": "", "progress": ".progress.json"}
        for each in fields(self):
            if not each.init:
                ending = endings.get(each.name, f".{each.name}")
                object.__setattr__(self, each.name, self.root / f"{stem}{ending}")

    @classmethod
    def of(cls, name: str, size: int, fit: str = CROP) -> Place:
        """Return the place of a source at a size and fit, below ``AUGMENT_HOME``; both are checked."""
        return cls(name=name, size=check_size(size), fit=check_fit(fit), root=root_of(name))

    @property
    def index(self) -> Path:
        """The description of the set, written last."""
        return self.folder / INDEX

    @property
    def label(self) -> str:
        """The set in a message, as in "bundled at 64 px"."""
        fit = "" if self.fit == CROP else f" ({self.fit})"
        return f"{shown(self.name)} at {self.size} px{fit}"

    @property
    def command(self) -> str:
        """The command that prepares the set."""
        fit = "" if self.fit == CROP else f" --fit {self.fit}"
        name = self.name if self.name.isprintable() else shown(self.name)
        return f"python -m augment data prepare {shlex.quote(name)} --size {self.size}{fit}"


def places(name: str, root: Path) -> list[Place]:
    """Return the place of every set, complete or not, in the folder of the source `name`."""
    try:
        found = [_SET.fullmatch(path.name) for path in root.iterdir() if path.is_dir()]
    except OSError:
        return []  # removed meanwhile, a file, or not readable: there is no set to list
    keys = sorted({(int(match[1]), match[2] or CROP) for match in found if match})
    return [Place(name=name, size=size, fit=fit, root=root) for size, fit in keys]


def root_of(name: str) -> Path:
    """Return the folder of all sets of a source, created if absent.

    It has the name of the source where that can be the name of a folder, and a digest otherwise.
    """
    kind, _, rest = name.partition(":")
    stem = f"{kind}-{rest}" if rest else kind
    if not _PLAIN.fullmatch(stem):
        last = _ODD.sub("-", rest.rstrip("/").rpartition("/")[2])[:40].strip("-.")
        digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
        stem = f"{kind}-{last}-{digest}"
    root = data_home() / stem
    try:
        root.mkdir(exist_ok=True)
    except OSError as error:
        raise _unwritable(error) from error
    return root


def acquire_unless_preparing(place: Place) -> BinaryIO | None:
    """Acquire the lock of a set; return None where a process prepares it.

    A process notes that it is done, stopped or has failed a moment before it releases the lock, and on a
    busy machine a moment is long. It is waited for: to others it has ended already.

    Raises:
        OSError: The file of the lock cannot be created.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while (lock := files.acquire(place.lock)) is None:
        is_preparing = read_note(place.progress).get("state") == "running"
        if is_preparing or time.monotonic() >= deadline:
            return None
        time.sleep(_PAUSE_S)
    return lock


def data_home() -> Path:
    """Return the folder of all prepared sets, or raise a `DataError` where it cannot be created."""
    try:
        return home.data_home()
    except OSError as error:
        raise _unwritable(error) from error


def _unwritable(error: OSError) -> DataError:
    return DataError(
        f"Prepared data cannot be written to {error.filename} ({error.strerror}); "
        "set AUGMENT_HOME to a folder that can be written."
    )


def read_note(path: Path) -> dict[str, Any]:
    """Return the JSON object that another process left at `path`; empty if missing or damaged.

    A note only informs: without it the set is prepared again, and nothing is lost.
    """
    try:
        return files.read_json(path, may_be_link=True) or {}
    except files.DamagedFile:
        return {}
