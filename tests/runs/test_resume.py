"""Resuming a run: which can be, what is kept of the earlier attempts, and that nothing is ever lost."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from augment import runs
from augment.errors import AugmentError, ConfigError, NotPrepared, RunError
from augment.runs import folders, queue
from augment.runs.folders import RunFolder
from augment.runs.run import read
from augment.system import files
from tests.runs import stand_in
from tests.runs.conftest import CONFIG, DEADLINE_S, config, eventually, kill

EPOCHS = 100
ID = "2026-01-02-030405-trial-ab12"
STARTED, ENDED = "2026-01-02T04:00:00+00:00", "2026-01-02T05:00:00+00:00"


def failed(folder: RunFolder) -> None:
    written = {"state": "FAILED", "reason": "why", "started": STARTED, "ended": ENDED}
    files.write_json(folder.state, written)


def cancelled(folder: RunFolder) -> None:
    folder.cancel.touch()
    files.write_json(folder.state, {"state": "CANCELLED", "started": STARTED, "ended": ENDED})


def lost(folder: RunFolder) -> None:
    folder.stop.touch()
    folder.lock.touch()
    files.write_json(folder.state, {"state": "RUNNING", "started": STARTED, "attempt": 1})


def lost_with_a_damaged_state(folder: RunFolder) -> None:
    folder.lock.touch()
    folder.state.write_text('{"state": "RUN')


def cancelled_in_the_queue(folder: RunFolder) -> None:
    folder.cancel.touch()


End = Callable[[RunFolder], None]
ENDS: list[End] = [failed, cancelled, lost, lost_with_a_damaged_state, cancelled_in_the_queue]


@pytest.fixture
def folder(waiting: None) -> RunFolder:
    made = folders.create(ID, CONFIG, checksum=CONFIG.prepared().stored.checksum)
    files.write_json(made.spec, made.read_spec() | {"created": "2026-01-02T03:04:05+00:00"})
    return made


@pytest.mark.parametrize("end", ENDS)
def test_the_next_attempt_is_queued_and_the_earlier_one_is_kept(
    folder: RunFolder, end: End
) -> None:
    end(folder)
    files.write_json(folder.progress, {"phase": "of the earlier attempt"})
    folder.metrics.write_text("epoch,loss,accuracy,val_loss,val_accuracy\n1,2,0.5,,\n")
    before = read(folder)
    assert before.attempt == 1
    assert before.resumed is None
    run = runs.resume(folder.id)
    assert (run.state, run.attempt, run.problem, run.reason) == ("QUEUED", 2, "", "")
    assert run.created == before.created
    [earlier] = folder.read_attempts()
    assert (earlier["state"], earlier["reason"]) == (before.state, before.reason)
    assert folders.parse_time(earlier.get("started")) == before.started
    assert folders.parse_time(earlier["resumed"]) == run.resumed
    left = sorted(path.name for path in folder.path.iterdir())
    assert left == ["attempts.json", "lock", "metrics.csv", "spec.json"]
    assert json.loads(json.dumps(run.to_dict()))["attempt"] == 2
    # And once more, as a supervisor and a scheduler write it.
    files.write_json(folder.state, {"state": "FAILED", "attempt": 2, "reason": "again"})
    assert read(folder).resumed == run.resumed
    assert runs.resume(folder.id).attempt == 3
    assert [each["reason"] for each in folder.read_attempts()] == [before.reason, "again"]


def test_a_resumed_run_waits_behind_those_that_were_queued_before(folder: RunFolder) -> None:
    failed(folder)
    folders.create("2026-03", CONFIG)
    runs.resume(folder.id)
    folders.create("2026-04", CONFIG)
    assert [run.id for run in queue.queued(runs.list_runs())] == ["2026-03", ID, "2026-04"]
    assert runs.get(ID).phase == "waiting in the queue, 1 run before it"


def of_other_pictures(folder: RunFolder) -> None:
    failed(folder)
    files.write_json(folder.spec, folder.read_spec() | {"data_checksum": "of others"})


def of_data_that_were_removed(folder: RunFolder) -> None:
    changed = CONFIG.to_dict() | {"data": "tfds:oxford_flowers102", "size": 40}
    files.write_json(folder.spec, folder.read_spec() | {"config": changed})
    failed(folder)


def of_weights_that_are_gone(folder: RunFolder) -> None:
    changed = CONFIG.to_dict() | {"weights": str(folder.path / "gone.keras")}
    files.write_json(folder.spec, folder.read_spec() | {"config": changed})
    failed(folder)


def damaged(folder: RunFolder) -> None:
    folder.spec.write_text("{")


def of_damaged_epochs(folder: RunFolder) -> None:
    failed(folder)
    files.write_json(folder.spec, folder.read_spec() | {"validated_epochs": [2, 1]})


def with_damaged_attempts(folder: RunFolder) -> None:
    failed(folder)
    folder.attempts.write_text('{"attempts": [{"resumed": 5}]}')


def succeeded(folder: RunFolder) -> None:
    files.write_json(folder.state, {"state": "SUCCEEDED"})


def still_queued(folder: RunFolder) -> None:
    pass


REFUSED: list[tuple[End, type[AugmentError], str]] = [
    (still_queued, RunError, "is in the queue already"),
    (succeeded, RunError, "has succeeded, so there is nothing to resume; submit a new run"),
    (damaged, RunError, r"cannot be resumed: spec\.json is damaged"),
    (of_damaged_epochs, RunError, r"spec\.json is damaged: validated_epochs is \[2, 1\]"),
    (of_other_pictures, RunError, "prepared anew from other pictures .* submit a new run"),
    (of_data_that_were_removed, NotPrepared, "data prepare tfds:oxford_flowers102 --size 40"),
    (of_weights_that_are_gone, ConfigError, "there is no such file"),
    (with_damaged_attempts, RunError, r"attempts\.json is damaged"),
]


@pytest.mark.parametrize(("make", "error", "words"), REFUSED)
def test_what_cannot_be_resumed_is_refused_in_words_and_stays_as_it_is(
    folder: RunFolder, make: End, error: type[AugmentError], words: str
) -> None:
    make(folder)
    before = {path.name: path.read_bytes() for path in folder.path.iterdir()}
    with pytest.raises(error, match=words) as caught:
        runs.resume(folder.id)
    assert "\n" not in str(caught.value)
    after = {path.name: path.read_bytes() for path in folder.path.iterdir()}
    after.pop("lock", None)
    before.pop("lock", None)
    assert after == before


def test_a_run_that_is_running_or_still_ending_is_not_resumed(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = files.acquire(folder.lock)
    assert lock is not None
    with lock:
        with pytest.raises(RunError, match="is running; there is nothing to resume"):
            runs.resume(folder.id)
        failed(folder)
        with monkeypatch.context() as patch:
            patch.setattr(queue, "_ENDING_S", 0.0)
            with pytest.raises(RunError, match="is still ending; resume it in a moment"):
                runs.resume(folder.id)
        with ThreadPoolExecutor(1) as pool:
            resumed = pool.submit(runs.resume, folder.id)
            with pytest.raises(TimeoutError):
                resumed.result(timeout=0.2)
            lock.close()
            assert resumed.result(timeout=DEADLINE_S).attempt == 2


@pytest.mark.parametrize("end", ENDS)
def test_two_who_resume_at_once_queue_it_once(folder: RunFolder, end: End) -> None:
    end(folder)

    def resume(_: int) -> str:
        try:
            runs.resume(folder.id)
            return "resumed"
        except RunError as error:
            return str(error)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(resume, range(8)))
    assert answers.count("resumed") == 1, answers
    assert len(folder.read_attempts()) == 1
    assert read(folder).attempt == 2


class Killed(BaseException):
    """Nothing handles it, as nothing handles SIGKILL."""


@pytest.mark.parametrize("step", range(1, 8))
@pytest.mark.parametrize("end", ENDS)
def test_killed_between_any_two_steps_it_can_be_resumed_again(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch, end: End, step: int
) -> None:
    end(folder)
    files.write_json(folder.progress, {"phase": "of the earlier attempt"})
    before = read(folder)
    steps = 0

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **options: object) -> object:
            nonlocal steps
            steps += 1
            if steps == step:
                raise Killed
            return real(*args, **options)

        return call

    with monkeypatch.context() as patch:
        for owner, name in ((os, "fsync"), (Path, "replace"), (Path, "unlink")):
            patch.setattr(owner, name, counted(getattr(owner, name)))
        try:
            runs.resume(folder.id)
            assert step == 7, "there are fewer steps than are tested"
        except Killed:
            pass
    if read(folder).state != "QUEUED":
        runs.resume(folder.id)
    run = read(folder)
    assert (run.state, run.problem) == ("QUEUED", "")
    assert not folder.cancel.exists()
    assert not folder.stop.exists()
    earlier = folder.read_attempts()
    assert run.attempt == len(earlier) + 1
    assert earlier[0]["state"] == before.state or end is cancelled_in_the_queue
    assert folders.parse_time(earlier[0].get("started")) == before.started
    if end not in (cancelled_in_the_queue, lost_with_a_damaged_state):
        assert run.attempt == 2, "the attempt that was half resumed is counted twice"


def assert_goes_on(run: runs.Run, end: Callable[[], None], expected: str) -> None:
    """End a running run some epochs later, and resume it."""
    before, attempt = len(run.epochs()), run.attempt
    eventually(lambda: len(run.epochs()) >= before + 3)
    end()
    eventually(lambda: runs.get(run.id).is_over)
    ended = runs.get(run.id)
    assert (ended.state, ended.attempt) == (expected, attempt), ended.log()
    reached = len(ended.epochs())
    assert reached < EPOCHS, "the trial tests nothing"
    assert runs.resume(run.id).attempt == attempt + 1
    eventually(lambda: f"attempt {attempt + 1}\n" in run.log())
    eventually(lambda: "resumed after epoch " in run.log().rpartition("attempt ")[2])
    after = int(run.log().rpartition("resumed after epoch ")[2].split()[0])
    assert reached - 1 <= after <= reached, "not after the last epoch whose state was saved"


@pytest.mark.slow
def test_however_it_ends_it_goes_on_and_its_tables_are_those_of_an_uninterrupted_run(
    standing_in: Path,
) -> None:
    whole = folders.create("whole", config(epochs=EPOCHS))
    stand_in.train(whole)
    files.write_json(whole.state, {"state": "SUCCEEDED"})
    run = runs.submit(config(epochs=EPOCHS))
    folder = RunFolder(run.path)
    stand_in.set_pace(folder, 0.2)
    for expected, end in (
        ("FAILED", lambda: kill(standing_in, "train")),
        ("LOST", lambda: kill(standing_in, "supervise")),
        ("CANCELLED", run.cancel),
    ):
        assert_goes_on(runs.get(run.id), end, expected)
    stand_in.set_pace(folder, 0)
    # Its supervisor deletes what only a resume needs after it has written that the run is over.
    eventually(lambda: runs.get(run.id).is_over and not files.is_held(folder.lock))
    stand_in.set_pace(folder, None)
    done = runs.get(run.id)
    assert (done.state, done.attempt, done.problem) == ("SUCCEEDED", 4, ""), done.log()
    assert folder.metrics.read_bytes() == whole.metrics.read_bytes()
    assert folder.steps.read_bytes() == whole.steps.read_bytes()
    assert sorted(path.name for path in folder.path.iterdir()) == [
        *("attempts.json", "evaluation.json", "lock", "metrics.csv", "run.log", "spec.json"),
        *("state.json", "steps.csv"),
    ]
