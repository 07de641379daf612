"""What a run is doing and for how much longer, from its tables alone.

What a run's folder says, for every folder that can be: states are derived, problems are words.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filelock import FileLock

from augment import runs
from augment.errors import RunError
from augment.runs import folder as folders
from augment.runs import queue
from augment.runs import run as phases
from augment.runs.folder import RunFolder
from augment.runs.run import read
from tests.runs.conftest import CONFIG


def row(epoch: int, step: int, seconds: float, of: int = 4) -> dict[str, float]:
    return {"epoch": epoch, "step": step, "steps_per_epoch": of, "seconds": seconds}


ONE = [row(1, 1, 40)]
FIRST_EPOCH = [row(1, 1, 40), row(1, 2, 42), row(1, 4, 46)]


@pytest.mark.parametrize(
    ("metrics", "steps", "fitting", "words"),
    [
        ([], [], False, "starting (loading TensorFlow)"),
        ([], [], True, "building the training graph"),
        ([], ONE, True, "training: epoch 1 of 2, step 1 of 4"),
        ([], FIRST_EPOCH, True, "epoch 1 of 2: looking at the validation pictures"),
        ([{}], FIRST_EPOCH, True, "training: epoch 2 of 2"),
        ([{}], [*FIRST_EPOCH, row(2, 3, 60)], True, "training: epoch 2 of 2, step 3 of 4"),
        ([{}, {}], [*FIRST_EPOCH, row(2, 4, 70)], True, "evaluating the best model"),
    ],
)
def test_phase(
    metrics: list[dict[str, float]], steps: list[dict[str, float]], fitting: bool, words: str
) -> None:
    assert phases.phase(2, metrics, steps, fitting=fitting).startswith(words)


def test_without_validation_nothing_is_said_of_it() -> None:
    done = [*FIRST_EPOCH, row(2, 4, 70)]
    said = [
        phases.phase(2, metrics, steps, fitting=True, validated=False)
        for metrics, steps in (([], FIRST_EPOCH), ([{}, {}], done))
    ]
    assert said == ["epoch 1 of 2: keeping the model", phases.JUDGING]


def test_nothing_is_said_before_there_is_a_rate() -> None:
    assert phases.seconds_left(2, []) is None
    assert phases.seconds_left(2, ONE) is None


def test_the_first_step_does_not_count() -> None:
    # 2 s a step; four steps of epoch 2 are left, and no validation was seen yet.
    assert phases.seconds_left(2, FIRST_EPOCH) == pytest.approx(8)


def test_validation_counts_once_an_epoch() -> None:
    # From 46 s to 53 s: 2 s for the step and 5 s between the epochs.
    steps = [*FIRST_EPOCH, row(2, 1, 53)]
    assert phases.seconds_left(2, steps) == pytest.approx(3 * 2 + 5)
    assert phases.seconds_left(4, steps) == pytest.approx(11 * 2 + 3 * 5)


@pytest.fixture
def folder(home: Path) -> RunFolder:
    made = RunFolder(folders.root() / "2026-01-02-030405-trial-ab12")
    made.path.mkdir()
    spec = {"version": 1, "created": "2026-01-02T03:04:05+00:00", "config": CONFIG.to_dict()}
    folders.write_json(made.spec, spec)
    return made


def test_a_folder_with_a_spec_and_nothing_else_is_queued(folder: RunFolder) -> None:
    run = read(folder)
    assert (run.state, run.problem, run.reason) == ("QUEUED", "", "")
    assert run.config == CONFIG
    assert run.created == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert run.title == folder.id
    assert not run.is_over


def test_who_holds_the_lock_runs(folder: RunFolder) -> None:
    with FileLock(folder.lock):
        assert read(folder).state == "RUNNING"
        folders.write_json(folder.state, {"state": "RUNNING"})
        assert read(folder).state == "RUNNING"
        folder.cancel.touch()
        assert read(folder).state == "RUNNING"


def test_running_without_a_holder_is_lost(folder: RunFolder) -> None:
    folders.write_json(folder.state, {"state": "RUNNING", "started": folders.now()})
    run = read(folder)
    assert run.state == "LOST"
    assert "supervisor" in run.reason
    assert run.is_over
    assert run.started is not None


def test_a_supervisor_that_could_write_nothing_leaves_a_lost_run(folder: RunFolder) -> None:
    with FileLock(folder.lock):
        pass
    assert read(folder).state == "LOST"


def test_a_queued_run_that_was_cancelled(folder: RunFolder) -> None:
    read(folder).cancel()
    assert read(folder).state == "CANCELLED"


def test_a_lost_run_whose_end_was_wished_is_cancelled(folder: RunFolder) -> None:
    folders.write_json(folder.state, {"state": "RUNNING"})
    folder.cancel.touch()
    assert read(folder).state == "CANCELLED"


@pytest.mark.parametrize("state", ["SUCCEEDED", "FAILED", "CANCELLED"])
def test_what_is_over_stays_over(folder: RunFolder, state: str) -> None:
    folders.write_json(folder.state, {"state": state, "reason": "why", "ended": folders.now()})
    run = read(folder)
    assert (run.state, run.reason, run.is_over) == (state, "why", True)
    assert run.ended is not None
    for ask in (run.cancel, run.stop):
        with pytest.raises(RunError, match=rf"over already \({state}\)"):
            ask()
    assert not folder.cancel.exists()


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (None, "spec.json is missing"),
        ("{", "spec.json is torn"),
        ("[]", "spec.json is torn"),
        ("{}", "spec.json cannot be used"),
        ('{"config": {"recipe": {"version": 1, "steps": [{"op": "no_such"}]}}}', "no_such"),
    ],
)
def test_a_torn_spec_is_a_problem_in_words(folder: RunFolder, spec: str | None, said: str) -> None:
    folder.spec.unlink()
    if spec is not None:
        folder.spec.write_text(spec)
    run = read(folder)
    assert said in run.problem
    assert run.config is None
    assert run.state == "LOST"
    assert run.epochs() == run.steps() == []
    assert run.seconds_left() is None


def test_a_torn_state_is_a_problem_in_words(folder: RunFolder) -> None:
    folder.state.write_text('{"state": "SUCC')
    run = read(folder)
    assert "state.json is torn" in run.problem
    assert run.state == "LOST"
    assert run.config == CONFIG


def test_one_torn_folder_harms_no_other(folder: RunFolder) -> None:
    folders.write_json(folder.state, {"state": "SUCCEEDED"})
    (folders.root() / "torn").mkdir()
    listed = runs.list_runs()
    assert [run.id for run in listed] == [folder.id, "torn"]
    assert listed[0].problem == ""
    assert listed[1].problem


def test_the_queue_is_in_the_order_of_submission(folder: RunFolder) -> None:
    """Of those that wait, whatever the order in which the disk lists them."""
    made = [folder]
    for minute in (9, 6, 8):
        each = RunFolder(folder.path.with_name(f"run-{10 - minute}"))
        each.path.mkdir()
        created = f"2026-01-02T03:0{minute}:00+00:00"
        folders.write_json(
            each.spec, {"version": 1, "created": created, "config": CONFIG.to_dict()}
        )
        made.append(each)
    made[3].cancel.touch()
    order = [run.id for run in queue.queue([read(each) for each in made])]
    assert order == [folder.id, "run-4", "run-1"]


def test_torn_tables_are_told_when_they_are_read(folder: RunFolder) -> None:
    folder.metrics.mkdir()
    run = read(folder)
    with pytest.raises(RunError, match=r"metrics\.csv cannot be read"):
        run.epochs()
    with FileLock(folder.lock):
        folder.steps.write_text("epoch\n1\n")
        running = read(folder)
    assert running.state == "RUNNING"
    assert "metrics.csv cannot be read" in running.problem


def test_a_run_is_json(folder: RunFolder) -> None:
    told = json.loads(json.dumps(read(folder).to_dict()))
    assert told["id"] == folder.id
    assert told["created"] == "2026-01-02T03:04:05+00:00"
    assert told["config"]["size"] == 32
