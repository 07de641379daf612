"""The state, the phase and the problems of a run, from its files and its lock alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from augment import runs
from augment.errors import RunError
from augment.runs import folders, queue
from augment.runs.folders import RunFolder
from augment.runs.run import TESTING, phase, read, seconds_left
from augment.system import files
from tests.runs.conftest import CONFIG

BEFORE = Path(__file__).parent / "made_before"
"""A run folder as it was written before 2026-11-28, without its model."""


def row(epoch: int, step: int, seconds: float, of: int = 4) -> dict[str, float]:
    return {"epoch": epoch, "step": step, "steps_per_epoch": of, "seconds": seconds}


ONE = [row(1, 1, 40)]
FIRST_EPOCH = [row(1, 1, 40), row(1, 2, 42), row(1, 4, 46)]


@pytest.mark.parametrize(
    ("metrics", "steps", "fitting", "expected"),
    [
        ([], [], False, "starting (loading TensorFlow)"),
        ([], [], True, "building the training graph"),
        ([], ONE, True, "training: epoch 1 of 2, step 1 of 4"),
        ([], FIRST_EPOCH, True, "epoch 1 of 2: validating"),
        ([{}], FIRST_EPOCH, True, "training: epoch 2 of 2"),
        ([{}], [*FIRST_EPOCH, row(2, 3, 60)], True, "training: epoch 2 of 2, step 3 of 4"),
        ([{}, {}], [*FIRST_EPOCH, row(2, 4, 70)], True, "evaluating the best model"),
    ],
)
def test_phase(
    metrics: list[dict[str, float]], steps: list[dict[str, float]], fitting: bool, expected: str
) -> None:
    assert phase(2, metrics, steps, fitting=fitting).startswith(expected)


def test_phase_without_validation() -> None:
    done = [*FIRST_EPOCH, row(2, 4, 70)]
    phases = [
        phase(2, metrics, steps, fitting=True, validated=False)
        for metrics, steps in (([], FIRST_EPOCH), ([{}, {}], done))
    ]
    assert phases == ["epoch 1 of 2: saving the model", TESTING]


def test_no_estimate_before_two_steps_of_an_epoch() -> None:
    assert seconds_left(2, []) is None
    assert seconds_left(2, ONE) is None


def test_the_first_step_does_not_count() -> None:
    # 2 s a step; four steps of epoch 2 are left, and no validation was seen yet.
    assert seconds_left(2, FIRST_EPOCH) == pytest.approx(8)


def test_validation_counts_once_an_epoch() -> None:
    # From 46 s to 53 s: 2 s for the step and 5 s between the epochs.
    steps = [*FIRST_EPOCH, row(2, 1, 53)]
    assert seconds_left(2, steps) == pytest.approx(3 * 2 + 5)
    assert seconds_left(4, steps) == pytest.approx(11 * 2 + 3 * 5)


@pytest.fixture
def folder(home: Path) -> RunFolder:
    made = folders.create("2026-01-02-030405-trial-ab12", CONFIG)
    spec = made.read_spec() | {"created": "2026-01-02T03:04:05+00:00"}
    files.write_json(made.spec, spec)
    return made


@contextmanager
def supervised(folder: RunFolder) -> Iterator[None]:
    """Hold the lock of a run, as its supervisor does."""
    lock = files.acquire(folder.lock)
    assert lock is not None
    with lock:
        yield


def test_a_folder_with_a_spec_and_nothing_else_is_queued(folder: RunFolder) -> None:
    run = read(folder)
    assert (run.state, run.problem, run.reason) == ("QUEUED", "", "")
    assert run.config == CONFIG
    assert run.created == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert run.title == folder.id
    assert not run.is_over


def test_a_run_whose_lock_is_held_is_running(folder: RunFolder) -> None:
    with supervised(folder):
        assert read(folder).state == "RUNNING"
        files.write_json(folder.state, {"state": "RUNNING"})
        assert read(folder).state == "RUNNING"
        folder.cancel.touch()
        assert read(folder).state == "RUNNING"


def test_running_without_a_held_lock_is_lost(folder: RunFolder) -> None:
    files.write_json(folder.state, {"state": "RUNNING", "started": folders.now()})
    run = read(folder)
    assert run.state == "LOST"
    assert "supervisor" in run.reason
    assert run.is_over
    assert run.started is not None


def test_a_run_whose_supervisor_could_write_nothing_is_lost(folder: RunFolder) -> None:
    with supervised(folder):
        pass
    assert read(folder).state == "LOST"


def test_a_queued_run_that_was_cancelled(folder: RunFolder) -> None:
    read(folder).cancel()
    assert read(folder).state == "CANCELLED"


def test_a_lost_run_with_a_cancel_marker_is_cancelled(folder: RunFolder) -> None:
    files.write_json(folder.state, {"state": "RUNNING"})
    folder.cancel.touch()
    assert read(folder).state == "CANCELLED"


@pytest.mark.parametrize("state", ["SUCCEEDED", "FAILED", "CANCELLED"])
def test_a_final_state_stays(folder: RunFolder, state: str) -> None:
    files.write_json(folder.state, {"state": state, "reason": "why", "ended": folders.now()})
    run = read(folder)
    assert (run.state, run.reason, run.is_over) == (state, "why", True)
    assert run.ended is not None
    for ask in (run.cancel, run.stop):
        with pytest.raises(RunError, match=rf"over already \({state}\)"):
            ask()
    assert not folder.cancel.exists()


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (None, "spec.json is missing"),
        ("{", "spec.json is damaged"),
        ("[]", "spec.json is damaged"),
        ("{}", "spec.json is damaged: it has no version"),
        ('{"version": 1}', "spec.json cannot be used"),
        ('{"version": 2, "config": {}}', "format version 2"),
        (
            '{"version": 1, "config": {"recipe": {"version": 1, "steps": [{"op": "no_such"}]}}}',
            "no_such",
        ),
    ],
)
def test_a_spec_that_cannot_be_used_is_a_problem(
    folder: RunFolder, spec: str | None, problem: str
) -> None:
    folder.spec.unlink()
    if spec is not None:
        folder.spec.write_text(spec)
    run = read(folder)
    assert problem in run.problem
    assert run.config is None
    assert run.state == "LOST"
    assert run.epochs() == run.steps() == []
    assert run.seconds_left() is None


def test_a_damaged_state_is_a_problem(folder: RunFolder) -> None:
    folder.state.write_text('{"state": "SUCC')
    run = read(folder)
    assert "state.json is damaged" in run.problem
    assert run.state == "LOST"
    assert run.config == CONFIG


def test_a_run_that_cannot_be_read_hides_no_other(folder: RunFolder) -> None:
    files.write_json(folder.state, {"state": "SUCCEEDED"})
    (folders.root() / "damaged").mkdir()
    later = folders.create("later", CONFIG)
    files.write_json(later.spec, later.read_spec() | {"version": 2})
    listed = {run.id: run for run in runs.list_runs()}
    assert set(listed) == {folder.id, "damaged", "later"}
    assert listed[folder.id].problem == ""
    assert "spec.json is missing" in listed["damaged"].problem
    assert "format version 2" in listed["later"].problem
    assert (listed["later"].state, listed["later"].config) == ("LOST", None)
    assert runs.get("later").problem == listed["later"].problem
    assert not runs.wake(), "a run that cannot be read was taken for a queued one"


def test_the_queue_is_in_the_order_of_submission(folder: RunFolder) -> None:
    """Whatever the order in which the disk lists the runs."""
    made = [folder]
    for minute in (9, 6, 8):
        made.append(folders.create(f"run-{10 - minute}", CONFIG))
        created = f"2026-01-02T03:0{minute}:00+00:00"
        files.write_json(made[-1].spec, made[-1].read_spec() | {"created": created})
    made[3].cancel.touch()
    order = [run.id for run in queue.queued([read(each) for each in made])]
    assert order == [folder.id, "run-4", "run-1"]


def test_a_run_made_before_opens(home: Path) -> None:
    shutil.copytree(BEFORE, folders.root() / "before")
    run = runs.get("before")
    assert (run.state, run.phase, run.problem) == ("SUCCEEDED", "finished", "")
    assert run.config is not None
    assert (run.config.name, run.config.epochs, run.config.seed) == ("before", 2, 7)
    assert run.created is not None
    assert [row["epoch"] for row in run.epochs()] == [1, 2]
    assert run.steps()[-1]["step"] == run.steps()[-1]["steps_per_epoch"]
    evaluation = run.evaluation()
    assert evaluation is not None
    assert evaluation["split"] == "validation"
    assert "epoch 2 of 2" in run.log()


def test_a_table_that_cannot_be_read_is_an_error_of_its_own(folder: RunFolder) -> None:
    folder.metrics.mkdir()
    run = read(folder)
    with pytest.raises(RunError, match=r"metrics\.csv cannot be read"):
        run.epochs()
    with supervised(folder):
        folder.steps.write_text("epoch\n1\n")
        running = read(folder)
    assert running.state == "RUNNING"
    assert "metrics.csv cannot be read" in running.problem


def test_a_run_as_json(folder: RunFolder) -> None:
    values = json.loads(json.dumps(read(folder).to_dict()))
    assert values["id"] == folder.id
    assert values["created"] == "2026-01-02T03:04:05+00:00"
    assert values["config"]["size"] == 32
