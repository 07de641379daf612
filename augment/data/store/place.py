"""Where on disk a prepared set lives, and the lock that says whether somebody is making it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock

from augment import home
from augment.data.images.decode import shown
from augment.data.source import CROP, check_fit, check_size
from augment.errors import DataError

INDEX = "index.json"

_PLAIN = re.compile(r"[a-z0-9_]+(-[a-z0-9_]+)?")
_ODD = re.compile(r"[^A-Za-z0-9._]+")


@dataclass(frozen=True, kw_only=True)
class Place:
    """All paths of one source at one size and fit.

    `folder` appears whole, by a rename; `part` is what it is called while it is being written.
    """

    name: str
    size: int
    fit: str
    root: Path

    @classmethod
    def of(cls, name: str, size: int, fit: str = CROP) -> Place:
        """Return the place of a source at a size and fit, below ``AUGMENT_HOME``; both are checked."""
        return cls(name=name, size=check_size(size), fit=check_fit(fit), root=root_of(name))

    @property
    def _stem(self) -> str:
        return f"{self.size}px" if self.fit == CROP else f"{self.size}px-{self.fit}"

    def _beside(self, ending: str) -> Path:
        return self.root / f"{self._stem}.{ending}"

    @property
    def folder(self) -> Path:
        """The prepared set."""
        return self.root / self._stem

    @property
    def part(self) -> Path:
        """The set while it is being written; what a stopped process left goes on from there."""
        return self._beside("part")

    @property
    def old(self) -> Path:
        """A set that is being replaced."""
        return self._beside("old")

    @property
    def index(self) -> Path:
        """What the set holds."""
        return self.folder / INDEX

    @property
    def progress(self) -> Path:
        """How far the preparing process has come, or why it failed."""
        return self._beside("progress.json")

    @property
    def started(self) -> Path:
        """Which process was started to prepare the set, until it holds the lock."""
        return self._beside("started.json")

    @property
    def cancel(self) -> Path:
        """An empty file that asks whoever prepares the set to stop."""
        return self._beside("cancel")

    @property
    def used(self) -> Path:
        """An empty file, as old as the last use of the set."""
        return self._beside("used")

    @property
    def log(self) -> Path:
        """All that the started process printed."""
        return self._beside("log")

    @property
    def _lock_file(self) -> Path:
        return self._beside("lock")

    @property
    def called(self) -> str:
        """What a sentence calls the set."""
        return f"{shown(self.name)} at {self.size} px" + (
            "" if self.fit == CROP else f" ({self.fit})"
        )

    @property
    def command(self) -> str:
        """The command that prepares the set."""
        fit = "" if self.fit == CROP else f" --fit {self.fit}"
        name = self.name if self.name.isprintable() else shown(self.name)
        return f"python -m augment data prepare {shlex.quote(name)} --size {self.size}{fit}"

    @property
    def advice(self) -> str:
        """What to do when the set is not there."""
        return f'run "{self.command}".'

    def lock(self, timeout: float = -1) -> filelock.BaseFileLock:
        """Return the lock that whoever writes the set holds; the kernel frees it at any death."""
        return filelock.FileLock(self._lock_file, timeout=timeout)

    def is_locked(self) -> bool:
        """Whether a living process is making the set."""
        if not self._lock_file.exists():
            return False
        try:
            # The short wait tells a holder from somebody else who is only asking.
            with self.lock(timeout=0.02).acquire(poll_interval=0.005):
                return False
        except filelock.Timeout:
            return True


def root_of(name: str) -> Path:
    """Return the folder of all that is kept of a source, created if absent.

    It has the name of the source where that can be the name of a folder, and a digest otherwise.
    """
    kind, _, rest = name.partition(":")
    words = f"{kind}-{rest}" if rest else kind
    if not _PLAIN.fullmatch(words):
        last = _ODD.sub("-", rest.rstrip("/").rpartition("/")[2])[:40].strip("-.")
        digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
        words = f"{kind}-{last}-{digest}"
    root = data_home() / words
    try:
        root.mkdir(exist_ok=True)
    except OSError as error:
        raise _unwritable(error) from error
    return root


def data_home() -> Path:
    """Return the folder of all prepared sets, or raise a `DataError` where it cannot be made."""
    try:
        return home.data_home()
    except OSError as error:
        raise _unwritable(error) from error


def _unwritable(error: OSError) -> DataError:
    return DataError(
        f"Prepared data cannot be kept in {error.filename} ({error.strerror}); "
        "set AUGMENT_HOME to a folder that can be written."
    )


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace `path` by this content at one stroke."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    draft.write_text(json.dumps(content), encoding="utf-8")
    draft.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """Return the content of `path`, or nothing if it is missing or torn."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
