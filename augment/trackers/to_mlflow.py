"""A run as a run of MLflow, in a folder or on a tracking server, through MLflow's own client.

An MLflow run is found again by its tag ``augment.run_id``; points, settings and files that it has are not
written again. MLflow can neither change nor delete a point or a setting, so where it has another one than
the run, as after a resume that went another way, its run is deleted, which MLflow can undo, and written
anew. The runs of a sweep are children of one more MLflow run.
"""

from __future__ import annotations

import hashlib
import logging
import math
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.tracking import MlflowClient

from augment.engine.limits import cut, visible
from augment.errors import AugmentError, ConfigError, RunError
from augment.helper import one_line
from augment.runs import CANCELLED, FAILED, LOST, QUEUED, RUNNING, SUCCEEDED
from augment.runs.run import Run
from augment.trackers import MLFLOW, Exported
from augment.trackers.content import Content, Point, rows
from augment.trackers.place import check_outside_runs, unwritable_as_error
from augment.trackers.to_csv import files_of, table

_EXPERIMENT = "augment"
_RUN, _SWEEP, _FILES = "augment.run_id", "augment.sweep_id", "augment.files"
_PARENT, _NOTE = "mlflow.parentRunId", "mlflow.note.content"
_STATUS = {
    QUEUED: "SCHEDULED",
    RUNNING: "RUNNING",
    SUCCEEDED: "FINISHED",
    FAILED: "FAILED",
    CANCELLED: "KILLED",
    LOST: "FAILED",
}
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:.*", re.DOTALL)
_PARAM = re.compile(r"[\w-][\w.-]*")
# The most that MLflow takes: of a value, and at once.
_LONGEST_PARAM, _LONGEST_TAG = 6000, 5000
_MOST_PARAMS, _MOST_METRICS = 100, 1000


class Writer:
    """Writes to the experiment "augment", or to the one that ``MLFLOW_EXPERIMENT_NAME`` says.

    Args:
        output: A folder, or the address of a tracking server; empty for ``MLFLOW_TRACKING_URI``, and
            where that is not set either, for the one in ``default``.
        default: The folder of exports that name no other.

    Raises:
        ConfigError: The folder holds something else, or cannot be used.
        RunError: MLflow cannot be used there; the message has its reason.
    """

    def __init__(self, output: str, default: Path) -> None:
        output = output or os.environ.get("MLFLOW_TRACKING_URI", "") or str(default / MLFLOW)
        is_uri = _URI.fullmatch(output)
        if not is_uri or urlsplit(output).scheme == "file":
            folder = Path(unquote(urlsplit(output).path) if is_uri else output).expanduser()
            _check_folder(folder)
            uri = folder.absolute().as_uri()
        else:
            uri = output
        self.place = _without_password(output)
        self._parents: dict[str, str] = {}
        logging.getLogger("mlflow").setLevel(logging.ERROR)
        with self._errors():
            self._client = MlflowClient(tracking_uri=uri)
            name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or _EXPERIMENT
            found = self._client.get_experiment_by_name(name)
            self._experiment = (
                found.experiment_id if found else self._client.create_experiment(name)
            )

    def sweep(self, sweep_id: str, listed: Sequence[Run], words: Sequence[str]) -> None:
        """Write an MLflow run for the sweep, with a table of its runs, which become its children."""
        created = min((run.created.timestamp() for run in listed if run.created), default=0.0)
        live = any(not run.is_over for run in listed)
        ended = max((run.ended.timestamp() for run in listed if run.ended), default=created)
        with self._errors():
            known = self._find(_SWEEP, sweep_id)
            if known is None:
                known = self._create(sweep_id, created, {_SWEEP: sweep_id})
            self._set_tags(known, {_NOTE: cut("\n\n".join(words), _LONGEST_TAG)})
            self._set_files(known, {"runs.csv": table(rows(listed))})
            self._set_status(known, sweep_id, "RUNNING" if live else "FINISHED", ended)
        self._parents[sweep_id] = known.info.run_id

    def run(self, found: Content) -> Exported:
        """Write an MLflow run, or what it lacks."""
        run = found.run
        params = {
            _param_name(name): cut(str(value), _LONGEST_PARAM)
            for name, value in found.settings.items()
        }
        with self._errors():
            known = self._find(_RUN, run.id)
            points = list(found.points)
            if known is not None:
                had = self._points(known)
                if _differ(known.data.params, params, had, points):
                    self._client.delete_run(known.info.run_id)
                    known = None
                else:
                    points = [each for each in points if (each.name, each.step) not in had]
            changed = known is None
            if known is None:
                known = self._create(visible(run.title), found.started, {_RUN: run.id})
            lacks = [
                Param(name, value)
                for name, value in params.items()
                if name not in known.data.params
            ]
            for first in range(0, len(lacks), _MOST_PARAMS):
                self._client.log_batch(
                    known.info.run_id, params=lacks[first : first + _MOST_PARAMS]
                )
            for first in range(0, len(points), _MOST_METRICS):
                metrics = [
                    Metric(point.name, point.value, _milliseconds(point.time), point.step)
                    for point in points[first : first + _MOST_METRICS]
                ]
                self._client.log_batch(known.info.run_id, metrics=metrics)
            pictures = {f"confusion_{each.split}.png": each.png() for each in found.confusions}
            ended = run.ended.timestamp() if run.ended else found.started
            changed |= bool(lacks or points)
            changed |= self._set_tags(known, self._tags(run))
            changed |= self._set_files(known, files_of(found) | pictures)
            changed |= self._set_status(known, visible(run.title), _STATUS[run.state], ended)
        return Exported(
            id=run.id, path=known.info.run_id, points=len(found.points), changed=changed
        )

    def _tags(self, run: Run) -> dict[str, str]:
        [shown] = rows([run])
        tags = {
            "augment.state": run.state,
            "augment.reason": visible(run.reason),
            "augment.tags": shown["tags"],
            _NOTE: shown["note"],
        }
        if run.sweep in self._parents:
            tags[_PARENT] = self._parents[run.sweep]
        return {name: cut(value, _LONGEST_TAG) for name, value in tags.items()}

    def _find(self, tag: str, value: str) -> Any:
        """Return the MLflow run with a tag; None if there is none, or it was deleted."""
        found = self._client.search_runs(
            [self._experiment], f"tags.`{tag}` = '{value}'", ViewType.ACTIVE_ONLY, max_results=1
        )
        return found[0] if found else None

    def _create(self, name: str, started: float, tags: dict[str, str]) -> Any:
        made = self._client.create_run(
            self._experiment, start_time=_milliseconds(started), tags=tags, run_name=name
        )
        return self._client.get_run(made.info.run_id)

    def _points(self, known: Any) -> dict[tuple[str, int], float]:
        """Return the points that an MLflow run has, by curve and step."""
        return {
            (name, metric.step): metric.value
            for name in known.data.metrics
            for metric in self._client.get_metric_history(known.info.run_id, name)
        }

    def _set_tags(self, known: Any, tags: Mapping[str, str]) -> bool:
        """Set the tags that differ, and return whether any did; one that is absent is an empty one."""
        changed = [
            RunTag(name, value)
            for name, value in tags.items()
            if known.data.tags.get(name, "") != value
        ]
        if changed:
            self._client.log_batch(known.info.run_id, tags=changed)
        return bool(changed)

    def _set_files(self, known: Any, written: Mapping[str, bytes]) -> bool:
        """Replace the files, unless they are those that were written last."""
        digest = hashlib.sha256()
        for name, content in sorted(written.items()):
            digest.update(f"{name} {len(content)} ".encode() + content)
        if known.data.tags.get(_FILES) == digest.hexdigest():
            return False
        with tempfile.TemporaryDirectory() as folder:
            for name, content in written.items():
                (Path(folder) / name).write_bytes(content)
            self._client.log_artifacts(known.info.run_id, folder)
        self._client.set_tag(known.info.run_id, _FILES, digest.hexdigest())
        return True

    def _set_status(self, known: Any, name: str, status: str, ended: float) -> bool:
        end = None if status in ("RUNNING", "SCHEDULED") else _milliseconds(ended)
        now = (known.info.status, known.info.run_name, known.info.end_time)
        if now == (status, name, end):
            return False
        if known.info.run_name != name or end is None:
            self._client.update_run(known.info.run_id, status=status, name=name)
        if end is not None:
            self._client.set_terminated(known.info.run_id, status, end)
        return True

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn whatever MLflow raises into an error that says where it was."""
        try:
            yield
        except AugmentError:
            raise
        except Exception as error:  # MLflow's own, those of its requests, and of the disk
            reason = _without_password(one_line(error))
            raise RunError(f"MLflow cannot be used at {self.place} ({reason}).") from error


def _check_folder(folder: Path) -> None:
    """Check that a folder is empty, absent, or one in which MLflow has its experiments.

    Raises:
        ConfigError: It is not.
    """
    check_outside_runs(folder)
    with unwritable_as_error(folder):
        if folder.exists() and not folder.is_dir():
            raise ConfigError(f"{folder} is not a folder.")
        has_files = folder.is_dir() and any(each.name != ".trash" for each in folder.iterdir())
        if has_files and not any(folder.glob("*/meta.yaml")):
            raise ConfigError(
                f"{folder} holds other files, and no experiment of MLflow; name another folder."
            )
        folder.parent.mkdir(parents=True, exist_ok=True)  # MLflow creates it with its own files


def _differ(
    had_params: Mapping[str, str],
    params: Mapping[str, str],
    had: Mapping[tuple[str, int], float],
    points: Sequence[Point],
) -> bool:
    """Return whether an MLflow run has something that its run has not."""
    now = {(point.name, point.step): point.value for point in points}
    # Figures of an earlier best epoch stay: they are steps of a curve of their own.
    stale = [key for key in had if key not in now and not key[0].startswith("saved_model/")]
    return (
        bool(stale)
        or any(params.get(name) != value for name, value in had_params.items())
        or any(not _same(had[key], value) for key, value in now.items() if key in had)
    )


def _same(one: float, other: float) -> bool:
    """Return whether two numbers are the same in MLflow, some of whose stores have no infinity."""
    if math.isfinite(one) and math.isfinite(other):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return not math.isfinite(other) and (not math.isfinite(one) or abs(one) > 1e300)


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _param_name(name: str) -> str:
    """Return a name that MLflow allows; the id of a step, with which it begins, may be any text."""
    if _PARAM.fullmatch(name):
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return re.sub(r"^\.+|[^\w.-]", "_", name) + f"-{digest}"


def _without_password(text: str) -> str:
    """Return a text without the user and the password of an address in it."""
    return re.sub(r"//[^/@\s]*@", "//", text)
