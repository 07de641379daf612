"""Submitting runs: all or none, each once, in their order, within the limit, and killed at any moment."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from augment import runs
from augment.errors import RunError
from augment.runs import folders, queue
from augment.runs.queue import Order
from augment.runs.run import read
from augment.system import files, processes
from tests.runs.conftest import DEADLINE_S, config

ANN, BEN = "a" * 64, "b" * 64


def orders(*seeds: int, owner: str = "") -> list[Order]:
    return [Order(config=config(seed=seed), owner=owner) for seed in seeds]


def test_a_group_is_queued_in_its_order(waiting: None) -> None:
    first = runs.submit(config(seed=9))
    group = runs.submit_all(orders(3, 1, 2))
    assert [run.config.seed for run in group if run.config] == [3, 1, 2]
    assert [run.position for run in (first, *group)] == [1, 2, 3, 4]
    assert [run.to_dict()["position"] for run in runs.list_runs()] == [4, 3, 2, 1]
    group[0].cancel()
    assert [run.position for run in runs.list_runs()] == [3, 2, None, 1]


def test_submitted_twice_by_its_id_it_is_one_run(waiting: None) -> None:
    run = runs.submit(config(), run_id="mine", owner=ANN)
    assert runs.submit(config(), run_id="mine").created == run.created
    files.write_json(run.path / "state.json", {"state": "SUCCEEDED"})
    again, other = queue.submit_all(
        [Order(config=config(), run_id="mine"), Order(config=config(seed=4), run_id="other")]
    )
    assert (again.state, other.state) == ("SUCCEEDED", "QUEUED")
    one, same = queue.submit_all([Order(config=config(), run_id="twice")] * 2)
    assert one == same
    assert len(runs.list_runs()) == 3


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "bundled"),
        ({"name": "A trial"}, "a-trial"),
        ({"data": "zip:/home/ann/pictures/my_flowers-4175d892.zip"}, "my-flowers"),
        ({"data": "folder:/srv/old data/flowers17"}, "flowers-17"),
    ],
)
def test_a_new_id_has_the_name_of_the_run_or_of_its_data(
    settings: dict[str, str], words: str
) -> None:
    made = queue.new_run_id(replace(config(), **settings))
    assert re.fullmatch(rf"\d{{4}}-\d\d-\d\d-\d{{6}}-{words}-[a-z0-9]{{4}}", made), made


@pytest.mark.parametrize(
    ("run_id", "words"),
    [
        ("mine", "There is a run mine already, with another seed; choose another id for this one."),
        ("torn", "There is a run torn already, which cannot be read; choose another id"),
        ("../x", "'../x' is not the id of a run"),
        (".hidden", "'.hidden' is not the id of a run"),
    ],
)
def test_an_id_of_another_run_or_none_at_all_queues_nothing(
    waiting: None, run_id: str, words: str
) -> None:
    folders.create("mine", config())
    (folders.root() / "torn").mkdir()
    with pytest.raises(RunError, match=words):
        runs.submit_all([*orders(1), Order(config=config(seed=5), run_id=run_id)])
    assert sorted(run.id for run in runs.list_runs()) == ["mine", "torn"]


def test_a_person_may_have_so_many_queued_runs(waiting: None) -> None:
    runs.submit_all(orders(1, 2, owner=ANN), limit=3)
    with pytest.raises(RunError) as caught:
        runs.submit_all(orders(3, 4, owner=ANN), limit=3)
    assert str(caught.value) == (
        "You have 2 queued runs and 2 more cannot be added: one person may have 3 at a time. Cancel"
        " some, or wait until some have started."
    )
    with pytest.raises(RunError) as caught:
        runs.submit_all(orders(3, 4, 5, 6, owner=ANN), limit=3)
    assert str(caught.value) == (
        "These are 4 runs and one person may have 3 in the queue at a time, so none was added; ask for"
        " fewer at once."
    )
    assert len(runs.list_runs()) == 2
    runs.submit_all(orders(3, 4, 5, owner=BEN), limit=3)
    runs.submit_all(orders(3, 4, 5, 6), limit=3)  # the command line
    runs.submit_all(orders(3, 4, owner=ANN))  # an admin
    for run in runs.list_runs():
        if run.owner == ANN:
            run.cancel()
    runs.submit(config(), owner=ANN, limit=1)


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "9" * 9])
def test_a_limit_that_is_no_number(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert queue.most_queued() == queue.MOST_QUEUED
    monkeypatch.setenv(queue.MOST_QUEUED_VARIABLE, "7")
    assert queue.most_queued() == 7
    monkeypatch.setenv(queue.MOST_QUEUED_VARIABLE, value)
    with pytest.raises(RunError, match=f"AUGMENT_QUEUED_RUNS is '{value}'"):
        queue.most_queued()


def test_wrong_slots_are_said_before_a_run_is_queued(
    waiting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUGMENT_SLOTS", "gpu")
    with pytest.raises(RunError, match="'gpu' is no slot"):
        runs.submit(config())
    assert runs.list_runs() == []


@pytest.mark.parametrize(
    ("head", "is_taken"),
    [
        ({"seed": 4}, True),
        ({"seed": 4, "name": "other"}, True),
        ({"epochs": 3}, False),
        ({"devices": 2}, False),
    ],
)
def test_a_process_goes_on_with_the_next_run_alone(
    waiting: None, head: dict[str, object], is_taken: bool
) -> None:
    assert queue.next_sharing(config(), slot="cpu") is None
    cancelled = folders.create("2026-0", config(seed=8))
    cancelled.cancel.touch()
    folders.create("2026-1", config(**head))
    folders.create("2026-2", config(seed=5))
    found = queue.next_sharing(config(), slot="cpu")
    assert (found.id if found else None) == ("2026-1" if is_taken else None), "one was overtaken"
    with files.acquire(folders.find("2026-1").lock) as taken:  # by the scheduler
        found = queue.next_sharing(config(), slot="cpu")
        assert taken
        assert found is not None
        assert found.id == "2026-2"


def test_a_process_starts_nothing_on_a_full_disk(
    waiting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs.submit(config())
    assert queue.next_sharing(config(), slot="cpu")
    (folders.root() / ".room").symlink_to("/dev/full")
    assert queue.next_sharing(config(), slot="cpu") is None


FAULTS = """
import errno, os, shutil, signal, sys
from augment import runs
from augment.errors import RunError
from augment.runs import folders, queue
from augment.system import files
from tests.runs.conftest import config

FAULT, WRITES = sys.argv[1], {"os.mkdir", "os.rename", "os.remove", "os.rmdir"}
os.fsync = lambda _: None  # on a busy disk it takes half a second, many times
lock = files.acquire(queue.lock_path())  # no scheduler
runs.submit(config(), run_id="first")

def orders(step):
    return [queue.Order(config=config(seed=n), run_id=f"{step}-{n}") for n in (1, 2)]

def ends_at(step):
    "Submit in a process that is killed, or finds the disk full, at this write and from it on."
    if (child := os.fork()) == 0:
        left = step
        def hook(event, arguments):
            nonlocal left
            writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & 3
            is_there = event == "os.mkdir" and os.path.exists(arguments[0])
            if is_there or not (writes or event in WRITES):
                return
            left -= 1
            if left <= 0 and FAULT == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if left <= 0 and event not in ("os.remove", "os.rmdir"):
                raise OSError(errno.ENOSPC, "No space left on device")
        sys.addaudithook(hook)
        try:
            queue.submit_all(orders(step))
        except RunError as error:
            assert "No space left on device" in str(error), error
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] != 0

def complete(step):
    return [os.path.exists(folders.root() / order.run_id) for order in orders(step)]

step, found = 1, []
while ends_at(step):
    if step % 2:
        runs.submit(config(seed=step), run_id=f"next-{step}")
    else:
        assert not runs.wake()
    found.append(sum(complete(step)))
    hidden = {path.name for path in folders.root().iterdir() if path.name.startswith(".")}
    assert hidden <= {".submit.lock", ".scheduler.lock"}, (step, hidden)
    again = queue.submit_all(orders(step))
    assert all(complete(step)) and not any(run.problem for run in again), step
    for run in again:
        shutil.rmtree(run.path)
    step += 1
created = [run.created for run in queue.waiting()]
assert created == sorted(created) and len(set(created)) == len(created)
print(*found)
"""


@pytest.mark.parametrize("fault", ["kill", "full disk"])
def test_killed_or_out_of_disk_between_any_two_writes_a_group_is_queued_whole_or_not_at_all(
    home: Path, fault: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAULTS, fault],
        env=processes.environment(),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    assert done.returncode == 0, done.stderr
    found = done.stdout.split()
    assert set(found) == {"0", "2"}, "half a group was queued, or the faults are not in between"
    assert found == sorted(found)
    assert len(found) > 10


def test_a_run_appears_with_its_spec_and_nothing_else(waiting: None) -> None:
    run = runs.submit(config(), owner=ANN, sweep={"id": "s", "cell": {"a.b": 1}})
    assert (run.owner, run.sweep, run.cell) == (ANN, "s", {"a.b": 1})
    assert [path.name for path in run.path.iterdir()] == ["spec.json"]
    assert read(folders.find(run.id)).created == run.created
