"""Runs in other programs' trackers: as CSV tables, for TensorBoard, and for MLflow.

An export reads the folder of a run, whether it is running or over, and writes elsewhere. The trainer
knows nothing of it, so a tracker that fails cannot touch a run. Exported again, it updates what is there.

`augment.trackers.content` says what is exported. Each tracker is one module with a `Writer`, which is
imported when it is asked for, so that this package needs none of them.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from augment import runs
from augment.engine.limits import shorten
from augment.errors import AugmentError, ConfigError, RunError
from augment.home import trackers_home
from augment.runs import folders, sweep
from augment.runs.run import Run
from augment.system import files
from augment.system.units import counted
from augment.trackers.content import Content, content

CSV, TENSORBOARD, MLFLOW = "csv", "tensorboard", "mlflow"

_WAIT_S = 0.5


@dataclass(frozen=True, kw_only=True)
class Tracker:
    """A program, or a kind of file, to which runs are exported.

    Attributes:
        name: As ``runs export --to`` takes it.
        title: Its name in a sentence.
        module: The module that has its `Writer`.
        needs: The packages that it needs, other than those of ``requirements.txt``, and their modules.
        environment: Variables that are set before its module is imported, unless they are set already.
    """

    name: str
    title: str
    module: str
    needs: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


TRACKERS: Mapping[str, Tracker] = {
    each.name: each
    for each in (
        Tracker(name=CSV, title="CSV", module="augment.trackers.to_csv"),
        Tracker(
            name=TENSORBOARD,
            title="TensorBoard",
            module="augment.trackers.to_tensorboard",
            needs={"tensorboard": "tensorboard"},
        ),
        Tracker(
            name=MLFLOW,
            title="MLflow",
            module="augment.trackers.to_mlflow",
            needs={"mlflow-skinny": "mlflow"},
            environment={
                # Else it tells its makers what it is used for.
                "MLFLOW_DISABLE_TELEMETRY": "true",
                # Folders, which need no server and no database, are in maintenance and else refused.
                "MLFLOW_ALLOW_FILE_STORE": "true",
                # A server that does not answer is else tried for minutes.
                "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
                # Standard output is for the result of the command.
                "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
            },
        ),
    )
}
"""The trackers by their names."""


@dataclass(frozen=True, kw_only=True)
class Exported:
    """One run as a tracker has it now.

    Attributes:
        id: The id of the run here.
        path: Where it is there: a folder, or the id that the tracker gave it.
        points: How many points its curves have.
        changed: Whether anything was written; not where the tracker had all of it.
    """

    id: str
    path: str
    points: int
    changed: bool


class Writer(Protocol):
    """Writes runs to one place. Each module of a tracker has a class ``Writer`` of this form.

    It is made by ``Writer(output, default)``: the place that `export` was given, which may be empty, and
    the folder of exports that name none. `augment.trackers.to_csv` is the shortest.
    """

    @property
    def place(self) -> str:
        """Where it writes, to be shown."""

    def sweep(self, sweep_id: str, listed: Sequence[Run], words: Sequence[str]) -> None:
        """Write what is known of a sweep as a whole, before its runs.

        Args:
            sweep_id: Its id.
            listed: All its runs, also those that have nothing yet.
            words: What can be said of it, in sentences.

        Raises:
            AugmentError: It cannot be written; the message has the reason.
        """

    def run(self, found: Content) -> Exported:
        """Write a run, or bring it up to date; one of a sweep whose `sweep` was written belongs to it.

        Raises:
            AugmentError: It cannot be written; the message has the reason.
        """


@dataclass(frozen=True, kw_only=True)
class Export:
    """What was exported.

    Attributes:
        id: The id of a run or a sweep.
        format: The name of the tracker.
        path: Where to.
        runs: The runs.
        skipped: Why a run of a sweep has nothing to export, by its id.
        problems: What could not be read of a run, in sentences, by its id.
    """

    id: str
    format: str
    path: str
    runs: Sequence[Exported]
    skipped: Mapping[str, str]
    problems: Mapping[str, Sequence[str]]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "id": self.id,
            "format": self.format,
            "path": self.path,
            "runs": [
                {"id": run.id, "path": run.path, "points": run.points, "changed": run.changed}
                for run in self.runs
            ],
            "skipped": dict(self.skipped),
            "problems": {run: list(sentences) for run, sentences in self.problems.items()},
        }


def missing(name: str) -> str:
    """Return in a sentence which packages a tracker lacks and how to install them; empty if none.

    Args:
        name: A name in `TRACKERS`.

    Raises:
        KeyError: There is no such tracker.
    """
    tracker = TRACKERS[name]
    absent = [
        package for package, module in tracker.needs.items() if not importlib.util.find_spec(module)
    ]
    if not absent:
        return ""
    return (
        f"{tracker.title} needs {' and '.join(absent)}, not installed where this program runs; "
        "install with: pip install -r requirements-trackers.txt."
    )


def export(
    report: Callable[[int, int, str], None], run_id: str, to: str, output: str = ""
) -> Export:
    """Export a run, or all runs of a sweep, to a tracker.

    Exports of one user follow each other: two at once could both add the same points.

    Args:
        report: Called with how many runs are done, how many there are, and what is being done.
        run_id: The id of a run or a sweep.
        to: The name of a tracker in `TRACKERS`.
        output: The folder to write to; for MLflow also the address of a tracking server. Empty for the
            folder ``trackers`` of ``AUGMENT_HOME``, or what MLflow is set to.

    Raises:
        ConfigError: There is no such tracker, it is not installed, or the place cannot be used.
        RunError: There is no such run or sweep, it has nothing yet, or the tracker refuses it.
    """
    if to not in TRACKERS:
        raise ConfigError(
            f"The tracker must be one of {', '.join(TRACKERS)}, but {shorten(to)} was given."
        )
    if why_not := missing(to):
        raise ConfigError(why_not)
    if sweep.is_sweep(run_id):
        folders.check_id(run_id)  # it becomes the name of a folder
        listed = runs.list_runs()
        of_sweep = sorted(
            (run for run in listed if run.sweep == run_id),
            key=lambda run: (str(run.created), run.id),
        )
    else:
        listed, of_sweep = [], []
    asked = of_sweep or [runs.get(run_id)]
    try:
        default = trackers_home()
        while (lock := files.acquire(default / ".lock", timeout=_WAIT_S)) is None:
            report(0, len(asked), "waiting for another export")
    except OSError as error:
        raise folders.cannot_write(error) from error
    with lock:
        writer: Writer | None = None  # until there is something to write
        done: list[Exported] = []
        skipped, problems = {}, {}
        for number, run in enumerate(asked):
            if of_sweep:  # one run takes a second
                report(number, len(asked), "exporting runs")
            try:
                found = content(run)
            except RunError as error:
                if not of_sweep:
                    raise
                skipped[run.id] = str(error)
                continue
            if writer is None:
                writer = _writer(TRACKERS[to], output, default)
                if of_sweep:
                    writer.sweep(run_id, of_sweep, _words(run_id, listed))
            done.append(writer.run(found))
            if found.problems:
                problems[run.id] = list(found.problems)
    if writer is None:
        raise RunError(
            f"None of the {counted(len(asked), 'run')} of the sweep {run_id} has anything to export yet; "
            f"{skipped[asked[0].id]}"
        )
    return Export(
        id=run_id,
        format=to,
        path=writer.place,
        runs=tuple(done),
        skipped=skipped,
        problems=problems,
    )


def _writer(tracker: Tracker, output: str, default: Path) -> Writer:
    for name, value in tracker.environment.items():
        os.environ.setdefault(name, value)
    made: Writer = importlib.import_module(tracker.module).Writer(output, default)
    return made


def _words(sweep_id: str, listed: Sequence[Run]) -> list[str]:
    """Return what can be said of a sweep, in sentences."""
    try:
        return sweep.read(sweep_id, listed).verdict()
    except AugmentError as error:
        return [str(error)]
