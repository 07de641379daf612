"""The state, the phase and the problems of a run, from its files and its lock alone."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from augment import runs
from augment.errors import RunError
from augment.runs import folders, queue
from augment.runs.evaluation import Predictions, record_test
from augment.runs.folders import RunFolder
from augment.runs.run import _Snapshot, _Snapshots, read
from augment.system import files
from tests.runs.conftest import CONFIG

BEFORE = Path(__file__).parent / "made_before"
"""A run folder as it was written before 2026-11-28, without its model."""


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
    assert run.title == "The Keras guide, Eleven bundled photographs, 32 px, 1 epoch, seed 3"
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


def test_a_run_whose_supervisor_could_write_nothing_is_still_queued(folder: RunFolder) -> None:
    """On a full disk: its lock is left, but nothing was started."""
    with supervised(folder):
        pass
    assert read(folder).state == "QUEUED"


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


def test_a_run_that_ends_after_it_was_read_is_over_as_it_ended(folder: RunFolder) -> None:
    run = read(folder)
    files.write_json(folder.state, {"state": "FAILED"})
    for ask in (run.cancel, run.stop):
        with pytest.raises(RunError, match=r"over already \(FAILED\)"):
            ask()


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


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('{"phase": "validating after epoch 1"}', "validating after epoch 1"),
        ('{"phase": "training"}', "training: epoch 2 of 3"),
        *(
            (damaged, "training: epoch 2 of 3")
            for damaged in (None, "{", "[]", "{}", '{"phase": 5}', '{"phase": "a\\nb"}')
        ),
        (json.dumps({"phase": "x" * 201}), "training: epoch 2 of 3"),
    ],
)
def test_the_phase_is_what_the_trainer_wrote_or_else_what_the_tables_tell(
    folder: RunFolder, written: str | None, expected: str
) -> None:
    files.write_json(folder.spec, folder.read_spec() | {"config": CONFIG.to_dict() | {"epochs": 3}})
    folder.metrics.write_text("epoch,loss,accuracy,val_loss,val_accuracy\n1,2,0.5,,\n")
    if written is not None:
        folder.progress.write_text(written)
    with supervised(folder):
        run = read(folder)
    assert (run.phase, run.problem) == (expected, "")


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


SPEC, STATE, STEPS, METRICS = "spec.json", "state.json", "steps.csv", "metrics.csv"
EVALUATION, LOG, LOCK = "evaluation.json", "run.log", "lock"
TEST, PREDICTIONS, TEST_PREDICTIONS = "test.json", "predictions.npz", "test_predictions.npz"
ATTEMPTS, PROGRESS = "attempts.json", "progress.json"
DEEP = '{"version": ' + "[" * 950 + "]" * 950 + "}"
STEP = "2,5,5,114.199,80.859,2.514143,0.231250"
"""The last line of the table of steps."""


def with_entry(name: str, value: str) -> tuple[str, str]:
    """Return a pattern of an entry of a JSON file, and what replaces it."""
    return rf'"{name}": ("[^"]*"|[^,\n]*)', f'"{name}": {value}'


# A file of a finished run, what is replaced in it (a pattern and a text, or all of it), and the problem.
DAMAGED: list[tuple[str, str | tuple[str, str], str]] = [
    (SPEC, "", "spec.json is damaged"),
    (SPEC, DEEP, "spec.json is damaged: .* nested too deep"),
    (SPEC, "\ufffe{}", "spec.json is damaged"),
    (
        SPEC,
        with_entry("created", '"2026-01-01T00:00:00"'),
        "spec.json is damaged: created is '2026",
    ),
    (SPEC, with_entry("created", '"99999-01-01T00:00:00+00:00"'), "created is '99999"),
    (SPEC, with_entry("created", '"0001-01-01T00:00:00+23:59"'), "created is '0001"),
    (SPEC, with_entry("created", "5"), "created is 5"),
    (SPEC, with_entry("created", "null"), "created is None"),
    (SPEC, ('"created"', '"made"'), "spec.json is damaged: it has no created"),
    (SPEC, ('"version": 1', '"version": true'), "format version True"),
    (SPEC, ('"version": 1', f'"version": {"9" * 400}'), "format version 999"),
    (SPEC, with_entry("weights", '"~nosuch/x.keras"'), "weights is not a path, .*~nosuch"),
    (SPEC, with_entry("weights", r'"a\u0000.keras"'), "weights is not a path"),
    (SPEC, with_entry("epochs", "9" * 400), "epochs must be a whole number from 1 to 1000"),
    (SPEC, with_entry("epochs", "NaN"), "epochs must be a whole number from 1 to 1000"),
    (SPEC, with_entry("learning_rate", "1e400"), "learning_rate must be a number"),
    (SPEC, with_entry("name", r'"\ud800"'), "name must be text without null bytes"),
    (SPEC, with_entry("data", '"folder:~nosuch"'), "data does not name a source"),
    *(
        (
            SPEC,
            ('"version"', f'"validated_epochs": {epochs}, "version"'),
            "spec.json is damaged: validated_epochs is ",
        )
        for epochs in ("[2, 2]", "[0, 1]", "[true]", "[1.0]", "[1001]", '"all"', "null")
    ),
    (STATE, ('"host"', '"attempt": 0, "host"'), "state.json is damaged: attempt is 0"),
    (STATE, with_entry("state", '"DONE"'), "state.json is damaged: state is 'DONE'"),
    (STATE, with_entry("state", "NaN"), "state.json is damaged: state is None"),
    (STATE, with_entry("ended", '"yesterday"'), "state.json is damaged: ended is 'yesterday'"),
    (STATE, with_entry("started", '"2026-01-01T00:00:00"'), "started is '2026"),
    (STATE, with_entry("stopped_early", "0"), "state.json is damaged: stopped_early is 0"),
    (STATE, ('"host"', '"reason": [1], "host"'), r"state.json is damaged: reason is \[1\]"),
    (STATE, "{}", "state.json is damaged: it has no state"),
    (STEPS, (STEP, "nan,5,5,1,1,1,1"), "steps.csv is damaged: line 7 is left out .epoch is 'nan'"),
    (STEPS, (STEP, "2,inf,5,1,1,1,1"), "steps.csv is damaged: line 7 .* .step is 'inf'"),
    (STEPS, (STEP, "2,5,0,1,1,1,1"), "steps.csv is damaged: line 7 .* .steps_per_epoch is '0'"),
    (STEPS, (STEP, "2,5,5,1e400,1,1,1"), "steps.csv is damaged: line 7 .* .seconds is '1e400'"),
    (STEPS, (STEP, "2,5,5,1,1,nan,1"), "steps.csv is damaged: line 7 .* .loss is 'nan'"),
    (STEPS, (STEP, "2,5,5"), "line 7 is left out .it has 3 cells instead of 7"),
    (STEPS, (STEP, "x" * 200_000), "steps.csv cannot be read"),
    (STEPS, ("epoch,step", "a,b"), "steps.csv is damaged: its first line .* the column epoch"),
    (STEPS, "\0" * 500 + "\n", "steps.csv is damaged: its first line does not name the column"),
    (METRICS, ("2.774374", "text"), "metrics.csv is damaged: line 2 .* .loss is 'text'"),
    (METRICS, ("0.102273", "9" * 400), "metrics.csv is damaged: line 3 .* .val_accuracy is '999"),
    (EVALUATION, "[]", "evaluation.json is damaged"),
    (
        EVALUATION,
        with_entry("pictures", '"many"'),
        "evaluation.json is damaged: pictures is 'many'",
    ),
    (EVALUATION, with_entry("accuracy", "9" * 400), "evaluation.json is damaged: accuracy is 999"),
    (EVALUATION, ('"stopped_early": false', '"stopped_early": null'), "stopped_early is None"),
    (EVALUATION, with_entry("correct", "0.5"), "evaluation.json is damaged: per_class is"),
    (EVALUATION, with_entry("name", "7"), "evaluation.json is damaged: per_class is"),
    *(
        (TEST, f'{{"{name}": 1.01}}', f"test.json is damaged: {name} is 1.01")
        for name in ("accuracy", "top5", "macro_accuracy", "ece", "chance", "epoch", "per_class")
    ),
    (TEST, '{"cross_entropy": "low"}', "test.json is damaged: cross_entropy is 'low'"),
    (TEST, '{"per_class": [{"low": -0.1}]}', "test.json is damaged: per_class is"),
    (TEST, '{"evaluated_at": ["2026-01-01"]}', "test.json is damaged: evaluated_at is"),
    (TEST, "", "test.json is damaged"),
    (PREDICTIONS, "PK", "predictions.npz is damaged .File is not a zip file"),
    (PREDICTIONS, "", "predictions.npz is damaged: it is empty"),
    (TEST_PREDICTIONS, "PK", "test_predictions.npz is damaged .File is not a zip file"),
]


@pytest.fixture
def finished(home: Path) -> RunFolder:
    """The folder of a finished run, beside that of another."""
    for name in ("before", "whole"):
        shutil.copytree(BEFORE, folders.root() / name)
    return folders.find("before")


def assert_only_it_is_marked(folder: RunFolder, problem: str) -> None:
    listed = {run.id: run for run in runs.list_runs()}
    assert set(listed) == {"before", "whole"}
    assert listed["whole"].problem == ""
    marked = listed[folder.id]
    assert re.search(problem, marked.problem), marked.problem
    assert "\n" not in marked.problem
    assert runs.get(folder.id).problem == marked.problem
    json.dumps(marked.to_dict(), allow_nan=False)
    for row in (*rows(marked.steps), *rows(marked.epochs)):
        assert all(map(math.isfinite, row.values()))


def rows(read: Callable[[], list[dict[str, float]]]) -> list[dict[str, float]]:
    try:
        return read()
    except RunError:
        return []


@pytest.mark.parametrize(("file", "change", "problem"), DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_run_is_marked_and_hides_no_other(
    finished: RunFolder, file: str, change: str | tuple[str, str], problem: str
) -> None:
    path = finished.path / file
    if isinstance(change, str):
        path.write_text(change, encoding="utf-8")
    else:
        pattern, text = change
        spoilt, count = re.subn(pattern, lambda _: text, path.read_text(encoding="utf-8"), count=1)
        assert count == 1
        path.write_text(spoilt, encoding="utf-8")
    assert_only_it_is_marked(finished, problem)
    if file == STATE:
        return
    files.write_json(finished.state, {"state": "RUNNING", "started": folders.now()})
    with supervised(finished):
        assert_only_it_is_marked(finished, problem)
        assert runs.get(finished.id).state == "RUNNING"


@pytest.mark.parametrize(
    "file",
    [
        *(SPEC, STATE, ATTEMPTS, STEPS, METRICS, EVALUATION, TEST, PREDICTIONS, TEST_PREDICTIONS),
        *(PROGRESS, LOG, LOCK),
    ],
)
@pytest.mark.parametrize("what", ["folder", "pipe", "loop", "device", "sparse"])
def test_whatever_lies_in_the_place_of_a_file(finished: RunFolder, file: str, what: str) -> None:
    path = finished.path / file
    path.unlink(missing_ok=True)
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "loop":
        path.symlink_to(path)
    elif what == "device":
        path.symlink_to("/dev/zero")
    else:
        with path.open("wb") as sparse:
            sparse.truncate(2**33)
    is_shown = file not in (LOG, LOCK, PROGRESS)
    assert_only_it_is_marked(finished, rf"{file} (cannot be read|is damaged)" if is_shown else "^$")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not read")
def test_a_run_that_may_not_be_read_is_marked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with tempfile.TemporaryDirectory() as home:
        monkeypatch.setenv("AUGMENT_HOME", home)
        for name in ("before", "whole"):
            shutil.copytree(BEFORE, folders.root() / name)
        folder = folders.find("before")
        Path(home).chmod(0o755)
        folder.path.chmod(0)
        os.seteuid(65534)
        try:
            assert_only_it_is_marked(folder, r"spec\.json cannot be read: Permission denied")
        finally:
            os.seteuid(0)


def test_what_was_measured_on_a_split_and_what_a_damaged_file_has(folder: RunFolder) -> None:
    run = read(folder)
    assert (run.evaluation(), run.test(), run.predictions(), run.predictions("test")) == (None,) * 4
    given = Predictions.of(np.arange(3), np.array([0, 1, 1]), np.eye(2)[[0, 1, 0]])
    given.write(folder.predictions)
    entries = record_test(
        folder, given, ("a", "b"), epoch=1, label_smoothing=0, stopped_early=False
    )
    assert run.test() == entries
    for split in ("validation", "test"):
        found = run.predictions(split)
        assert found is not None
        assert found.predicted.tolist() == [0, 1, 0]
    assert read(folder).problem == ""
    folder.test.write_text("{")
    folder.predictions.write_text("{")
    with pytest.raises(RunError, match=r"test\.json is damaged"):
        run.test()
    with pytest.raises(RunError, match=r"predictions\.npz is damaged"):
        run.predictions()
    assert re.search(r"test\.json is damaged.*predictions\.npz is damaged", read(folder).problem)


def test_a_run_as_json(folder: RunFolder) -> None:
    values = json.loads(json.dumps(read(folder).to_dict()))
    assert values["id"] == folder.id
    assert values["created"] == "2026-01-02T03:04:05+00:00"
    assert values["config"]["size"] == 32


def test_what_changes_in_a_listed_run_is_seen_at_once(finished: RunFolder) -> None:
    """A snapshot is used again only while every file, and whether a supervisor lives, is the same."""

    def listed() -> runs.Run:
        for path in finished.path.iterdir():  # so long ago that a snapshot can be kept
            os.utime(path, (1e9, 1e9))
        return next(run for run in runs.list_runs() if run.id == finished.id)

    before = listed()
    assert listed() is before
    files.write_json(finished.label, {"name": "mine", "note": "", "tags": ["a"]})
    assert (listed().name, listed().tags) == ("mine", ("a",))
    finished.state.write_text('{"state": "FAILED"}')
    assert (listed().state, runs.get(finished.id).state) == ("FAILED", "FAILED")
    finished.lock.touch()
    finished.state.write_text('{"state": "RUNNING"}')
    assert listed().state == listed().state == "LOST"
    with supervised(finished):
        assert listed().state == "RUNNING"
        assert read(finished, holds_lock=True).state == "LOST"
        finished.metrics.write_text("epoch,loss,accuracy,val_loss,val_accuracy\n1,2,0.5,2,0.75\n")
        assert listed().accuracy == 0.75
    assert listed().state == "LOST"
    finished.cancel.touch()
    assert listed().state == "CANCELLED"


def test_a_file_that_changes_twice_within_a_tick_of_the_clock_is_read_twice(
    folder: RunFolder,
) -> None:
    """The two versions have the same size and the same time of change."""
    for reason in ("a", "b"):
        folder.state.write_text(f'{{"state": "FAILED", "reason": "{reason}"}}')
        os.utime(folder.state, (4e9, 4e9))  # which no time that passes in this test makes old
        assert read(folder).reason == reason


def test_of_too_many_snapshots_the_oldest_is_dropped(tmp_path: Path, folder: RunFolder) -> None:
    run = read(folder)
    kept = _Snapshots(2)
    stamps = {"spec.json": (1, 2, 3)}
    for name in "abc":
        kept.put(tmp_path / name, _Snapshot(stamps, None, {}, run))
    assert [kept.get(tmp_path / name, stamps) is not None for name in "abc"] == [False, True, True]
    assert kept.get(tmp_path / "c", {"spec.json": (1, 2, 4)}) is None


@pytest.mark.parametrize(
    ("metrics", "test", "evaluation", "expected"),
    [
        ("1,2,0.5,2,0.25\n2,2,0.5,2,0.75\n3,2,0.5,2,0.5\n", None, None, (0.75, None)),
        ("1,2,0.5,2,0.25\n2,2,0.5,,\n", {"accuracy": 0.5}, {"split": "test"}, (0.25, 0.5)),
        ("1,2,0.5,,\n", None, {"split": "test", "accuracy": 0.125}, (None, 0.125)),
        ("1,2,0.5,,\n", None, {"split": "validation", "accuracy": 0.125}, (None, None)),
        ("", {"accuracy": 7}, {"split": "test", "accuracy": 0.125}, (None, None)),
    ],
)
def test_the_figures_of_a_list(
    folder: RunFolder,
    metrics: str,
    test: dict[str, object] | None,
    evaluation: dict[str, object] | None,
    expected: tuple[float | None, float | None],
) -> None:
    folder.metrics.write_text(f"epoch,loss,accuracy,val_loss,val_accuracy\n{metrics}")
    for path, entries in ((folder.test, test), (folder.evaluation, evaluation)):
        if entries is not None:
            files.write_json(path, entries)
    run = read(folder)
    assert (run.accuracy, run.test_accuracy) == expected
    assert (run.to_dict()["accuracy"], run.to_dict()["test_accuracy"]) == expected
