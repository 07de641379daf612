from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from augment.system import processes

ABOUT = """
import os, sys
print(os.environ["AUGMENT_HOME"], os.environ["EXTRA"], os.getsid(0) == os.getpid(), flush=True)
sys.stderr.write("an error\\n")
sys.stdin.read()
"""


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
        assert psutil.Process(process.pid).nice() == min(os.nice(0) + processes.NICENESS, 19)


def test_no_zombie_is_left_although_the_caller_never_waits(home: Path) -> None:
    process = processes.start([sys.executable, "-c", ""], output=Path(os.devnull))
    (waiting,) = (one for one in threading.enumerate() if one.name == f"wait for {process.pid}")
    waiting.join(60)
    assert not psutil.pid_exists(process.pid)


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

    before = psutil.Process().children()
    monkeypatch.setattr(threading.Thread, "start", exhausted)
    with pytest.raises(OSError, match="can't start new thread"):
        processes.start([sys.executable, "-c", "input()"], output=Path(os.devnull))
    assert psutil.Process().children() == before
