from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest

from augment.system import processes
from tests.runs.conftest import eventually

ABOUT = """
import os, sys
print(os.environ["AUGMENT_HOME"], os.environ["EXTRA"], os.getsid(0) == os.getpid(), flush=True)
sys.stderr.write("an error\\n")
sys.stdin.read()
"""


def niceness_of_session(pid: int) -> int | None:
    """What a session has by `man 7 sched`; None where sessions have none."""
    path = Path(f"/proc/{pid}/autogroup")
    words = path.read_text().split() if path.exists() else []
    return int(words[-1]) if words else None


def used(process: psutil.Process) -> float:
    return float(process.cpu_times().user)


def wait_for_seconds(process: psutil.Process, seconds: float) -> None:
    """Wait until a process has used so much of the processor."""
    eventually(lambda: used(process) >= seconds)


def test_a_process_has_its_own_session_this_home_and_its_output_appended(
    home: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    log.write_text("before\n")
    process = processes.start(
        [sys.executable, "-c", ABOUT], output=log, extra={"EXTRA": "more"}, niceness=7
    )
    assert process.wait() == 0
    assert log.read_text() == f"before\n{home.resolve()} more True\nan error\n"


def test_priority_is_lowered(home: Path) -> None:
    process = processes.start(
        [sys.executable, "-c", "input()"],
        output=subprocess.PIPE,
        stdin=subprocess.PIPE,
        niceness=processes.NICENESS,
    )
    with process:
        assert psutil.Process(process.pid).nice() == max(os.nice(0), processes.NICENESS)
        assert niceness_of_session(process.pid) in (None, processes.NICENESS)


@pytest.mark.parametrize("text", ["", "/autogroup-7 nice 0\n", None])
def test_a_process_is_started_from_one_that_is_in_no_session(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    """Linux shows an empty file to what the first process of a container or of a machine started."""
    shown = tmp_path / "self"
    if text is not None:
        shown.write_text(text)
    monkeypatch.setattr(processes, "_AUTOGROUP", str(tmp_path / "{}"))
    process = processes.start([sys.executable, "-c", ""], output=subprocess.DEVNULL)
    assert process.wait() == 0


def yielding(code: str) -> subprocess.Popen[bytes]:
    """Start Python with this code, with the priority of a trainer."""
    return processes.start(
        [sys.executable, "-c", code],
        output=subprocess.PIPE,
        stdin=subprocess.PIPE,
        niceness=processes.NICENESS,
        yields=True,
    )


INHERITS = """
import subprocess, sys, threading
input()
ask = "import os; print(os.sched_getscheduler(0), os.nice(0), flush=True)"
exec(ask)
thread = threading.Thread(target=exec, args=(ask,))
thread.start()
thread.join()
subprocess.run([sys.executable, "-c", ask])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has SCHED_IDLE")
def test_a_process_that_yields_its_threads_and_its_children_get_what_nobody_wants(
    home: Path,
) -> None:
    process = yielding(INHERITS)
    assert niceness_of_session(process.pid) in (None, processes.NICENESS)
    answers = process.communicate(b"\n", timeout=360)[0].decode().splitlines()
    assert answers == [f"{os.SCHED_IDLE} {max(os.nice(0), processes.NICENESS)}"] * 3


HAS_A_THREAD = """
import threading
threading.Thread(target=input).start()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has SCHED_IDLE")
def test_threads_that_a_process_has_before_its_priority_is_lowered_have_the_lower_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where whoever starts it is held up in between."""
    started = subprocess.Popen

    def start(*args: Any, **options: Any) -> subprocess.Popen[bytes]:
        process = started(*args, **options)
        eventually(lambda: psutil.Process(process.pid).num_threads() == 2)
        return process

    monkeypatch.setattr(processes.subprocess, "Popen", start)
    process = yielding(HAS_A_THREAD)
    threads = [each.id for each in psutil.Process(process.pid).threads()]
    assert [os.sched_getscheduler(each) for each in threads] == [os.SCHED_IDLE] * 2
    least = max(os.nice(0), processes.NICENESS)
    assert [os.getpriority(os.PRIO_PROCESS, each) for each in threads] == [least] * 2
    process.communicate(b"\n")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has SCHED_IDLE")
def test_what_yields_leaves_the_core_to_others_and_still_gets_on(home: Path) -> None:
    """Also across sessions, where niceness alone does nothing on a system with autogroups."""
    core = min(os.sched_getaffinity(0))
    both = [
        processes.start(
            [sys.executable, "-S", "-c", "while True: pass"],
            output=subprocess.DEVNULL,
            niceness=processes.NICENESS if yields else 0,
            yields=yields,
        )
        for yields in (False, True)
    ]
    try:
        normal, low = (psutil.Process(each.pid) for each in both)
        for each in (normal, low):
            each.cpu_affinity([core])
        wait_for_seconds(normal, 1.0)
        before = used(normal), used(low)
        wait_for_seconds(normal, 2.0)
        assert used(low) - before[1] < 0.3 * (used(normal) - before[0])
        wait_for_seconds(low, before[1] + 0.01)
    finally:
        for process in both:
            process.kill()


def test_no_zombie_is_left_although_the_caller_never_waits(home: Path) -> None:
    process = processes.start([sys.executable, "-c", ""], output=Path(os.devnull))
    eventually(lambda: not psutil.pid_exists(process.pid))


def test_a_process_starts_although_its_log_cannot_be_written(home: Path, tmp_path: Path) -> None:
    process = processes.start(
        [sys.executable, "-c", "print('lost')"], output=tmp_path / "missing" / "log"
    )
    assert process.wait() == 0
    assert list(tmp_path.iterdir()) == [home]


def test_a_process_without_a_thread_that_waits_for_it_is_not_started(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    before = psutil.Process().children()  # of earlier tests; each may end meanwhile
    monkeypatch.setattr(threading.Thread, "start", exhausted)
    with pytest.raises(OSError, match="can't start new thread"):
        processes.start([sys.executable, "-c", "input()"], output=Path(os.devnull))
    assert set(psutil.Process().children()) <= set(before)
