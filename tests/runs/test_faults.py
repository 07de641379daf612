"""Who is killed in which state, and where the disk is full: nothing is lost, done twice or left behind.

The supervisor and the trainer are killed at each of their steps, and so is the scheduler where its own
tests do not do it. The trainer is a stand-in (`stand_in.QUICK`). Most cases run in one process, which
forks what it kills: to import the package takes longer than a case.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from augment import runs
from augment.errors import RunError
from augment.runs import folders, queue, supervisor
from augment.runs.folders import RunFolder
from augment.runs.queue import Order
from augment.runs.run import read
from augment.system import files
from augment.system import processes as system_processes
from tests.conftest import ROOT
from tests.runs.conftest import DEADLINE_S, all_processes, config, eventually, kill, processes

pytestmark = pytest.mark.slow

EPOCHS = 2
HEADER = "epoch,loss,accuracy,val_loss,val_accuracy\n"
IDS = ("1-first", "2-second", "3-other")
"""The first two can share a process, the last cannot with them."""


def in_a_process(check: Callable[..., None], *arguments: str) -> None:
    """Call a function of this file in a process of its own, which may fork."""
    program = (
        "import sys; from tests.runs import test_faults as found;"
        # So that what is started and orphaned becomes a child of this process.
        " found.supervisor._adopt_orphans();"
        " getattr(found, sys.argv[1])(*sys.argv[2:])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, check.__name__, *arguments],
        env=system_processes.environment(),
        capture_output=True,
        text=True,
        timeout=4 * DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def home() -> Path:
    return folders.root().parent


def ordered() -> list[RunFolder]:
    """Queue the runs of `IDS`, without a scheduler."""
    found = [folders.create(name, config(epochs=EPOCHS, seed=n)) for n, name in enumerate(IDS, 1)]
    spec = found[-1].read_spec()
    files.write_json(found[-1].spec, spec | {"config": config(batch_size=8, seed=3).to_dict()})
    return found


def forked(work: Callable[[], int]) -> int:
    """Do something in a child of this process; return its pid."""
    if (child := os.fork()) == 0:
        os.setsid()
        os.fsync = lambda _: None  # on a busy disk it takes half a second
        code = 1
        try:
            code = work()
        finally:
            os._exit(code)
    return child


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class Step:
    """An audit hook that ends this process at one of its steps, or finds the disk full from then on."""

    def __init__(self, step: int, fault: str) -> None:
        self._left, self._fault = step, fault
        self._came = os.open(home() / "came", os.O_WRONLY | os.O_CREAT)

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & 3
        if not (writes or event in ("os.rename", "os.remove", "subprocess.Popen", "fcntl.flock")):
            return
        if writes and arguments[0] == os.devnull:
            return
        self._left -= 1
        if self._left > 0:
            return
        os.write(self._came, b".")
        if self._fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if writes or event == "os.rename":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def supervised(run_id: str, *, step: int = 0, fault: str = "", **environment: str) -> int:
    """Fork the supervisor of a run and of those that follow it; return its pid."""

    def work() -> int:
        os.environ.update(environment)
        supervisor._GRACE_S = 0.2
        sys.stderr = (home() / "supervisor.log").open("a")
        if fault:
            sys.addaudithook(Step(step, fault))
        try:
            return supervisor.main(run_id, "cpu")
        except RunError as error:
            sys.stderr.write(f"error: {error}\n")
            return 2

    return forked(work)


def left() -> list[psutil.Process]:
    """What lives of the trainers of this home, in whatever session."""
    found = []
    for process in psutil.process_iter():
        try:
            is_theirs = process.name() == "sleep" or "train" in process.cmdline()
            if is_theirs and process.environ().get("AUGMENT_HOME") == str(home()):
                found.append(process)
        except psutil.Error:  # it has ended; a zombie has no environment
            continue
    return found


def descendants() -> list[psutil.Process]:
    """What lives of all that this process has started: what has just begun has no command line yet."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def assert_nothing_is_left() -> None:
    eventually(lambda: not left() and not descendants(), what="a process outlived its supervisor")
    # The kernel ends a killed process, and releases its locks, some time after it was asked to: also
    # that by which a trainer finds another one.
    locks = [home() / "training", *folders.root().glob("*/lock")]
    eventually(lambda: not any(map(files.is_held, locks)), what="a lock is still held")
    assert not (home() / "two at once").exists()


def finish() -> None:
    """Resume what is over without a result, and supervise what is queued, as a scheduler does."""
    lock = files.acquire(queue.lock_path(), timeout=DEADLINE_S)
    assert lock, "a scheduler is alive"
    with lock:
        for run in runs.list_runs():
            if run.state != "QUEUED" and queue.can_resume(run):
                runs.resume(run.id)
        while found := queue.waiting():
            code = ended(supervised(found[0].id))
            assert code == 0, (code, (home() / "supervisor.log").read_text())


def assert_all_is_trained(ids: Iterable[str] = IDS) -> None:
    queue.forget_states(ids)  # a supervisor that is killed at its end leaves them
    for run in map(runs.get, ids):
        assert (run.state, run.problem) == ("SUCCEEDED", ""), (run.id, run.state, run.problem)
        assert run.config
        epochs = range(1, run.config.epochs + 1)
        rows = [f"{epoch},{run.config.seed / epoch:.6f},0.5,2.5,0.25" for epoch in epochs]
        assert (run.path / "metrics.csv").read_text().splitlines()[1:] == rows, run.id
        names = {path.name for path in run.path.iterdir()} - {"attempts.json"}
        whole = {"spec.json", "state.json", "evaluation.json", "lock", "metrics.csv", "run.log"}
        assert names == whole, (run.id, names)
        begun = (run.path / "run.log").read_text().count(" trains ")
        assert begun <= run.attempt, f"{run.id} was trained {begun} times"


def each_step(begin: Callable[[int], int]) -> list[tuple[str, ...]]:
    """Do a case again with the fault one step later, until it comes after the end.

    Args:
        begin: Does it with the fault at this step, and returns an exit code.

    Returns:
        The states of the runs after each.
    """
    found = []
    for step in range(1, 200):
        made = ordered()
        code = begin(step)
        assert_nothing_is_left()
        found.append(tuple(read(folder).state for folder in made))
        finish()
        assert_nothing_is_left()
        assert_all_is_trained()
        for path in (home() / name for name in ("came", "held", "go")):
            path.unlink(missing_ok=True)
        shutil.rmtree(folders.root())
        if code == 0:
            assert found[-1][-1] == "QUEUED", "what shares no graph was trained in the same process"
            return found
    raise AssertionError("the fault never came after the end")


def came(code: int) -> int:
    """Return an exit code that is 0 only if the fault did not come."""
    return code or (home() / "came").stat().st_size


def supervisor_at_each_step(fault: str) -> None:
    found = each_step(lambda step: came(ended(supervised(IDS[0], step=step, fault=fault))))
    assert len(found) > 15, "the faults are not in between"
    assert found[-1] == ("SUCCEEDED", "SUCCEEDED", "QUEUED")
    for states in found:
        assert set(states) <= {"SUCCEEDED", "LOST", "QUEUED"}, states
        over = [state != "QUEUED" for state in states]
        assert over == sorted(over, reverse=True), f"one was overtaken: {states}"
        assert states.count("LOST") <= 1, f"one dying took another with it: {states}"


def holding(point: str) -> dict[str, str]:
    """The environment of a trainer that waits at a point until `release`."""
    return {"HOLD_TRAINER": point}


def release() -> None:
    (home() / "go").touch()


def is_held() -> bool:
    return (home() / "held").exists()


def supervisor_at_each_step_of_a_cancel() -> None:
    most = []

    def begin(step: int) -> int:
        second = folders.find(IDS[1])
        hold = holding(f"{second.id} epoch 2") | {"STUBBORN_TRAINER": "1"}
        child = supervised(IDS[0], step=step, fault="kill", **hold)
        process = psutil.Process(child)
        eventually(lambda: is_held() or process.status() == psutil.STATUS_ZOMBIE)
        if is_held():
            most.append(len(left()))
            second.cancel.touch()
        code = ended(child)
        return 0 if code == 128 + signal.SIGKILL else came(code)

    found = each_step(begin)
    assert max(most) == 2, "the trainer had no process in a session of its own"
    assert found[-1] == ("SUCCEEDED", "CANCELLED", "QUEUED"), found
    assert found[-3:-1] == [found[-1]] * 2, f"no kill came after the cancel: {found}"


def trainer_at_each_step() -> None:
    def begin(step: int) -> int:
        code = ended(supervised(IDS[0], KILL_TRAINER_AT=str(step)))
        return code or int(read(folders.find(IDS[1])).state != "SUCCEEDED")

    # A trainer may die between two runs; a supervisor that sees that in time leaves the second queued.
    between = ("SUCCEEDED", "QUEUED", "QUEUED")
    assert {each for each in each_step(begin) if each != between} == {
        ("FAILED", "QUEUED", "QUEUED"),
        ("SUCCEEDED", "FAILED", "QUEUED"),
        ("SUCCEEDED", "SUCCEEDED", "QUEUED"),
    }


def a_chain_in_which(what: str) -> None:
    """While the first run trains, something happens to the second: the third follows all the same."""
    made = ordered()
    files.write_json(made[2].spec, made[2].read_spec() | {"config": made[0].read_spec()["config"]})
    second = made[1]
    expected = "LOST"
    child = supervised(IDS[0], **holding(f"{IDS[0]} epoch 2"))
    eventually(is_held)
    if what == "is cancelled":
        runs.get(second.id).cancel()
        expected = "CANCELLED"
    elif what == "is cancelled and deleted":
        runs.get(second.id).cancel()
        runs.delete([second.id])
        expected = ""
    elif what == "has no spec.json":
        second.spec.unlink()
    elif what == "has a torn spec.json":
        second.spec.write_bytes(second.spec.read_bytes()[:100])
    elif what == "has a torn state.json":
        second.state.write_text('{"state": "RUN')
    else:
        files.write_json(second.state, {"state": "FAILED", "reason": "why", "attempt": 1})
        (second.path / "state.npz").write_text("1")
        second.metrics.write_text(HEADER + f"1,{2:.6f},0.5,2.5,0.25\n2,1.0")
        # The third is queued before it then, so it is trained first.
        runs.resume(second.id)
        expected = "SUCCEEDED"
    release()
    assert ended(child) == 0, (home() / "supervisor.log").read_text()
    assert_nothing_is_left()
    states = {run.id: run.state for run in runs.list_runs()}
    assert states == {IDS[0]: "SUCCEEDED", IDS[2]: "SUCCEEDED"} | (
        {second.id: expected} if expected else {}
    )
    assert_all_is_trained([run_id for run_id in states if states[run_id] == "SUCCEEDED"])
    begun = [(folders.root() / IDS[n] / "run.log").read_text().split() for n in (0, 2)]
    assert begun[0][1] == begun[1][1], "it was trained in another process"


def chains() -> None:
    for what in WHATS:
        # Else a resume starts a scheduler, which trains the rest if it is the first to see it.
        with files.acquire(queue.lock_path()) as no_scheduler:
            assert no_scheduler
            a_chain_in_which(what)
        for path in (home() / name for name in ("held", "go")):
            path.unlink()
        shutil.rmtree(folders.root())


def machine(point: str, what: str) -> None:
    """Kill what submitted and the scheduler, or everything, while a trainer is at a point."""
    everything = what == "everything"

    def submit() -> int:
        os.environ.update(holding(point))
        settings = (config(epochs=EPOCHS), config(epochs=EPOCHS, seed=4), config(batch_size=8))
        pairs = zip(IDS, settings, strict=True)
        runs.submit_all([Order(config=each, run_id=run_id) for run_id, each in pairs])
        signal.pause()
        return 0

    submitter = forked(submit)
    eventually(is_held)
    states = [runs.get(run_id).state for run_id in IDS]
    os.kill(submitter, signal.SIGKILL)
    ended(submitter)
    for word in ("schedule", "supervise", "train") if everything else ("schedule",):
        kill(home(), word)
    eventually(lambda: not queue.is_alive())
    if everything:
        assert_nothing_is_left()
        lost = [run for run in map(runs.get, IDS) if run.state == "LOST"]
        assert len(lost) == 1
        runs.resume(lost[0].id)
    else:
        assert [runs.get(run_id).state for run_id in IDS] == states
        assert "RUNNING" in states
        assert runs.wake()
        assert len(processes(home(), "supervise")) == 1
        release()
    eventually(lambda: not queue.is_alive() and all(runs.get(each).is_over for each in IDS))
    eventually(lambda: not all_processes(home()))
    assert_nothing_is_left()
    assert_all_is_trained()


WHATS = [
    *("is cancelled", "is cancelled and deleted", "has no spec.json", "has a torn spec.json"),
    *("has a torn state.json", "was resumed"),
]


@pytest.mark.parametrize("fault", ["kill", "full disk"])
def test_a_supervisor_at_each_step_of_a_chain(quick: Path, fault: str) -> None:
    in_a_process(supervisor_at_each_step, fault)


def test_a_supervisor_killed_at_each_step_of_a_cancel(quick: Path) -> None:
    in_a_process(supervisor_at_each_step_of_a_cancel)


def test_a_trainer_killed_at_each_step_of_a_chain(quick: Path) -> None:
    in_a_process(trainer_at_each_step)


def test_a_chain_goes_on_after_a_run_that_cannot_follow_or_was_resumed(quick: Path) -> None:
    in_a_process(chains)


@pytest.mark.parametrize(
    ("point", "what"), [("1-first epoch 2", "scheduler"), ("2-second epoch 2", "everything")]
)
def test_a_submitter_and_a_scheduler_or_all_processes_killed_at_once(
    quick: Path, point: str, what: str
) -> None:
    in_a_process(machine, point, what)


def test_two_web_servers_start_one_queue_and_are_killed_without_a_trace(
    quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered()
    with monkeypatch.context() as patch:
        patch.setenv("HOLD_TRAINER", f"{IDS[1]} epoch 2")
        servers = [web_server(), web_server()]
    try:
        for _, port in servers:
            eventually(lambda port=port: is_healthy(port))
        eventually(is_held)
        assert [len(processes(quick, word)) for word in ("schedule", "supervise")] == [1, 1]
    finally:
        for server, _ in servers:
            server.kill()
            server.wait()
    assert [runs.get(run_id).state for run_id in IDS] == ["SUCCEEDED", "RUNNING", "QUEUED"]
    release()
    eventually(lambda: all(runs.get(run_id).is_over for run_id in IDS))
    eventually(lambda: not all_processes(quick))
    assert_all_is_trained()


def web_server() -> tuple[subprocess.Popen[bytes], int]:
    """Start a web server on a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    words = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    server = subprocess.Popen(
        [*words, f"--server.port={port}"],
        cwd=ROOT,
        env=system_processes.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return server, port


def is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/_stcore/health", timeout=10
        ) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
