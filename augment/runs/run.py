"""A run as its folder shows it: a snapshot, with the state derived from the files and the lock."""

from __future__ import annotations

import functools
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from augment import data as sources
from augment.data.source import TEST, VALIDATION
from augment.engine.limits import shorten
from augment.engine.recipe import Recipe
from augment.errors import AugmentError, ConfigError, RunError
from augment.json_text import is_whole
from augment.runs import folders, liveness, naming, progress
from augment.runs.config import RunConfig
from augment.runs.evaluation import Predictions
from augment.runs.folders import RunFolder
from augment.runs.groups import seed_group
from augment.runs.naming import Label
from augment.system import files

QUEUED, RUNNING, SUCCEEDED = "QUEUED", "RUNNING", "SUCCEEDED"
FAILED, CANCELLED, LOST = "FAILED", "CANCELLED", "LOST"
LOCAL = "local"
"""The engine of this machine, and of runs that name none."""
ENDED = (SUCCEEDED, FAILED, CANCELLED, LOST)

_LOST = "Its supervisor left no reason: it was killed, the machine restarted, or the disk is full."
_UNUSABLE = "Its folder cannot be used, so it cannot be started."


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run at the moment it was read; the methods read its files again.

    Attributes:
        id: The name of its folder.
        path: Its folder.
        config: Its configuration; None if ``spec.json`` cannot be used.
        state: ``QUEUED``, ``RUNNING``, or one of `ENDED`.
        reason: Why it failed or was lost; else empty.
        phase: What it is doing, for a person.
        problem: Which of its files is missing or damaged; else empty.
        stopped_early: Whether it was stopped before its last epoch and kept its best model.
        created: When it was submitted; times are aware, in UTC.
        started: When its supervisor started.
        ended: When its supervisor recorded the end.
        attempt: 1, and one more each time that it was resumed.
        resumed: When it was resumed last, if it was.
        name: What it is called (`title`); a name that says what it is, if nobody gave it one.
        note: What somebody wrote about it.
        tags: Words to find it by.
        owner: The hash of the token of whoever submitted it; empty for the command line.
        sweep: The id of the sweep that it belongs to; empty for none.
        cell: The values of the parameters that the sweep varies, by "STEP.PARAMETER".
        seed_group: The same for all runs that differ in the seed alone; empty without a configuration.
        progress: Which share of its epochs is done, 0 to 1.
        position: Its place among the queued runs, from 1; None if it is not queued, or was read alone.
        accuracy: The best validation accuracy so far, 0 to 1; None before there is one.
        test_accuracy: That of the saved model on the test pictures; None before it was evaluated there.
        engine: What starts it (`augment.runs.engines`).
        job: What a cluster says of this attempt: ``job``, ``state``, ``reason`` and ``problem``.
        host: The machine that it was started on; empty before.
        liveness: What tells whether it is alive (`augment.runs.liveness`); empty before it was started.
    """

    id: str
    path: Path
    config: RunConfig | None
    state: str
    reason: str
    phase: str
    problem: str
    stopped_early: bool
    created: datetime | None
    started: datetime | None
    ended: datetime | None
    attempt: int
    resumed: datetime | None
    name: str
    note: str
    tags: tuple[str, ...]
    owner: str
    sweep: str
    cell: Mapping[str, Any]
    seed_group: str
    progress: float
    position: int | None = None
    accuracy: float | None = None
    test_accuracy: float | None = None
    engine: str = LOCAL
    job: Mapping[str, str] = field(default_factory=dict)
    host: str = ""
    liveness: str = ""

    @property
    def title(self) -> str:
        """What it is called: `name`, or its id where nothing is known of it."""
        return self.name or self.id

    @property
    def is_over(self) -> bool:
        """Whether the state is final."""
        return self.state in ENDED

    def epochs(self) -> list[dict[str, float]]:
        """Return one row for each finished epoch: epoch, loss, accuracy, val_loss, val_accuracy.

        The last two are missing if there is no validation split. Damaged rows are left out, and are a
        `problem` of the run.

        Raises:
            RunError: The table cannot be read.
        """
        metrics = self._folder.metrics
        return folders.read_csv(metrics, folders.METRICS, may_lack=folders.WITHOUT_VALIDATION)

    def steps(self) -> list[dict[str, float]]:
        """Return a row every few steps: epoch, step, steps_per_epoch, seconds, waited, loss, accuracy.

        ``seconds`` count from the start of the training, ``waited`` is the part of them spent waiting
        for input, ``loss`` and ``accuracy`` are the means over the epoch so far. Damaged rows are left
        out, and are a `problem` of the run.

        Raises:
            RunError: The table cannot be read.
        """
        return folders.read_csv(self._folder.steps, folders.STEPS)

    def seconds_left(self) -> float | None:
        """Return the seconds until the last epoch ends; None if unknown, or the run is not running."""
        if self.state != RUNNING or self.config is None:
            return None
        validated = self._folder.read_spec().get("validated_epochs")
        return progress.seconds_left(self.config, validated, self.steps())

    def log(self, tail: int = 200) -> str:
        """Return the last ``tail`` lines of the log; RunError if it cannot be read."""
        return self._folder.read_log(tail)

    def evaluation(self) -> dict[str, Any] | None:
        """Return the evaluation of the saved model, or None while there is none.

        It is on the split "validation", by which the model was chosen, or without one on "test".

        Raises:
            RunError: The file is damaged.
        """
        return self._folder.read_evaluation()

    def test(self) -> dict[str, Any] | None:
        """Return the evaluation of the saved model on the split "test", or None while there is none.

        It has the entries of `evaluation`, and ``evaluated_at``: the times when the split was evaluated.

        Raises:
            RunError: The file is damaged.
        """
        return self._folder.read_test()

    def check_model(self) -> None:
        """Raise a RunError that says why, where there is no saved model (``best.keras``)."""
        if files.exists(self._folder.best):
            return
        if not self.is_over:
            why = f"it has none yet ({self.phase})"
        elif self.evaluation():
            why = "it was there when the run was evaluated, and has been deleted since"
        else:
            why = f"it ended {self.state} before its first epoch was over"
        raise RunError(f"The run {self.id} has no saved model (best.keras); {why}.")

    def class_names(self) -> tuple[str, ...]:
        """Return the classes with which the saved model was evaluated; empty before that.

        They are in the order of what the model predicts, and stay known when the data are gone.

        Raises:
            RunError: A file is damaged.
        """
        for read in (self.evaluation, self.test):
            names = [entry.get("name") for entry in (read() or {}).get("per_class", [])]
            if names and None not in names:  # files made before lack them
                return tuple(map(str, names))
        return ()

    def predictions(self, split: str = VALIDATION) -> Predictions | None:
        """Return what the saved model predicted for a split; None while there is nothing.

        Args:
            split: "validation", or "test".

        Raises:
            RunError: The file is damaged.
        """
        path = self._folder.predictions_of(split)
        return Predictions.read(path) if files.exists(path) else None

    def cancel(self) -> None:
        """Request that the run ends at once, as CANCELLED; the files that it wrote stay.

        Raises:
            RunError: The run is over already.
        """
        self._mark(self._folder.cancel)

    def stop(self) -> None:
        """Request that the training ends after this step, as SUCCEEDED with the best model so far.

        Raises:
            RunError: The run is over already.
        """
        self._mark(self._folder.stop)

    def to_dict(self) -> dict[str, Any]:
        """Return the snapshot as JSON values."""
        times = {
            "created": self.created,
            "started": self.started,
            "ended": self.ended,
            "resumed": self.resumed,
        }
        return {
            "id": self.id,
            "path": str(self.path),
            "state": self.state,
            "reason": self.reason,
            "phase": self.phase,
            "problem": self.problem,
            "stopped_early": self.stopped_early,
            "attempt": self.attempt,
            "name": self.name,
            "note": self.note,
            "tags": list(self.tags),
            "owner": self.owner,
            "sweep": self.sweep or None,
            "cell": dict(self.cell),
            "seed_group": self.seed_group or None,
            "progress": round(self.progress, 4),
            "position": self.position,
            "accuracy": self.accuracy,
            "test_accuracy": self.test_accuracy,
            "engine": self.engine,
            "job": dict(self.job) or None,
            "host": self.host,
            "liveness": self.liveness,
            **{name: time.isoformat() if time else None for name, time in times.items()},
            "config": self.config.to_dict() if self.config else None,
        }

    @property
    def _folder(self) -> RunFolder:
        return folders.folder_at(str(self.path))

    def _mark(self, marker: Path) -> None:
        if (now := read(self._folder)).is_over:  # this snapshot may be older
            raise RunError(f"The run {self.id} is over already ({now.state}).")
        try:
            marker.touch()
        except OSError as error:
            raise folders.cannot_write(error) from error
        folders.note_change()


def read(folder: RunFolder, *, holds_lock: bool = False) -> Run:
    """Return the run in ``folder`` as it is now; a missing or damaged file becomes its ``problem``.

    A run follows from its files, and, unless they say how it ended, from whether a supervisor is alive.
    So the last snapshot is the run as long as those are the same, and a list of a thousand runs reads
    only what has changed.

    Args:
        folder: The folder.
        holds_lock: Whether the caller holds the lock of the run, which thus has no supervisor.
    """
    stamps = _stamps(folder)
    if known := _SNAPSHOTS.get(folder.path, stamps):
        if known.is_alive is None:
            return known.run
        is_alive = not holds_lock and liveness.is_alive(folder, known.state, known.run.attempt)
        if is_alive is known.is_alive and _stamps(folder) == stamps:
            return known.run
    run, is_alive_or_ended, state = _read(folder, holds_lock=holds_lock)
    if stamps and not run.problem and _stamps(folder) == stamps and _are_settled(stamps):
        _SNAPSHOTS.put(folder.path, _Snapshot(stamps, is_alive_or_ended, state, run))
    return run


_Stamps = Mapping[str, tuple[int, ...]]

_SETTLED_NS = 100_000_000
"""Younger files may change once more without another time of change, as that has steps of 4 to 10 ms."""
_MOST_SNAPSHOTS = 4096


@dataclass(frozen=True)
class _Snapshot:
    """A run as it was read.

    Attributes:
        stamps: Those of its files.
        is_alive: Whether it had a supervisor; None where that does not matter, as the run has ended.
        state: Its ``state.json``.
        run: The run.
    """

    stamps: _Stamps
    is_alive: bool | None
    state: Mapping[str, Any]
    run: Run


class _Snapshots:
    """The last snapshots, by the folders of the runs; of too many the oldest are dropped."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: dict[Path, _Snapshot] = {}
        self._lock = threading.Lock()

    def get(self, path: Path, stamps: _Stamps) -> _Snapshot | None:
        """Return the snapshot of a folder, if that has the same files still."""
        found = self._found.get(path)
        return found if found and found.stamps == stamps else None

    def put(self, path: Path, snapshot: _Snapshot) -> None:
        with self._lock:
            self._found.pop(path, None)
            self._found[path] = snapshot
            if len(self._found) > self._most:
                del self._found[next(iter(self._found))]


_SNAPSHOTS = _Snapshots(_MOST_SNAPSHOTS)


def _stamps(folder: RunFolder) -> _Stamps:
    """Return what tells whether a file of a run has changed; empty if they cannot be told."""
    try:
        with os.scandir(folder.path) as entries:
            return {
                entry.name: (found.st_ino, found.st_size, found.st_mtime_ns)
                for entry in entries
                if entry.name in _SHOWN and (found := entry.stat())
            }
    except OSError:  # one of them went away just now, or may not be looked at
        return {}


_SHOWN = frozenset(
    {
        *("spec.json", "state.json", "attempts.json", "label.json", "progress.json"),
        *(
            "cancel",
            "lock",
            "engine.json",
            "metrics.csv",
            "steps.csv",
            "evaluation.json",
            "test.json",
        ),
        *("predictions.npz", "test_predictions.npz"),
    }
)
"""The files on which a snapshot depends; the log is read each time that it is shown."""


def _are_settled(stamps: _Stamps) -> bool:
    return max(stamp[-1] for stamp in stamps.values()) < time.time_ns() - _SETTLED_NS


def _read(folder: RunFolder, *, holds_lock: bool) -> tuple[Run, bool | None, Mapping[str, Any]]:
    """Return a run from its files, whether it has a supervisor, and ``state.json``.

    The second is None where it does not matter.
    """
    spec, config, spec_problem = _read_spec(folder)
    written, earlier, state, is_alive, problems = _read_state(
        folder, can_start=config is not None, holds_lock=holds_lock
    )
    attempt = _attempt(written, earlier)
    label, label_problem = _read_label(folder)
    sweep, cell = _sweep_of(spec)
    results = _results(folder)
    reason = written["reason"] if isinstance(written.get("reason"), str) else ""
    if state == LOST:
        was_started = bool(written) or files.exists(folder.lock)
        was_started |= liveness.was_taken(folder, attempt)
        reason = _LOST if was_started else _UNUSABLE
    job = _job_of(folder, spec, attempt)
    problems = [
        spec_problem,
        _wrong_entry(folder.spec, spec, "created"),
        *problems[:1],
        *(_wrong_entry(folder.state, written, name) for name in _STATE),
        *problems[1:],
        label_problem,
        *(checked.problem for checked in results.values()),
    ]
    run = Run(
        id=folder.id,
        path=folder.path,
        config=config,
        state=state,
        reason=reason,
        phase="",
        problem=" ".join(dict.fromkeys(filter(None, problems))),
        stopped_early=written.get("stopped_early") is True,
        created=folders.parse_time(spec.get("created")),
        started=folders.parse_time(written.get("started")),
        ended=folders.parse_time(written.get("ended")),
        attempt=attempt,
        resumed=(
            folders.parse_time(earlier[attempt - 2]["resumed"])
            if 2 <= attempt <= len(earlier) + 1
            else None
        ),
        name=label.name or naming.given_name(config),
        note=label.note,
        tags=label.tags,
        owner=owner if isinstance(owner := spec.get("owner"), str) else "",
        sweep=sweep,
        cell=cell,
        seed_group=seed_group(config, str(spec.get("data_checksum") or "")) if config else "",
        progress=0.0,
        test_accuracy=_test_accuracy(results),
        engine=engine if isinstance(engine := spec.get("engine"), str) else LOCAL,
        job=job,
        host=host if isinstance(host := written.get("host"), str) else "",
        liveness=str(written.get("liveness") or liveness.LOCK) if written else "",
    )
    try:
        epochs, steps = run.epochs(), [] if state == SUCCEEDED else run.steps()
    except RunError:  # a table cannot be read, which is one of the problems
        return replace(run, phase=state.lower()), is_alive, written
    accuracies = [row["val_accuracy"] for row in epochs if "val_accuracy" in row]
    return (
        replace(
            run,
            phase=_phase_of(run, epochs, steps),
            progress=_progress_of(run, epochs, steps),
            accuracy=max(accuracies, default=None),
        ),
        is_alive,
        written,
    )


def _is_moment(value: object) -> bool:
    return folders.parse_time(value) is not None


_ENTRIES: dict[str, Callable[[Any], bool]] = {
    "created": _is_moment,
    "state": lambda value: value in (RUNNING, SUCCEEDED, FAILED, CANCELLED),
    "started": _is_moment,
    "ended": _is_moment,
    "reason": lambda value: isinstance(value, str),
    "stopped_early": lambda value: isinstance(value, bool),
    "attempt": lambda value: is_whole(value) and value >= 1,
}
"""What the entries of ``spec.json`` and ``state.json`` are that a snapshot shows."""
_STATE = ("state", "started", "ended", "reason", "stopped_early", "attempt")
_NEEDED = ("created", "state")


def _wrong_entry(path: Path, entries: dict[str, Any], name: str) -> str:
    """Return in a sentence what is wrong with one entry of a file; empty if nothing."""
    if name not in entries:
        return f"{path.name} is damaged: it has no {name}." if entries and name in _NEEDED else ""
    if _ENTRIES[name](entries[name]):
        return ""
    return f"{path.name} is damaged: {name} is {shorten(entries[name])}."


@dataclass(frozen=True)
class _Checked:
    """A file of results: what is wrong with it, and the figure in it.

    Attributes:
        problem: A sentence; empty if nothing is.
        split: The split whose pictures were evaluated.
        accuracy: The share of them that is right.
    """

    problem: str = ""
    split: str = ""
    accuracy: float | None = None


def _results(folder: RunFolder) -> dict[str, _Checked]:
    """Return what is known of the files of results, by their names; of those that there are."""
    found = {}
    results = (folder.metrics, folder.steps, folder.evaluation, folder.test)
    for path in (*results, folder.predictions, folder.test_predictions):
        try:
            stat = path.stat()
        except OSError as error:
            if not isinstance(error, FileNotFoundError | NotADirectoryError | PermissionError):
                reason = error.strerror or error
                found[path.name] = _Checked(problem=f"{path.name} cannot be read: {reason}.")
            continue
        found[path.name] = _check(path, (stat.st_ino, stat.st_size, stat.st_mtime_ns))
    return found


@functools.lru_cache(maxsize=4096)
def _check(path: Path, stamp: tuple[int, ...]) -> _Checked:
    """Check a file of results, which is read again only when it has changed."""
    folder = folders.folder_at(str(path.parent))
    if path == folder.metrics:
        return _Checked(folders.table_problem(path, folders.METRICS, folders.WITHOUT_VALIDATION))
    if path == folder.steps:
        return _Checked(folders.table_problem(path, folders.STEPS))
    try:
        if path in (folder.predictions, folder.test_predictions):
            Predictions.check(path)
            return _Checked()
        found = folder.read_test() if path == folder.test else folder.read_evaluation()
    except RunError as error:
        return _Checked(str(error))
    found = found or {}
    return _Checked("", found.get("split", ""), found.get("accuracy"))


def _test_accuracy(results: Mapping[str, _Checked]) -> float | None:
    """Return the accuracy on the test pictures; a run without validation has it in its evaluation."""
    if test := results.get("test.json"):
        return test.accuracy
    evaluation = results.get("evaluation.json", _Checked())
    return evaluation.accuracy if evaluation.split == TEST else None


def _phase_of(run: Run, epochs: progress.Rows, steps: progress.Rows) -> str:
    if run.state == QUEUED:
        return "waiting in the queue" if run.engine == LOCAL else _place_in_cluster(run)
    if run.state == SUCCEEDED:
        return "stopped early, the best model so far is saved" if run.stopped_early else "finished"
    if run.state == RUNNING and run.config:
        return progress.phase(run.config, RunFolder(run.path).read_phase(), epochs, steps)
    return run.state.lower()


def _place_in_cluster(run: Run) -> str:
    if problem := run.job.get("problem"):
        return f"waiting for {run.engine.capitalize()}: {problem}"
    if not run.job.get("job"):
        return f"waiting to be handed to {run.engine.capitalize()}"
    why = ", ".join(filter(None, [run.job["state"].lower(), run.job["reason"]]))
    return f"waiting in {run.engine.capitalize()} as job {run.job['job']} ({why})"


def _progress_of(run: Run, epochs: progress.Rows, steps: progress.Rows) -> float:
    if run.state == SUCCEEDED:
        return 1.0
    if run.config is None:
        return 0.0
    done = 0.0
    if steps:
        done = steps[-1]["epoch"] - 1 + steps[-1]["step"] / steps[-1]["steps_per_epoch"]
    if epochs:
        done = max(done, epochs[-1]["epoch"])
    return min(1.0, done / run.config.epochs)


def _read_label(folder: RunFolder) -> tuple[Label, str]:
    try:
        return naming.read_label(folder), ""
    except RunError as error:
        return Label(), str(error)
    except ConfigError as error:
        return Label(), f"label.json is damaged: {error}"


def _sweep_of(spec: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    sweep = spec.get("sweep")
    if not isinstance(sweep, dict) or not isinstance(sweep.get("id"), str):
        return "", {}
    cell = sweep.get("cell")
    return sweep["id"], cell if isinstance(cell, dict) else {}


def _read_spec(folder: RunFolder) -> tuple[dict[str, Any], RunConfig | None, str]:
    """Return ``spec.json``, its configuration, and what is wrong with it."""
    try:
        spec = folder.read_spec()
    except RunError as error:
        return {}, None, str(error)
    try:
        return spec, RunConfig.from_dict(_with_known_recipe(spec.get("config"))), ""
    except AugmentError as error:
        return spec, None, f"spec.json cannot be used: {error}"


def _job_of(folder: RunFolder, spec: Mapping[str, Any], attempt: int) -> Mapping[str, str]:
    """Return what a cluster says of this attempt of a run; empty where it has said nothing."""
    if spec.get("engine", LOCAL) == LOCAL:  # most runs, whose folders have no such file
        return {}
    found = folder.read_engine()
    if found.get("attempt") != attempt:
        return {}
    return {name: str(found.get(name) or "") for name in ("job", "state", "reason", "problem")}


def _with_known_recipe(values: Any) -> Any:
    """Return the entries of a configuration with the recipe itself, if many runs may have the same."""
    if not isinstance(values, dict) or not isinstance(data := values.get("data"), str):
        return values
    try:
        return values | {"recipe": _recipe(json.dumps(values.get("recipe")), data)}
    except AugmentError:
        return values  # which the configuration refuses, after all that comes before its recipe


@functools.lru_cache(maxsize=256)
def _recipe(text: str, data: str) -> Recipe:
    class_names = sources.source(data).class_names
    return Recipe.from_dict(json.loads(text), class_names=class_names or None)


def _read_attempts(folder: RunFolder) -> tuple[list[dict[str, Any]], str]:
    try:
        return folder.read_attempts(), ""
    except RunError as error:
        return [], str(error)


def _attempt(written: dict[str, Any], earlier: list[dict[str, Any]]) -> int:
    """Return which attempt a run is in.

    Where a resume was killed half-way, the attempt that ``state.json`` is of is among the earlier ones.
    """
    if not written:
        return len(earlier) + 1
    attempt = written.get("attempt", 1)
    return attempt if _ENTRIES["attempt"](attempt) else len(earlier) + 1


def _read_state(
    folder: RunFolder, *, can_start: bool, holds_lock: bool
) -> tuple[dict[str, Any], list[dict[str, Any]], str, bool | None, list[str]]:
    """Return ``state.json``, the earlier attempts, the state that follows, and what is wrong with them.

    The fourth is whether there is a supervisor, or None where that does not matter.
    """
    written, problem = _read_written(folder)
    earlier, attempts_problem = _read_attempts(folder)
    if (state := written.get("state")) not in ENDED:
        written, is_alive, problem = _observe(folder, earlier)
        is_alive = is_alive and not holds_lock
        state = written.get("state")
    problems = [problem, attempts_problem]
    if state in (SUCCEEDED, FAILED, CANCELLED):
        return written, earlier, state, None, problems
    if is_alive:
        return written, earlier, RUNNING, True, problems
    if files.exists(folder.cancel):
        return written, earlier, CANCELLED, False, problems
    # A supervisor writes a state before it starts a trainer. A lock without a state is left where the
    # disk was too full for that: nothing was started, and the run is still in the queue. Of a heartbeat
    # without a state nobody knows, so that attempt is never started again.
    was_taken = liveness.was_taken(folder, _attempt(written, earlier)) and not holds_lock
    if written or problem or was_taken or not can_start:
        return written, earlier, LOST, False, problems
    return written, earlier, QUEUED, False, problems


def _observe(folder: RunFolder, earlier: list[dict[str, Any]]) -> tuple[dict[str, Any], bool, str]:
    """Return ``state.json``, whether a supervisor is alive, and a problem of the file.

    A supervisor may start or end between these observations, so they are repeated until the file is
    the same before and after it was looked for.
    """
    while True:
        before = written, problem = _read_written(folder)
        is_alive = liveness.is_alive(folder, written, _attempt(written, earlier))
        if before == _read_written(folder):
            return written, is_alive, problem


def _read_written(folder: RunFolder) -> tuple[dict[str, Any], str]:
    try:
        written = folder.read_state()
    except RunError as error:
        return {}, str(error)
    if written == {}:
        return {}, "state.json is damaged: it has no state."
    return written or {}, ""
