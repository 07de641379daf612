"""The queue, with real processes that are ended before they would build a model."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from augment import runs
from augment.errors import ConfigError, NotPrepared, RunError
from augment.runs import folders, queue, scheduler
from augment.runs.folders import RunFolder
from augment.runs.run import read
from augment.runs.supervisor import NO_ROOM
from augment.system import files
from augment.system import processes as system_processes
from tests.cli.conftest import command
from tests.conftest import ROOT
from tests.runs.conftest import (
    DEADLINE_S,
    all_processes,
    cancel_runs,
    config,
    eventually,
    processes,
    scheduled,
    state,
)
from tests.signals import interruptible

pytestmark = pytest.mark.slow


@contextlib.contextmanager
def on_a_busy_core(process: psutil.Process) -> Iterator[None]:
    """Confine a process to a core that another one would use alone."""
    with subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"]) as busy:
        try:
            if sys.platform == "linux":
                for pid in (busy.pid, *(thread.id for thread in process.threads())):
                    with contextlib.suppress(ProcessLookupError):  # a thread that has ended
                        os.sched_setaffinity(pid, {min(os.sched_getaffinity(0))})
            yield
        finally:
            busy.kill()


def trainer_of(live: Path, run_id: str) -> psutil.Process:
    eventually(lambda: processes(live, "train"), what=f"{run_id} never got a trainer")
    return processes(live, "train")[0]


def start(live: Path) -> tuple[runs.Run, psutil.Process]:
    run = runs.submit(config())
    eventually(lambda: state(run.id) == "RUNNING")
    return run, trainer_of(live, run.id)


def policies(process: psutil.Process) -> set[int]:
    """How the threads of a process are scheduled."""
    found = set()
    for thread in process.threads():
        with contextlib.suppress(ProcessLookupError):  # a thread that has ended
            found.add(os.sched_getscheduler(thread.id))
    return found


def test_submit_returns_a_queued_run_with_a_readable_id(live: Path) -> None:
    run = runs.submit(config(name="Größe & ../Rose Nr. 7"))
    assert run.state in ("QUEUED", "RUNNING")
    assert run.config == config(name="Größe & ../Rose Nr. 7")
    assert run.id.split("-", 4)[4].startswith("gr-e-rose-nr-7-")
    assert run.path == folders.root() / run.id
    assert runs.get(run.id).title == "Größe & ../Rose Nr. 7"


def test_data_and_weights_are_checked_before_there_is_a_run(home: Path, tmp_path: Path) -> None:
    with pytest.raises(NotPrepared, match="data prepare tfds:oxford_flowers102 --size 40"):
        runs.submit(config(data="tfds:oxford_flowers102", size=40))
    with pytest.raises(ConfigError, match=r"weights names the file .*gone\.keras"):
        runs.submit(config(weights=str(tmp_path / "gone.keras")))
    assert runs.list_runs() == []


def test_cancel_ends_the_whole_tree_and_nothing_else_is_left(live: Path) -> None:
    run, trainer = start(live)
    # Its supervisor lowers it when it has started it.
    eventually(lambda: trainer.nice() >= 10)
    if sys.platform == "linux":
        eventually(lambda: policies(trainer) == {os.SCHED_IDLE})
        [supervisor] = processes(live, "supervise")
        assert os.sched_getscheduler(supervisor.pid) == os.SCHED_OTHER
    assert os.getsid(trainer.pid) == trainer.pid
    with on_a_busy_core(trainer):  # of which it gets next to nothing
        run.cancel()
        eventually(lambda: state(run.id) == "CANCELLED")
        eventually(lambda: not trainer.is_running())
    eventually(lambda: not processes(live, "supervise") and not processes(live, "schedule"))
    with pytest.raises(RunError, match="over already"):
        run.cancel()
    assert runs.get(run.id).ended is not None


def test_a_killed_supervisor_ends_its_trainer_and_the_queue_continues(
    live: Path,
) -> None:
    run, trainer = start(live)
    following = runs.submit(config(seed=4))
    (supervisor,) = processes(live, "supervise")
    supervisor.kill()
    eventually(lambda: state(run.id) == "LOST")
    eventually(lambda: not trainer.is_running(), what="the trainer outlived its supervisor")
    assert "supervisor" in runs.get(run.id).reason
    eventually(lambda: state(following.id) == "RUNNING")


def test_first_in_first_out_one_at_a_time_and_cancelled_in_the_queue(live: Path) -> None:
    ids = [runs.submit(config(seed=seed)).id for seed in range(4)]
    eventually(lambda: state(ids[0]) == "RUNNING")
    assert [run.id for run in runs.list_runs()] == ids[::-1]
    assert runs.get(ids[1]).phase == "waiting in the queue, 1 run before it"
    assert runs.get(ids[3]).phase == "waiting in the queue, 3 runs before it"
    runs.get(ids[1]).cancel()
    assert state(ids[1]) == "CANCELLED"
    assert runs.get(ids[3]).phase == "waiting in the queue, 2 runs before it"
    runs.get(ids[0]).cancel()
    eventually(lambda: state(ids[2]) == "RUNNING")
    assert [state(run_id) for run_id in ids] == ["CANCELLED", "CANCELLED", "RUNNING", "QUEUED"]
    assert not RunFolder(folders.root() / ids[1]).lock.exists(), "a cancelled run was started"


def queue_without_scheduler() -> runs.Run:
    """Return a queued run whose scheduler never started, as after a restart of the machine."""
    folder = folders.create("2026-01-01-000000-stranded", config())
    return read(folder)


def test_reading_the_runs_starts_nothing_and_the_phase_says_what_would(live: Path) -> None:
    run = queue_without_scheduler()
    expected = (
        "waiting in the queue, the next to start; no scheduler is running, start one with "
        "`python -m augment runs wake`"
    )
    for _ in range(3):
        assert [one.phase for one in runs.list_runs()] == [expected]
        assert runs.get(run.id).phase == expected
    words = command("runs", "list")
    listed = subprocess.run(
        words, env=system_processes.environment(), cwd=ROOT, capture_output=True, text=True
    )
    assert expected in listed.stdout
    assert all_processes(live) == []
    assert not files.is_held(queue.lock_path())
    assert [path.name for path in folders.root().iterdir()] == [run.id]


def test_wake_starts_the_queue_once(live: Path) -> None:
    assert not runs.wake(), "there is nothing to run"
    run = queue_without_scheduler()
    assert runs.wake()
    assert "no scheduler" not in runs.get(run.id).phase
    assert not runs.wake(), "a second scheduler was started"
    eventually(lambda: state(run.id) == "RUNNING")
    assert len(processes(live, "schedule")) == 1


def test_a_submitted_run_has_a_scheduler_from_then_on(live: Path) -> None:
    run = runs.submit(config())
    assert queue.is_alive()
    assert "no scheduler" not in run.phase


def test_many_submitters_start_one_scheduler(live: Path) -> None:
    queue_without_scheduler()
    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(lambda _: runs.wake(), range(8))) == [False] * 7 + [True]
    eventually(lambda: processes(live, "supervise"))
    assert len(processes(live, "schedule")) == 1


def test_a_killed_scheduler_can_be_replaced_and_one_run_at_a_time_remains(live: Path) -> None:
    run, trainer = start(live)
    following = runs.submit(config(seed=4))
    (old,) = processes(live, "schedule")
    old.kill()
    eventually(lambda: not queue.is_alive())
    assert state(run.id) == "RUNNING"
    assert "runs wake" in runs.get(following.id).phase
    assert runs.wake()
    assert queue.is_alive()
    assert trainer.is_running()
    assert [len(processes(live, word)) for word in ("supervise", "train")] == [1, 1]
    assert state(following.id) == "QUEUED"
    run.cancel()
    eventually(lambda: state(following.id) == "RUNNING")
    assert state(run.id) == "CANCELLED"


SUBMITTER = """
import sys
from augment import runs
from tests.runs.conftest import config
runs.submit(config(), run_id="mine")
sys.stdin.read()
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGHUP])
def test_the_run_continues_when_its_submitter_ends(
    quick: Path, how: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed outright, or with its whole process group, as Ctrl-C and a closed terminal do."""
    monkeypatch.setenv("HOLD_TRAINER", "mine epoch 1")
    submitter = subprocess.Popen(
        interruptible(SUBMITTER),
        env=system_processes.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    with submitter:
        eventually((quick / "held").exists)
        [trainer] = processes(quick, "train")
        os.killpg(submitter.pid, how)
    assert submitter.returncode in (-how, 1, 130)
    eventually(lambda: not [p for p in psutil.Process().children() if p.pid == submitter.pid])
    assert state("mine") == "RUNNING"
    assert trainer.is_running()
    (quick / "go").touch()
    eventually(lambda: runs.get("mine").is_over)
    assert (state("mine"), runs.get("mine").attempt) == ("SUCCEEDED", 1)


def test_no_zombie_stays_in_the_process_that_submits(live: Path) -> None:
    run, _ = start(live)
    (submitted_to,) = processes(live, "schedule")
    run.cancel()
    # A zombie stays among the children until its parent waits for it.
    eventually(lambda: submitted_to.pid not in [p.pid for p in psutil.Process().children()])


def test_a_run_that_cannot_start_fails_with_the_message(live: Path, tmp_path: Path) -> None:
    first, _ = start(live)
    weights = tmp_path / "mine.keras"
    weights.touch()
    run = runs.submit(config(weights=str(weights)))
    weights.unlink()
    first.cancel()
    eventually(lambda: runs.get(run.id).is_over)
    failed = runs.get(run.id)
    assert failed.state == "FAILED"
    assert failed.reason == f"weights names the file {weights}, but there is no such file."
    assert "error: weights names" in failed.log()


STRAY = """
import subprocess, sys
if "train" in sys.orig_argv:
    subprocess.Popen([{python!r}, "-c", "import time; time.sleep(300)", "stray"],
                     start_new_session=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt orphans")
@pytest.mark.parametrize("ends_itself", [False, True])
def test_what_a_trainer_leaves_in_a_session_of_its_own_ends_with_it(
    live: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends_itself: bool
) -> None:
    """A trainer that leaves a process behind; cancelled, or ended by itself."""
    (tmp_path / "sitecustomize.py").write_text(STRAY.format(python=sys.executable))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    weights = tmp_path / "mine.keras"
    weights.touch()
    run = runs.submit(config(weights=str(weights) if ends_itself else "none"))
    if ends_itself:
        weights.unlink()
    eventually(lambda: processes(live, "stray") or runs.get(run.id).is_over)
    if not ends_itself:
        run.cancel()
    eventually(lambda: state(run.id) == ("FAILED" if ends_itself else "CANCELLED"))
    eventually(lambda: not processes(live, "stray"))


def test_a_run_that_is_submitted_as_the_scheduler_ends_is_not_stranded(
    live: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run appears after the scheduler has found the queue empty, but still holds its lock."""
    cannot_start = config(weights=str(tmp_path / "missing.keras"))
    find_next, made = scheduler._next, list[RunFolder]()

    def find_next_then_submit(skipped: set[tuple[str, int]]) -> runs.Run | None:
        found = find_next(skipped)
        if found is None and not made:
            made.append(folders.create("2026-x", cannot_start))
            assert not runs.wake(), "another scheduler was started"
        return found

    monkeypatch.setattr(scheduler, "_next", find_next_then_submit)
    scheduled()
    assert state("2026-x") == "FAILED", "the run was stranded"
    assert not queue.is_alive()


def test_a_run_is_resumed_while_the_scheduler_that_ran_it_lives(
    live: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And fails again, as its file of weights is there only when it is looked for."""
    weights = tmp_path / "mine.keras"
    folder = folders.create("2026-x", config(weights=str(weights)))
    find_next, attempts = scheduler._next, list[int]()

    def find_next_or_resume(skipped: set[tuple[str, int]]) -> runs.Run | None:
        if find_next(skipped) is None and not attempts:
            weights.touch()
            attempts.append(runs.resume(folder.id).attempt)
            weights.unlink()
        return find_next(skipped)

    monkeypatch.setattr(scheduler, "_next", find_next_or_resume)
    scheduled()
    assert attempts == [2]
    again = runs.get(folder.id)
    assert (again.state, again.attempt) == ("FAILED", 2), "it was not started again"
    assert "attempt 2\n" in again.log()


def test_a_run_is_supervised_once(live: Path) -> None:
    run, _ = start(live)
    run.cancel()
    eventually(lambda: state(run.id) == "CANCELLED")
    eventually(lambda: not processes(live, "supervise"))
    again = subprocess.run(
        system_processes.command("supervise", run.id),
        env=system_processes.environment(),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    assert again.returncode == 2
    assert "has been started before" in again.stderr
    assert state(run.id) == "CANCELLED"


def test_a_supervisor_that_cannot_be_started_fails_its_run_and_the_queue_continues(
    live: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [folders.create(run_id, config()).id for run_id in ("2026-1", "2026-2")]
    monkeypatch.setattr(sys, "executable", "/nothing")
    scheduled()
    for run_id in ids:
        failed = runs.get(run_id)
        assert failed.state == "FAILED"
        assert failed.reason == "Its supervisor could not be started: No such file or directory."
        assert failed.ended is not None
    assert not queue.is_alive()


def test_a_scheduler_that_cannot_be_started_is_an_error_and_the_run_waits(
    live: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/nothing")
        with pytest.raises(
            RunError, match=r"scheduler cannot be started \(No such file.*runs wake"
        ):
            runs.submit(config())
    [run] = runs.list_runs()
    assert run.state == "QUEUED"
    assert not queue.is_alive()


@pytest.fixture
def disk(live: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """What the system says of the disk, in this process alone: its entries replace the real ones."""
    said: dict[str, int] = {}
    real = os.statvfs

    def statvfs(path: Path) -> SimpleNamespace:
        found = real(path)
        names = (name for name in dir(found) if name.startswith("f_"))
        return SimpleNamespace(**{name: getattr(found, name) for name in names} | said)

    monkeypatch.setattr(os, "statvfs", statvfs)
    return said


LACKS = [
    ({"f_bavail": 0}, r"no space left on the disk of .* \(0\.0 MB free, 256.0 MB needed\)"),
    (
        {"f_bavail": 10, "f_blocks": 1000, "f_frsize": 4096},
        r"no space left .* \(0\.0 MB free, 0\.2 MB needed",
    ),
    ({"f_files": 10, "f_favail": 0}, "no file can be added to the disk of"),
    ({"f_flag": os.ST_RDONLY}, "the disk of .* is read-only"),
]


@pytest.mark.parametrize(("lack", "words"), LACKS, ids=["full", "small", "inodes", "read-only"])
def test_the_phase_says_what_a_run_waits_for(
    disk: dict[str, int], lack: dict[str, int], words: str
) -> None:
    run = queue_without_scheduler()
    assert "disk" not in runs.get(run.id).phase
    disk.update(lack)
    assert re.search(rf"^waiting in the queue, the next to start; {words}", runs.get(run.id).phase)
    assert all_processes(folders.root().parent) == []


def test_queued_runs_wait_for_room_on_a_full_disk_and_then_start(
    live: Path, disk: dict[str, int], tmp_path: Path
) -> None:
    missing = config(weights=str(tmp_path / "missing.keras"))
    ids = [folders.create(run_id, missing).id for run_id in ("2026-1", "2026-2")]
    disk["f_bavail"] = 0
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(scheduled)
        eventually(queue.is_alive)
        with pytest.raises(TimeoutError):
            running.result(timeout=1)
        assert [state(run_id) for run_id in ids] == ["QUEUED", "QUEUED"]
        assert processes(live, "supervise") == []
        assert not any(RunFolder(folders.root() / run_id).lock.exists() for run_id in ids)
        del disk["f_bavail"]
        running.result(timeout=DEADLINE_S)
    assert [state(run_id) for run_id in ids] == ["FAILED", "FAILED"], "they were not started"


def test_a_full_disk_holds_no_scheduler_without_queued_runs(
    live: Path, disk: dict[str, int]
) -> None:
    run = folders.create("2026-1", config())
    disk["f_bavail"] = 0
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(scheduled)
        eventually(queue.is_alive)
        run.cancel.touch()
        try:
            running.result(timeout=DEADLINE_S)
        finally:
            disk.clear()  # or it would go on waiting
    assert state(run.id) == "CANCELLED"


def test_a_quota_is_full_although_the_disk_is_not(
    live: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It shows in writing alone: here every file is on a device that is always full, once."""
    folder = folders.create("2026-1", config(weights=str(tmp_path / "missing.keras")))
    (folders.root() / ".room").symlink_to("/dev/full")
    answers: list[bool] = []
    has_room = folders.has_room
    monkeypatch.setattr(folders, "has_room", lambda: answers.append(has_room()) or answers[-1])
    monkeypatch.setattr(scheduler, "_NO_ROOM_S", 0.01)
    scheduled()
    assert answers == [False, True], "the run was started without a test of the disk"
    assert state(folder.id) == "FAILED"
    assert not (folders.root() / ".room").exists()


def supervised_by(program: str, run_id: str) -> subprocess.CompletedProcess[str]:
    """Run a supervisor that differs from the real one as this program says, and wait for its end."""
    return subprocess.run(
        [sys.executable, "-c", program, run_id],
        env=system_processes.environment(),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )


FULL_SUPERVISOR = """
import errno, os, sys
from augment.runs import supervisor

def fsync(_):
    raise OSError(errno.ENOSPC, "No space left on device")

os.fsync = fsync
sys.exit(supervisor.main(sys.argv[1]))
"""


def test_a_supervisor_on_a_full_disk_leaves_its_run_in_the_queue(live: Path) -> None:
    run = queue_without_scheduler()
    done = supervised_by(FULL_SUPERVISOR, run.id)
    assert done.returncode == NO_ROOM
    assert done.stderr.count("\n") == 1
    assert state(run.id) == "QUEUED"
    assert [path.name for path in sorted(run.path.iterdir())] == ["lock", "spec.json"]


def test_a_run_that_found_no_room_is_tried_again(
    live: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk becomes full between the scheduler's test and the supervisor's first file."""
    (tmp_path / "sitecustomize.py").write_text(FULL_ONCE.format(file=str(tmp_path / "tried")))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    folder = folders.create("2026-1", config(weights=str(tmp_path / "missing.keras")))
    scheduled()
    assert (tmp_path / "tried").exists()
    assert state(folder.id) == "FAILED"
    assert "there is no such file" in runs.get(folder.id).reason


FULL_ONCE = """
import errno, os, pathlib, sys
tried, real = pathlib.Path({file!r}), os.fsync

def fsync(file):
    if not tried.exists():
        tried.touch()
        raise OSError(errno.ENOSPC, "No space left on device")
    real(file)

if "supervise" in sys.orig_argv:
    os.fsync = fsync
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a disk of its own")
def test_on_a_disk_that_is_really_full(live: Path, tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folders.root()], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this machine makes no disk for a test")
    try:
        folder = folders.create("2026-1", config(weights=str(tmp_path / "missing.keras")))
        filler = os.open(folders.root() / "filler", os.O_CREAT | os.O_WRONLY)
        with contextlib.suppress(OSError):
            while True:
                os.write(filler, bytes(4096))
        os.close(filler)
        assert runs.wake()
        with pytest.raises(RunError, match="No space left on device"):
            runs.submit(config())
        assert [each.id for each in folders.list_folders()] == ["2026-1"]
        assert re.search(r"the next to start; no space left on the disk", runs.get(folder.id).phase)
        (folders.root() / "filler").unlink()
        eventually(lambda: state(folder.id) == "FAILED")
        eventually(lambda: not all_processes(live))
    finally:
        cancel_runs()
        subprocess.run(["umount", "-l", folders.root()], check=True)


UNSTARTED = """
import sys
from augment.runs import supervisor
sys.executable = "/nothing"
sys.exit(supervisor.main(sys.argv[1]))
"""


def test_a_trainer_that_cannot_be_started_fails_its_run(live: Path) -> None:
    run = queue_without_scheduler()
    done = supervised_by(UNSTARTED, run.id)
    failed = runs.get(run.id)
    assert failed.state == "FAILED"
    assert failed.reason == "Its trainer could not be started: No such file or directory."
    assert (done.returncode, done.stderr) == (1, "")
