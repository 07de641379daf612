"""The folder of one run: every path in it, and how its files are written and read.

All that is known of a run lies in its folder. JSON files are replaced atomically, so a reader sees the
old or the new one; a file that is torn all the same (a full disk, a copy that broke off) is told in
words, and never harms the other runs.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from augment.errors import RunError
from augment.home import runs_home

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class RunFolder:
    """The paths of one run, all of them below ``path``; nothing else joins file names to it."""

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

    def log_tail(self, lines: int) -> str:
        """Return the last ``lines`` lines of the log (at most 256 kB); empty where there is none."""
        try:
            with self.log.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - 256 * 1024))
                text = file.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise RunError(f"{self.log} cannot be read: {error.strerror or error}.") from error
        return "\n".join(text.splitlines()[-lines:])


def root() -> Path:
    """Return the folder of all runs, created if absent; RunError where it cannot be."""
    try:
        return runs_home()
    except OSError as error:
        raise cannot_write(error) from error


def find(run_id: str) -> RunFolder:
    """Return the folder of the run ``run_id``; RunError for an unknown or an unsafe name."""
    if not _SAFE.fullmatch(run_id):
        raise RunError(f"{run_id!r} is not the id of a run; an id is one folder name, not a path.")
    path = root() / run_id
    if not path.is_dir():
        raise RunError(f"There is no run {run_id!r} in {path.parent}.")
    return RunFolder(path)


def every() -> list[RunFolder]:
    """Return all run folders, torn ones included, in no particular order."""
    try:
        return [
            RunFolder(path)
            for path in root().iterdir()
            if _SAFE.fullmatch(path.name) and path.is_dir()
        ]
    except OSError as error:
        raise RunError(f"The runs cannot be listed: {error.strerror or error}.") from error


def cannot_write(error: OSError) -> RunError:
    """Return the sentence for a disk that is full, or a folder that may not be written."""
    where = f" at {error.filename}" if error.filename else ""
    return RunError(
        f"The folder of runs cannot be written ({error.strerror or error}{where});"
        " free some space, or let AUGMENT_HOME name a folder that can be written."
    )


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Replace ``path`` by ``value`` in one step; OSError leaves the old file as it was."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8") as file:
            json.dump(value, file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the object in ``path``, or None where there is no file; RunError where it is torn."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RunError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise RunError(f"{path.name} is torn: it does not hold JSON ({error}).") from error
    if not isinstance(value, dict):
        raise RunError(f"{path.name} is torn: it does not hold an object.")
    return value


def read_csv(path: Path, may_lack: Collection[str] = ()) -> list[dict[str, float]]:
    """Return the whole rows of a table of numbers; a row that is still being written is left out.

    Args:
        path: The table.
        may_lack: The columns whose cells may be empty; a row then has no entry for them.
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
    """Return this moment as the files hold it: ISO 8601, UTC, microseconds."""
    return datetime.now(UTC).isoformat()


def moment(value: object) -> datetime | None:
    """Return the time that ``now`` wrote, or None for anything else."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
