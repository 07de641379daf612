"""The scheduler with many runs, several slots, and killed at any moment; its supervisors are stand-ins.

That it starts real ones, and what it does on a full disk, is tested with the queue.
"""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from augment import runs
from augment.runs import folders, queue
from augment.runs.folders import RunFolder
from augment.runs.run import Run
from augment.system import processes as system_processes
from tests.runs.conftest import (
    DEADLINE_S,
    all_processes,
    config,
    eventually,
    kill,
    processes,
    scheduled,
)

pytestmark = pytest.mark.slow


def trainings() -> list[tuple[float, float, str]]:
    """When each training of the stand-in began and ended, in which slot, in the order of the queue."""
    found = []
    for run in sorted(runs.list_runs(), key=lambda run: str(run.created)):
        assert run.state == "SUCCEEDED", (run.id, run.state, run.reason)
        lines = (run.path / "trained").read_text().splitlines()
        assert len(lines) == 1, f"{run.id} was trained {len(lines)} times"
        began, ended, slot, _ = lines[0].split()
        found.append((float(began), float(ended), slot))
    return found


def starts() -> list[float]:
    """When the scheduler started the process of each run, in the order of the queue."""
    found = sorted(runs.list_runs(), key=lambda run: str(run.created))
    return [float((run.path / "trained").read_text().split()[3]) for run in found]


def most_at_once(found: list[tuple[float, float, str]]) -> int:
    return max(sum(began <= moment < ended for began, ended, _ in found) for moment, _, _ in found)


def is_over(run: Run) -> bool:
    return runs.get(run.id).is_over


SUBMITTERS = """
import os, sys
from augment import runs
from tests.runs.conftest import config
os.fsync = lambda _: None  # on a busy disk it takes half a second, and all wait for one lock
for process in range(6):
    if os.fork() == 0:
        for number in range(5):
            runs.submit(config(seed=10 * process + number), run_id=f"run-{process}-{number}")
        os._exit(0)
codes = [os.wait()[1] for _ in range(6)]
sys.exit(any(codes))
"""


@pytest.mark.parametrize("slots", ["cpu", "cpu*2"])
def test_thirty_submits_of_six_processes_are_each_trained_once_in_order_and_in_the_slots(
    supervised: Path, monkeypatch: pytest.MonkeyPatch, slots: str
) -> None:
    monkeypatch.setenv("AUGMENT_SLOTS", slots)
    words = [sys.executable, "-c", SUBMITTERS]
    subprocess.run(words, env=system_processes.environment(), check=True, timeout=DEADLINE_S)
    eventually(lambda: all(run.is_over for run in runs.list_runs()))
    found = trainings()
    assert len(found) == 30
    assert {slot for _, _, slot in found} == ({"cpu", "cpu:2"} if "*" in slots else {"cpu"})
    # Not when they begin: of two that are started one after the other, the second may be the first.
    assert all(one <= other for one, other in pairwise(starts()))
    assert most_at_once(found) <= (2 if "*" in slots else 1)
    for process in range(6):
        created = [runs.get(f"run-{process}-{number}").created for number in range(5)]
        assert created == sorted(created, key=str)


KILLED = """
import os, signal, sys
from augment.runs import folders, queue, scheduler
from augment.system import files
from tests.runs.conftest import config

def schedule(kill_at):
    if os.fork() == 0:
        left = kill_at
        def hook(event, arguments):
            nonlocal left
            if event in ("fcntl.flock", "os.remove", "subprocess.Popen"):
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
        lock = files.acquire(queue.lock_path())
        sys.addaudithook(hook)
        os._exit(scheduler.main(os.dup(lock.fileno())))
    return os.wait()[1]

step = 1
folders.create("0", config())
while schedule(step) == signal.SIGKILL:
    assert schedule(0) == 0
    assert not queue.waiting()
    step += 1
    folders.create(str(step), config())
print(step)
"""


def test_killed_between_any_two_steps_a_scheduler_leaves_all_to_the_next(supervised: Path) -> None:
    words = [sys.executable, "-c", KILLED]
    done = subprocess.run(
        words,
        env=system_processes.environment(),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 7, "it was killed in fewer states than it has"
    eventually(lambda: all(run.is_over for run in runs.list_runs()))
    assert most_at_once(trainings()) == 1


def test_after_a_restart_of_the_machine_without_any_lock(supervised: Path) -> None:
    """Also two schedulers at once, as the lock of the first is gone while it lives."""
    for number in range(4):
        folders.create(f"2026-{number}", config(seed=number))
    lost = folders.create("2025-lost", config())
    (lost.path / "state.json").write_text('{"state": "RUNNING", "slot": "cpu", "attempt": 1}')
    assert runs.wake()
    queue.lock_path().unlink()
    assert runs.wake(), "the first scheduler is known to be alive"
    eventually(lambda: all(run.is_over for run in runs.list_runs()))
    assert runs.get("2025-lost").state == "LOST"
    runs.delete(["2025-lost"])
    assert most_at_once(trainings()) == 1
    eventually(lambda: not all_processes(supervised))
    for path in folders.root().rglob("*lock*"):
        path.unlink()
    again = runs.submit(config(seed=9))
    eventually(lambda: is_over(again))
    assert len(trainings()) == 5


def test_a_run_that_another_took_is_left_to_it_and_the_scheduler_goes_on(supervised: Path) -> None:
    """As the process of the run before does, when both find the same run next."""
    taken, following = (folders.create(f"2026-{number}", config()) for number in range(2))
    started = queue.processes.start

    def start_after_another(words: list[str], **options: object) -> subprocess.Popen[bytes]:
        if taken.id in words:
            subprocess.run(words, env=system_processes.environment(), check=False)
        return started(words, **options)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue.processes, "start", start_after_another)
        scheduled()
    assert len(trainings()) == 2
    assert runs.get(following.id).state == "SUCCEEDED"


def test_a_run_on_all_gpus_waits_for_them_and_is_not_overtaken(
    supervised: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUGMENT_SLOTS", "gpu:0,gpu:1")
    for number, devices in enumerate((1, 2, 1, 1)):
        folders.create(f"2026-{number}", config(devices=devices))
    scheduled()
    found = trainings()
    assert [slot for _, _, slot in found[:3]] == ["gpu:0", "gpu:0,gpu:1", "gpu:0"]
    assert found[0][1] <= found[1][0]
    assert found[1][1] <= min(found[2][0], found[3][0])


def test_a_supervisor_without_a_scheduler_keeps_its_slot(standing_in: Path) -> None:
    first = runs.submit(config(epochs=1000))
    eventually(lambda: RunFolder(first.path).read_state())
    assert (RunFolder(first.path).read_state() or {}).get("slot") == "cpu"
    kill(standing_in, "schedule")
    eventually(lambda: not queue.is_alive())
    following = runs.submit(config(epochs=1))
    eventually(lambda: processes(standing_in, "schedule"))
    runs.get(first.id).cancel()
    eventually(lambda: is_over(following))
    one, other = runs.get(first.id), runs.get(following.id)
    assert (one.state, other.state) == ("CANCELLED", "SUCCEEDED")
    assert one.ended
    assert other.started
    assert one.ended <= other.started
