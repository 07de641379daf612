"""Where on disk a prepared set lives, and the lock that says whether somebody is making it."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock

from augment import home
from augment.errors import DataError


@dataclass(frozen=True, kw_only=True)
class Place:
    """All paths of one source at one size.

    `folder` appears whole, by a rename; `part` is what it is called while it is being written.
    """

    name: str
    size: int
    root: Path

    @classmethod
    def of(cls, name: str, size: int) -> Place:
        """Return the place of a source at a size, below ``AUGMENT_HOME``."""
        root = data_home() / name.replace(":", "-")
        try:
            root.mkdir(exist_ok=True)
        except OSError as error:
            raise _unwritable(error) from error
        return cls(name=name, size=size, root=root)

    @property
    def folder(self) -> Path:
        """The prepared set."""
        return self.root / f"{self.size}px"

    @property
    def part(self) -> Path:
        """The set while it is being written; left over only by a killed process."""
        return self.root / f"{self.size}.part"

    @property
    def old(self) -> Path:
        """A set that is being replaced."""
        return self.root / f"{self.size}.old"

    @property
    def index(self) -> Path:
        """What the set holds."""
        return self.folder / "index.json"

    @property
    def progress(self) -> Path:
        """How far the preparing process has come, or why it failed."""
        return self.root / f"{self.size}.progress.json"

    @property
    def started(self) -> Path:
        """Which process was started to prepare the set, until it holds the lock."""
        return self.root / f"{self.size}.started.json"

    @property
    def log(self) -> Path:
        """All that the started process printed."""
        return self.root / f"{self.size}.log"

    @property
    def _lock_file(self) -> Path:
        return self.root / f"{self.size}.lock"

    @property
    def advice(self) -> str:
        """What to do when the set is not there."""
        return f'run "python -m augment data prepare {self.name} --size {self.size}".'

    def images(self, split: str, folder: Path | None = None) -> Path:
        """Return the file of the pictures of a split."""
        return (folder or self.folder) / f"{split}.npy"

    def samples(self, split: str, folder: Path | None = None) -> Path:
        """Return the file of the labels, ids and names of a split."""
        return (folder or self.folder) / f"{split}.json"

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
