"""The folders of runs: their paths, and how their files are read and written.

All that is known of a run is in its folder. JSON files are replaced atomically, so a reader sees the old
or the new one. A file that is damaged all the same (by a full disk, or an interrupted copy) raises a
`RunError`, and affects no other run.
"""

from __future__ import annotations

import csv
import errno
import os
import re
import shutil
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from augment.errors import RunError
from augment.home import runs_home
from augment.runs.config import RunConfig
from augment.system import files

VERSION = 1
"""The format of run folders, in ``spec.json``; raised when older code would misread a folder."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LOG_BYTES = 256 * 1024


class RunFolder:
    """The paths of one run, all of them below ``path``; no other code joins file names to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name
        self.spec = path / "spec.json"
        self.lock = path / "lock"
        self.state = path / "state.json"
        self.stop = path / "stop"
        self.cancel = path / "cancel"
        self.metrics = path / "metrics.csv"
        self.steps = path / "steps.csv"
        self.log = path / "run.log"
        self.best = path / "best.keras"
        self.evaluation = path / "evaluation.json"

    def read_spec(self) -> dict[str, Any]:
        """Return ``spec.json``.

        Raises:
            RunError: It is missing or damaged, or its format is not known here.
        """
        spec = _read_json(self.spec)
        if spec is None:
            raise RunError("spec.json is missing.")
        if "version" not in spec:
            raise RunError("spec.json is damaged: it has no version.")
        if spec["version"] != VERSION:
            raise RunError(
                f"spec.json has format version {spec['version']!r}, but this program reads version"
                f" {VERSION}; use the release that made the run."
            )
        return spec

    def read_state(self) -> dict[str, Any] | None:
        """Return ``state.json``, or None if there is none; RunError if it is damaged."""
        return _read_json(self.state)

    def read_evaluation(self) -> dict[str, Any] | None:
        """Return ``evaluation.json``, or None if there is none; RunError if it is damaged."""
        return _read_json(self.evaluation)

    def read_log(self, tail: int) -> str:
        """Return the last ``tail`` lines of the log, at most 256 kB; empty if there is none."""
        try:
            with self.log.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _LOG_BYTES))
                text = file.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise RunError(f"{self.log} cannot be read: {error.strerror or error}.") from error
        return "\n".join(text.splitlines()[-tail:])


def root() -> Path:
    """Return the folder of all runs, created if absent; RunError if it cannot be created."""
    try:
        return runs_home()
    except OSError as error:
        raise cannot_write(error) from error


def create(run_id: str, config: RunConfig) -> RunFolder:
    """Create the folder of a new run; it appears with its ``spec.json``, by a rename.

    Raises:
        FileExistsError: There is such a run.
        RunError: The folder cannot be written.
    """
    draft = RunFolder(root() / f".{run_id}")
    try:
        draft.path.mkdir()
        spec = {"version": VERSION, "created": now(), "config": config.to_dict()}
        files.write_json(draft.spec, spec)
        return RunFolder(draft.path.rename(root() / run_id))
    except FileExistsError:
        raise
    except OSError as error:
        shutil.rmtree(draft.path, ignore_errors=True)
        if error.errno == errno.ENOTEMPTY:  # from the rename
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), run_id) from error
        raise cannot_write(error) from error


def find(run_id: str) -> RunFolder:
    """Return the folder of the run ``run_id``; RunError if there is none, or it is not an id."""
    if not _ID.fullmatch(run_id):
        raise RunError(f"{run_id!r} is not the id of a run; an id is one folder name, not a path.")
    path = root() / run_id
    if not path.is_dir():
        raise RunError(f"There is no run {run_id!r} in {path.parent}.")
    return RunFolder(path)


def list_folders() -> list[RunFolder]:
    """Return all run folders, damaged ones included, in no particular order."""
    try:
        return [
            RunFolder(path)
            for path in root().iterdir()
            if _ID.fullmatch(path.name) and path.is_dir()
        ]
    except OSError as error:
        raise RunError(f"The runs cannot be listed: {error.strerror or error}.") from error


def read_csv(path: Path, may_lack: Collection[str] = ()) -> list[dict[str, float]]:
    """Return the complete rows of a table of numbers; a row that is still being written is left out.

    Args:
        path: The table.
        may_lack: Columns whose cells may be empty; a row then has no entry for them.

    Raises:
        RunError: It cannot be read.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            text = file.read()
        rows = list(csv.reader(text[: text.rfind("\n") + 1].splitlines()))
    except FileNotFoundError:
        return []
    except (OSError, ValueError, csv.Error) as error:
        raise RunError(f"{path.name} cannot be read: {error}.") from error
    header = rows[0] if rows else []
    found = []
    for row in rows[1:]:
        if len(row) == len(header):
            try:
                cells = zip(header, row, strict=True)
                found.append(
                    {name: float(cell) for name, cell in cells if cell or name not in may_lack}
                )
            except ValueError:
                continue
    return found


def now() -> str:
    """Return the current time as the files hold it: ISO 8601, UTC, microseconds."""
    return datetime.now(UTC).isoformat()


def parse_time(value: object) -> datetime | None:
    """Return a time that `now` wrote, or None for anything else."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def cannot_write(error: OSError) -> RunError:
    """Return the error for a disk that is full, or a folder that is not writable."""
    where = f" at {error.filename}" if error.filename else ""
    return RunError(
        f"The folder of runs cannot be written ({error.strerror or error}{where});"
        " free some disk space, or set AUGMENT_HOME to a writable folder."
    )


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        return files.read_json(path)
    except files.DamagedFile as error:
        raise RunError(str(error)) from error
