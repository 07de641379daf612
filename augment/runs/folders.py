"""The folders of runs: their paths, and how their files are read and written.

All that is known of a run is in its folder. JSON files are replaced atomically, so a reader sees the old
or the new one. A file that is damaged all the same (by a full disk, or an interrupted copy) raises a
`RunError`, and affects no other run.
"""

from __future__ import annotations

import csv
import errno
import functools
import itertools
import math
import os
import re
import shutil
import stat
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from augment.data.source import TEST, VALIDATION
from augment.engine.limits import shorten
from augment.errors import RunError
from augment.home import runs_home
from augment.json_text import is_whole
from augment.runs.config import MOST_EPOCHS, RunConfig
from augment.system import files
from augment.system.units import duration, megabytes

VERSION = 1
"""The format of run folders, in ``spec.json``; raised when older code would misread a folder."""

_STATE = "state.json"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LOG_BYTES = 256 * 1024
_MOST_LETTERS = 200  # of a phase
_JSON_BYTES = 8_000_000
"""The longest JSON document that is read; the evaluation of 20,000 classes has half. As objects in memory
it may take twenty times as much."""
_TABLE_BYTES = 32_000_000
"""The largest table that is read; that of a month of training has a hundredth."""

ROOM_BYTES = 256_000_000
"""What must be free to start a run: DenseNet121 twice, as it is replaced, three times the state to resume
from, of 56 MB, and the tables."""
_SHARE_OF_A_SMALL_DISK = 20
_PROBE_BYTES = 64 * 1024

KEPT_S = 3600
"""For how many seconds a deleted run can be brought back."""
_LOCKED_S = 30.0

Check = Callable[[float], bool]
"""Whether a number is one that a column of a table may have."""


def _is_count(number: float) -> bool:
    return 1 <= number < 2**31 and number == int(number)


def _is_time(number: float) -> bool:
    return 0 <= number < 10**10


def _is_share(number: float) -> bool:
    return 0 <= number <= 1


def _is_anything(number: float) -> bool:
    return True


_NUMBER = r"-?\d{1,9}(?:\.\d{1,20})?"
_PLAIN: Mapping[Check, str] = {
    _is_count: r"[1-9]\d{0,8}",
    _is_time: r"\d{1,9}(?:\.\d{1,20})?",
    _is_share: r"0(?:\.\d{1,20})?|1(?:\.0{1,20})?",
    _is_anything: _NUMBER,
    math.isfinite: _NUMBER,
}
"""Patterns of cells that surely have such a number; others may have one too."""

STEPS: Mapping[str, Check] = {
    "epoch": _is_count,
    "step": _is_count,
    "steps_per_epoch": _is_count,
    "seconds": _is_time,
    "waited": _is_time,
    "loss": math.isfinite,
    "accuracy": _is_share,
}
"""The columns of ``steps.csv``; a loss that is not finite ends a training before it is written."""

METRICS: Mapping[str, Check] = {
    "epoch": _is_count,
    # Those of a training that diverged are not finite.
    "loss": _is_anything,
    "accuracy": _is_share,
    "val_loss": _is_anything,
    "val_accuracy": _is_share,
}
"""The columns of ``metrics.csv``."""

WITHOUT_VALIDATION = ("val_loss", "val_accuracy")
"""The columns of ``metrics.csv`` whose cells are empty after an epoch that is not validated."""


class RunFolder:
    """The paths of one run, all of them below ``path``; no other code joins file names to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name
        self.spec = path / "spec.json"
        self.lock = path / "lock"
        self.state = path / _STATE
        self.stop = path / "stop"
        self.cancel = path / "cancel"
        self.metrics = path / "metrics.csv"
        self.steps = path / "steps.csv"
        self.log = path / "run.log"
        self.attempts = path / "attempts.json"
        self.progress = path / "progress.json"
        self.label = path / "label.json"
        self.best = path / "best.keras"
        self.resume_from = path / "state.npz"
        self.resume_from_before = path / "previous_state.npz"
        self.predictions = path / "predictions.npz"
        self.evaluation = path / "evaluation.json"
        self.test_predictions = path / "test_predictions.npz"
        self.test = path / "test.json"
        self.train_losses = path / "train_losses.npz"
        self.tta = path / "tta"
        """Results of test-time augmentation, two files each (`augment.predict.tta`)."""
        self.features = path / "features.npz"
        """Of the training pictures, to find the nearest ones (`augment.predict.nearest`)."""
        self.exports = path / "exports"
        """The model in formats to take away (`augment.model_export`)."""
        self.engine = path / "engine.json"
        """What a cluster says of the run (`augment.runs.dispatch`)."""
        self.engine_log = path / "engine.log"

    def heartbeat(self, attempt: int) -> Path:
        """Return the file that the supervisor of an attempt touches (`augment.runs.liveness`)."""
        return self.path / f"heartbeat.{attempt}"

    def only_to_resume(self) -> list[Path]:
        """Return the files that only a resume needs, and what a killed attempt left half written.

        Drafts are of files that only a holder of the lock writes, or its trainer: nobody writes them now.
        """
        states = (self.resume_from, self.resume_from_before)
        replaced = (self.state, self.attempts, self.progress, self.evaluation)
        drafts = (".writing-*", *(f".{path.name}.*" for path in replaced))
        return [
            *(path for path in states if files.exists(path)),
            *(path for pattern in drafts for path in self.path.glob(pattern)),
        ]

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
        if spec["version"] != VERSION or isinstance(spec["version"], bool):
            raise RunError(
                f"spec.json has format version {shorten(spec['version'])}, but this program reads"
                f" version {VERSION}; use the release that made the run."
            )
        if not _are_epochs(spec.get("validated_epochs", [])):
            raise RunError(
                f"spec.json is damaged: validated_epochs is {shorten(spec['validated_epochs'])}."
            )
        return spec

    def read_data_checksum(self) -> str:
        """Return the checksum of the prepared data of the run; empty if it is not known.

        Raises:
            RunError: As `read_spec`.
        """
        return str(self.read_spec().get("data_checksum") or "")

    def read_state(self) -> dict[str, Any] | None:
        """Return ``state.json``, or None if there is none; RunError if it is damaged."""
        return _read_json(self.state)

    def read_engine(self) -> dict[str, Any]:
        """Return ``engine.json``; empty if there is none, or it is damaged: it is written again."""
        try:
            return _read_json(self.engine) or {}
        except RunError:
            return {}

    def read_attempts(self) -> list[dict[str, Any]]:
        """Return the earlier attempts, the first first, as they ended; RunError if they are damaged.

        Each has the entries of its ``state.json``, and when the run was ``resumed`` after it.
        """
        found = _read_json(self.attempts)
        attempts = [] if found is None else found.get("attempts")
        if not isinstance(attempts, list) or not all(
            isinstance(each, dict) and parse_time(each.get("resumed")) for each in attempts
        ):
            raise RunError("attempts.json is damaged: it is not a list of earlier attempts.")
        return attempts

    def read_phase(self) -> str:
        """Return the phase that the trainer wrote last; empty if there is none, or it is damaged."""
        try:
            phase = (_read_json(self.progress) or {}).get("phase")
        except RunError:  # a note that is replaced many times a minute, and no problem of the run
            return ""
        if not isinstance(phase, str) or len(phase) > _MOST_LETTERS or not phase.isprintable():
            return ""
        return phase

    def read_evaluation(self) -> dict[str, Any] | None:
        """Return ``evaluation.json``, or None if there is none; RunError if it is damaged."""
        return _read_evaluation(self.evaluation)

    def read_test(self) -> dict[str, Any] | None:
        """Return ``test.json``, or None if there is none; RunError if it is damaged."""
        return _read_evaluation(self.test)

    def predictions_of(self, split: str) -> Path:
        """Return the path of what the saved model predicted for "validation" or "test"."""
        return {VALIDATION: self.predictions, TEST: self.test_predictions}[split]

    def read_log(self, tail: int) -> str:
        """Return the last ``tail`` lines of the log, at most 256 kB; empty if there is none."""
        return self._read_tail(self.log, tail)

    def read_engine_log(self, tail: int = 200) -> str:
        """Return the last lines that the job of a cluster printed beside the log; empty for none."""
        return self._read_tail(self.engine_log, tail)

    def _read_tail(self, path: Path, tail: int) -> str:
        try:
            text = files.read_bytes(path, _LOG_BYTES, tail=True).decode("utf-8", "replace")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise RunError(f"{path} cannot be read: {error.strerror or error}.") from error
        except files.DamagedFile as error:
            raise RunError(str(error)) from error
        return "\n".join(text.splitlines()[-tail:])


_CHANGES = itertools.count(1)
_changes = 0


def note_change() -> None:
    """Note that this process has changed a run, or which runs there are.

    Call it after the change, wherever a file changes that a list of runs shows.
    """
    global _changes
    _changes = next(_CHANGES)


def changes() -> int:
    """Return how often this process has changed runs; the same number means: not since then."""
    return _changes


def root() -> Path:
    """Return the folder of all runs, created if absent; RunError if it cannot be created."""
    try:
        return runs_home()
    except OSError as error:
        raise cannot_write(error) from error


def create(
    run_id: str,
    config: RunConfig,
    validated: Sequence[int] = (),
    checksum: str = "",
    *,
    owner: str = "",
    sweep: Mapping[str, Any] | None = None,
    engine: str = "local",
    inside: Path | None = None,
) -> RunFolder:
    """Create the folder of a new run; it appears with its ``spec.json``, by a rename.

    Args:
        run_id: The name of the folder.
        config: The configuration.
        validated: The epochs after which the model is validated.
        checksum: That of the prepared data; empty if it is not known.
        owner: The hash of the token of whoever submits it; empty for the command line.
        sweep: The sweep that it belongs to: its ``id``, and its ``cell``, the values of the parameters
            that the sweep varies, by "STEP.PARAMETER"; None for none.
        engine: What starts it (`augment.runs.engines`).
        inside: The folder of drafts that `adding` yields, which become runs together; None to make a
            run at once.

    Raises:
        FileExistsError: There is such a run.
        RunError: The folder cannot be written.
    """
    inside = inside or root()
    draft = RunFolder(inside / f".{run_id}")
    try:
        draft.path.mkdir()
        spec = {
            "version": VERSION,
            "created": now(),
            "config": config.to_dict(),
            "validated_epochs": list(validated),
            "data_checksum": checksum,
            "owner": owner,
            "sweep": dict(sweep) if sweep else None,
            "engine": engine,
        }
        files.write_json(draft.spec, spec)
        return RunFolder(draft.path.rename(inside / run_id))
    except FileExistsError:
        raise
    except OSError as error:
        shutil.rmtree(draft.path, ignore_errors=True)
        if error.errno == errno.ENOTEMPTY:  # from the rename
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), run_id) from error
        raise cannot_write(error) from error


@contextmanager
def adding() -> Iterator[Path]:
    """Make several runs at once: yields the folder for their drafts, which all become runs, or none does.

    A process that is killed meanwhile leaves drafts, or runs that are complete but not all in their
    places. Whoever holds the lock next deletes the former and moves the latter.

    Raises:
        RunError: The folder cannot be written, or other processes add or delete runs all the time.
    """
    with locked():
        try:
            _drafts().mkdir()
            try:
                yield _drafts()
            except BaseException:
                shutil.rmtree(_drafts(), ignore_errors=True)
                raise
            _drafts().rename(_complete())
            _move_complete()
        except OSError as error:
            raise cannot_write(error) from error


@contextmanager
def locked() -> Iterator[None]:
    """Hold the lock under which runs are added and deleted.

    First it is finished what a process left that was killed while it held the lock, and removed what was
    deleted long ago.

    Raises:
        RunError: The folder cannot be written, or other processes add or delete runs all the time.
    """
    try:
        lock = files.acquire(_lock(), timeout=_LOCKED_S)
        if lock is None:
            raise RunError(
                f"Runs cannot be added or deleted now: another process has been doing so for"
                f" {_LOCKED_S:.0f} seconds; try again."
            )
        with lock:
            _tidy()
            yield
    except OSError as error:
        raise cannot_write(error) from error
    finally:
        note_change()


def is_half_added() -> bool:
    """Return whether a process adds runs now, or was killed as it did."""
    return files.exists(_drafts()) or files.exists(_complete())


def tidy() -> None:
    """Do what `locked` does first, unless another process holds the lock, which has done it.

    Raises:
        RunError: The folder cannot be written.
    """
    try:
        if lock := files.acquire(_lock()):
            with lock:
                _tidy()
    except OSError as error:
        raise cannot_write(error) from error


def delete(folder: RunFolder) -> None:
    """Delete a run; `undelete` brings it back for `KEPT_S`. The caller holds the lock of `locked`.

    Raises:
        OSError: It cannot be moved.
    """
    target = _deleted() / folder.id
    target.parent.mkdir(exist_ok=True)
    if files.exists(target):  # of an earlier run of the same id
        _remove(target)
    os.utime(folder.path)  # when it was deleted
    folder.path.rename(target)


def undelete(run_id: str) -> None:
    """Bring a deleted run back. The caller holds the lock of `locked`.

    Raises:
        OSError: It cannot be moved.
        RunError: It is not an id, there is no such deleted run, or there is a run of the same id again.
    """
    check_id(run_id)
    path = _deleted() / run_id
    if not files.is_folder(path):
        raise RunError(
            f"There is no deleted run {run_id!r}; deleted runs are kept for {duration(KEPT_S)}."
        )
    if files.exists(root() / run_id):
        raise RunError(
            f"The run {run_id} cannot be brought back: there is a run of the same id again."
        )
    path.rename(root() / run_id)


def remove_deleted(older_than: float = KEPT_S) -> None:
    """Remove for good what was deleted; the caller holds the lock of `locked`.

    Args:
        older_than: Only what was deleted this many seconds ago, or earlier.

    Raises:
        OSError: The folder cannot be read or written.
    """
    if not files.is_folder(_deleted()):
        return
    for path in list(_deleted().iterdir()):
        if time.time() - path.stat().st_mtime >= older_than or path.name.startswith("."):
            _remove(path)


def size_of(path: Path) -> int:
    """Return the bytes of a folder, or of a file; what cannot be read, or disappears, does not count."""
    try:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode):
            return found.st_size
        return sum(size_of(entry) for entry in path.iterdir())
    except OSError:
        return 0


def size_of_deleted() -> int:
    """Return the bytes of all deleted runs."""
    return size_of(_deleted())


def _lock() -> Path:
    return root() / ".submit.lock"


def _drafts() -> Path:
    return root() / ".drafts"


def _complete() -> Path:
    """Return the folder of the drafts after the one rename that makes all of them runs."""
    return root() / ".complete"


def _deleted() -> Path:
    return root() / ".deleted"


def _tidy() -> None:
    if files.exists(_complete()):
        _move_complete()
    if files.exists(_drafts()):
        shutil.rmtree(_drafts())
    remove_deleted()


def _move_complete() -> None:
    for path in sorted(_complete().iterdir()):
        path.rename(root() / path.name)
    _complete().rmdir()


def _remove(path: Path) -> None:
    """Remove a deleted run, first from those that can be brought back, so that none comes back torn.

    What the disk refuses to remove is tried again the next time.
    """
    doomed = path.with_name(f".{path.name.removeprefix('.')}")
    if path != doomed:
        shutil.rmtree(doomed, ignore_errors=True)
    shutil.rmtree(path.rename(doomed), ignore_errors=True)


def check_id(run_id: str) -> None:
    """Check that a text can be the id of a run; RunError if not."""
    if not _ID.fullmatch(run_id):
        raise RunError(
            f"{shorten(run_id)} is not the id of a run; an id is one folder name, not a path."
        )


def find(run_id: str) -> RunFolder:
    """Return the folder of the run ``run_id``; RunError if there is none, or it is not an id."""
    check_id(run_id)
    path = root() / run_id
    if not files.is_folder(path):
        raise RunError(f"There is no run {run_id!r} in {path.parent}.")
    return RunFolder(path)


def list_folders() -> list[RunFolder]:
    """Return all run folders, damaged ones included, in no particular order."""
    try:
        with os.scandir(root()) as entries:
            # What an entry is comes with the list, so that a folder takes no question of its own.
            names = [
                entry.path
                for entry in entries
                if _ID.fullmatch(entry.name)
                and (entry.is_dir(follow_symlinks=False) or files.is_folder(Path(entry.path)))
            ]
    except OSError as error:
        raise RunError(f"The runs cannot be listed: {error.strerror or error}.") from error
    return [folder_at(path) for path in names]


@functools.lru_cache(maxsize=8192)
def folder_at(path: str) -> RunFolder:
    """Return the folder of a run, whose paths are not joined again each time that it is asked for."""
    return RunFolder(Path(path))


def list_unstarted() -> list[RunFolder]:
    """Return the folders of runs without a state, in no particular order.

    A scheduler asks every half second, so what costs much is left out for all other folders.
    """
    try:
        with os.scandir(root()) as entries:
            return [
                RunFolder(Path(entry.path))
                for entry in entries
                if not os.path.lexists(os.path.join(entry.path, _STATE))  # noqa: PTH118 - 4 times as fast
                and _ID.fullmatch(entry.name)
                and entry.is_dir()
            ]
    except OSError as error:
        raise RunError(f"The runs cannot be listed: {error.strerror or error}.") from error


def read_csv(
    path: Path, columns: Mapping[str, Check] | None = None, may_lack: Collection[str] = ()
) -> list[dict[str, float]]:
    """Return the rows of a table of numbers; `table_problem` names what is left out.

    Args:
        path: The table.
        columns: Which numbers its columns may have; None for any, in the columns that it names.
        may_lack: Columns whose cells may be empty; a row then has no entry for them.

    Raises:
        RunError: It cannot be read.
    """
    return _read_table(path, columns, may_lack)[0]


def table_problem(path: Path, columns: Mapping[str, Check], may_lack: Collection[str] = ()) -> str:
    """Return in a sentence what is wrong with a table; empty if nothing."""
    try:
        return _read_table(path, columns, may_lack, with_rows=False)[1]
    except RunError as error:
        return str(error)


def _read_table(
    path: Path,
    columns: Mapping[str, Check] | None,
    may_lack: Collection[str],
    *,
    with_rows: bool = True,
) -> tuple[list[dict[str, float]], str]:
    """Return the rows that are right, and what is wrong with the first other one.

    A row that is still being written is neither. Without ``with_rows`` none may be returned.
    """
    try:
        text = files.read_bytes(path, _TABLE_BYTES).decode("utf-8", "replace")
        # Not `splitlines`, to which many more characters end a line. The last has no end yet.
        lines = text.replace("\r", "").split("\n")[:-1]
        if columns and _is_plain(lines, columns, may_lack):
            found = [_plain_row(line, columns) for line in lines[1:]] if with_rows else []
            return found, ""
        rows = list(csv.reader(lines))
    except FileNotFoundError:
        return [], ""
    except (OSError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise RunError(f"{path.name} cannot be read: {reason}.") from error
    except files.DamagedFile as error:
        raise RunError(str(error)) from error
    if not rows:
        return [], ""
    header, found, problem = rows[0], [], ""
    columns = dict.fromkeys(header, _is_anything) if columns is None else columns
    if missing := [name for name in columns if name not in header]:
        return [], f"{path.name} is damaged: its first line does not name the column {missing[0]}."
    for number, row in enumerate(rows[1:], start=2):
        try:
            if len(row) != len(header):
                raise ValueError(f"it has {len(row)} cells instead of {len(header)}")
            cells = dict(zip(header, row, strict=True))
            found.append(
                {
                    name: _cell(cells[name], name, is_right)
                    for name, is_right in columns.items()
                    if cells[name] or name not in may_lack
                }
            )
        except ValueError as error:
            problem = problem or f"{path.name} is damaged: line {number} is left out ({error})."
    return found, problem


def _is_plain(
    lines: Sequence[str], columns: Mapping[str, Check], may_lack: Collection[str]
) -> bool:
    """Return whether a table is as this program writes it; nothing is wrong with it then.

    Nearly all are, and one pattern tells that fifteen times as fast as a look at each cell.
    """
    return lines[:1] == [",".join(columns)] and bool(
        _plain_rows(tuple(columns.items()), tuple(may_lack)).fullmatch("\n".join(lines[1:]))
    )


@functools.lru_cache(maxsize=8)
def _plain_rows(
    columns: tuple[tuple[str, Check], ...], may_lack: tuple[str, ...]
) -> re.Pattern[str]:
    cells = (f"(?:{_PLAIN[check]}){'?' * (name in may_lack)}" for name, check in columns)
    row = ",".join(cells)
    return re.compile(f"(?:{row}(?:\n{row})*)?", re.ASCII)


def _plain_row(line: str, columns: Mapping[str, Check]) -> dict[str, float]:
    return {name: float(cell) for name, cell in zip(columns, line.split(","), strict=True) if cell}


def _cell(text: str, name: str, is_right: Check) -> float:
    try:
        if is_right(number := float(text)):
            return number
    except ValueError:
        pass  # no number at all
    raise ValueError(f"{name} is {shorten(text)}")


def now() -> str:
    """Return the current time as the files hold it: ISO 8601, UTC, microseconds."""
    return datetime.now(UTC).isoformat()


def parse_time(value: object) -> datetime | None:
    """Return a time that `now` wrote, or None for anything else."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def shortage() -> str:
    """Return why no run can be started now, as the end of a sentence; empty if one can.

    Only the file system is asked, nothing is written.

    Raises:
        RunError: The folder of runs cannot be read.
    """
    disk, path = _disk(), root()
    free = disk.f_bavail * disk.f_frsize
    needed = min(ROOM_BYTES, disk.f_blocks * disk.f_frsize // _SHARE_OF_A_SMALL_DISK)
    if disk.f_flag & os.ST_RDONLY:
        return f"the disk of {path} is read-only"
    if free < needed:
        return (
            f"no space left on the disk of {path} ({megabytes(free)} free, "
            f"{megabytes(needed)} needed)"
        )
    if disk.f_files and not disk.f_favail:
        return f"no file can be added to the disk of {path}, which has too many"
    return ""


def has_room() -> bool:
    """Return whether a run can be started now; a small file is written, as a quota shows in no other way.

    Only who starts runs asks this: reading them writes nothing.

    Raises:
        RunError: The folder of runs cannot be read.
    """
    if shortage():
        return False
    probe = root() / ".room"
    try:
        try:
            probe.write_bytes(bytes(_PROBE_BYTES))
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        # Any other error is the run's own: its supervisor meets it again.
        return not files.has_no_room(error)
    return True


def free_bytes() -> int:
    """Return what is free on the disk of the runs; RunError if it cannot be read."""
    disk = _disk()
    return disk.f_bavail * disk.f_frsize


def _disk() -> os.statvfs_result:
    try:
        return os.statvfs(root())
    except OSError as error:
        raise RunError(f"The runs cannot be listed: {error.strerror or error}.") from error


def cannot_write(error: OSError) -> RunError:
    """Return the error for a disk that is full, or a folder that is not writable."""
    where = f" at {error.filename}" if error.filename else ""
    return RunError(
        f"The folder of runs cannot be written ({error.strerror or error}{where});"
        " free some disk space, or set AUGMENT_HOME to a writable folder."
    )


def _are_epochs(value: object) -> bool:
    """Whether a value is a list of epochs in ascending order."""
    return (
        isinstance(value, list)
        and all(is_whole(epoch) and epoch <= MOST_EPOCHS for epoch in value)
        and all(a < b for a, b in pairwise([0, *value]))
    )


def _is_number_or_none(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value is None
    return abs(value) < 1e300


def _is_share_or_none(value: object) -> bool:
    return _is_number_or_none(value) and (value is None or 0 <= value <= 1)  # type: ignore[operator]


def _is_list_of(is_right: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(is_right, value))


_CLASS: Mapping[str, Callable[[Any], bool]] = {
    "name": lambda value: isinstance(value, str),
    "pictures": is_whole,
    "correct": is_whole,
    "accuracy": _is_share_or_none,
    "low": _is_share_or_none,
    "high": _is_share_or_none,
}

_EVALUATION: Mapping[str, Callable[[Any], bool]] = {
    "split": lambda value: isinstance(value, str),
    "pictures": is_whole,
    "epoch": is_whole,
    "loss": _is_number_or_none,
    "accuracy": _is_share_or_none,
    "top5": _is_share_or_none,
    "macro_accuracy": _is_share_or_none,
    "cross_entropy": _is_number_or_none,
    "ece": _is_share_or_none,
    "chance": _is_share_or_none,
    "per_class": _is_list_of(
        lambda entry: (
            isinstance(entry, dict)
            and all(is_right(entry[name]) for name, is_right in _CLASS.items() if name in entry)
        )
    ),
    "stopped_early": lambda value: isinstance(value, bool),
    "evaluated_at": _is_list_of(lambda value: parse_time(value) is not None),
}
"""What the entries of ``evaluation.json`` and ``test.json`` are; files made before lack some of them."""


def _read_evaluation(path: Path) -> dict[str, Any] | None:
    found = _read_json(path)
    for name, value in (found or {}).items():
        if (is_right := _EVALUATION.get(name)) and not is_right(value):
            raise RunError(f"{path.name} is damaged: {name} is {shorten(value)}.")
    return found


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        return files.read_json(path, _JSON_BYTES)
    except files.DamagedFile as error:
        raise RunError(str(error)) from error
