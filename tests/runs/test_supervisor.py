"""The log, the reason of a failure, one trainer for several runs, and how a process tree is ended."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from augment import runs
from augment.runs import folders
from augment.runs.folders import RunFolder
from augment.runs.supervisor import LogPump, failure_reason
from augment.system import processes as system_processes
from augment.system.oom import KernelKills
from tests.runs.conftest import DEADLINE_S, config, eventually, kill, processes, state
from tests.runs.stand_in import set_pace

PRINTED = b"""WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795412695.247405   14684 port.cc:153] oneDNN custom operations are on.
E0000 00:00:1795412699.920615   14684 cuda_platform.cc:52] failed call to cuInit: INTERNAL: 303
E0000 00:00:1795412699.920615   14684 other.cc:52] out of memory
Important: I stay
epoch 1 of 2
no newline at the end"""


def test_complete_lines_arrive_and_noise_does_not(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    target = tmp_path / "run.log"
    target.write_text("before\n")
    with os.fdopen(reader, "rb") as source:
        pump = LogPump(source, target)
        for start in range(0, len(PRINTED), 37):
            os.write(writer, PRINTED[start : start + 37])
            assert pump.move(1)
        assert pump.move(0), "a pipe that is open but empty was taken for its end"
        os.close(writer)
        pump.drain()
        assert not pump.move(0)
    assert target.read_text().splitlines() == [
        "before",
        "E0000 00:00:1795412699.920615   14684 other.cc:52] out of memory",
        "Important: I stay",
        "epoch 1 of 2",
        "no newline at the end",
    ]


def test_a_log_is_continued_in_another_file_with_what_comes_from_then_on(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    first, second = tmp_path / "1.log", tmp_path / "2.log"
    with os.fdopen(reader, "rb") as source:
        pump = LogPump(source, first)
        os.write(writer, b"one\nno end of line")
        pump.turn_to(second)
        os.write(writer, b"two\n")
        pump.drain()
        os.close(writer)
    assert first.read_text() == "one\nno end of line\n"
    assert second.read_text() == "two\n"


def test_a_log_that_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as source:
        pump = LogPump(source, tmp_path / "no such folder" / "run.log")
        os.write(writer, b"one\ntwo\n")
        assert pump.move(1)
        os.close(writer)
        assert not pump.move(1)


TRACEBACK = """2026-11-23 06:52:13,499 the training failed
Traceback (most recent call last):
  File "fit.py", line 40, in train
    network.fit(batches)
tensorflow.python.framework.errors_impl.ResourceExhaustedError: OOM when allocating 3 GB
\t [[{{node gradient_tape/densenet121}}]]
"""


@pytest.mark.parametrize(
    ("log", "code", "kernel_kills", "expected"),
    [
        (TRACEBACK, 1, True, "ResourceExhaustedError: OOM when allocating 3 GB"),
        (
            "ValueError: old\nerror: The loss is nan at step 3.\n",
            2,
            None,
            "The loss is nan at step 3.",
        ),
        ("loading Keras\nIllegal\n\n", 132, None, "The trainer ended with code 132: Illegal"),
        ("", 1, None, "The trainer ended with code 1: it printed nothing"),
        ("error: old\nattempt 2\nloading\n", 1, None, "The trainer ended with code 1: loading"),
        ("attempt 2\nerror: old\nattempt 3\nerror: new\n", 1, None, "new"),
        (
            TRACEBACK,
            -9,
            None,
            "The trainer was ended by SIGKILL; the machine may have run out of memory.",
        ),
        (
            TRACEBACK,
            -9,
            False,
            "The trainer was ended by SIGKILL: somebody or something killed it, and not the kernel for"
            " want of memory.",
        ),
        (
            "",
            -9,
            True,
            "The kernel ended the trainer because the machine ran out of memory; try a smaller batch size"
            " or picture size.",
        ),
        ("", -11, True, "The trainer was ended by SIGSEGV."),
    ],
)
def test_failure_reason(
    tmp_path: Path, log: str, code: int, kernel_kills: bool | None, expected: str
) -> None:
    folder = RunFolder(tmp_path)
    if log:
        folder.log.write_text(log)
    assert failure_reason(folder, code, kernel_kills=kernel_kills) == expected


def supervise(run_id: str, *options: str, before: str = "") -> subprocess.Popen[bytes]:
    """Start the supervisor of a run, as a scheduler does; ``before`` is run by the shell first."""
    words = system_processes.command("supervise", run_id, *options)
    return subprocess.Popen(
        ["sh", "-c", f'{before}exec "$@"', "sh", *words], env=system_processes.environment()
    )


def ordered(*configs: runs.RunConfig) -> list[RunFolder]:
    """Queue runs without a scheduler."""
    return [folders.create(f"run-{number}", each) for number, each in enumerate(configs)]


def written(folder: RunFolder) -> dict[str, object]:
    return dict(json.loads(folder.state.read_text()))


def test_runs_that_share_a_graph_follow_in_one_trainer_until_another_or_a_cancelled_one_comes(
    standing_in: Path,
) -> None:
    found = ordered(config(), config(seed=4), config(seed=5), config(seed=6), config(batch_size=8))
    first, second, cancelled, third, other = found
    cancelled.cancel.touch()
    assert supervise(first.id, "--slot", "cpu").wait(DEADLINE_S) == 0
    trainers = []
    for folder in (first, second, third):
        entries = written(folder)
        assert (entries["state"], entries["exit_code"], entries["slot"]) == ("SUCCEEDED", 0, "cpu")
        [line] = [line for line in folder.log.read_text().splitlines() if "trains" in line]
        assert line.endswith(f" trains {folder.id}"), "a line of another run"
        trainers.append(line.split()[1])
        assert not folder.resume_from.exists()
    assert len(set(trainers)) == 1
    assert state(cancelled.id) == "CANCELLED"
    assert not other.state.exists()
    assert not other.log.exists()
    assert processes(standing_in, "train") == []


def test_without_a_slot_a_supervisor_trains_its_run_alone(standing_in: Path) -> None:
    first, second = ordered(config(), config(seed=4))
    assert supervise(first.id).wait(DEADLINE_S) == 0
    assert written(first)["state"] == "SUCCEEDED"
    assert not second.state.exists()


def test_a_trainer_that_waits_for_its_next_run_dies_with_its_supervisor(standing_in: Path) -> None:
    first, second = ordered(config(epochs=50), config(epochs=50, seed=4))
    set_pace(first, 0.5)
    supervisor = supervise(first.id, "--slot", "cpu")
    eventually(lambda: processes(standing_in, "train") and first.steps.exists())
    supervisor.send_signal(signal.SIGSTOP)
    set_pace(first, 0)
    eventually(first.evaluation.exists)
    [trainer] = processes(standing_in, "train")
    supervisor.kill()
    supervisor.wait()
    assert psutil.wait_procs([trainer], timeout=DEADLINE_S)[1] == []
    assert state(first.id) == "LOST"
    assert not second.state.exists()


def test_a_run_that_dies_takes_no_other_with_it(standing_in: Path) -> None:
    first, second, third = ordered(
        config(epochs=20), config(epochs=20, seed=4), config(epochs=20, seed=5)
    )
    set_pace(second, 1)
    supervisor = supervise(first.id, "--slot", "cpu")
    eventually(lambda: second.steps.exists())
    kill(standing_in, "train")
    assert supervisor.wait(DEADLINE_S) == 137
    assert written(first)["state"] == "SUCCEEDED"
    assert written(second)["state"] == "FAILED"
    assert not third.state.exists()


STUBBORN = """
import sys
if "supervise" in sys.orig_argv:
    import time
    from types import SimpleNamespace
    from augment.runs import folders, supervisor
    run = sys.orig_argv[sys.orig_argv.index("supervise") + 1]
    ended = folders.find(run).path / "ended in time"

    def monotonic():
        "The time to end is over when the process has ended that does; it has next to no processor time."
        return time.monotonic() + 1000 * ended.exists()

    supervisor.time, supervisor._GRACE_S = SimpleNamespace(monotonic=monotonic, sleep=time.sleep), 500
if "train" in sys.orig_argv:
    import os, signal, subprocess, time
    from pathlib import Path
    from augment.runs import folders, supervisor
    folder = folders.find(sys.orig_argv[-1])
    supervisor.end_with_supervisor()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sleeps = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    ignores = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    ends = "import os, signal, sys; from pathlib import Path; signal.signal(signal.SIGTERM, "
    ends += "lambda *_: (Path(sys.argv[1]).touch(), os._exit(0))); "
    pids = []
    for code in (ends + sleeps, ignores + sleeps):
        # By a shell that ends, so that the process has no parent here.
        words = ["sh", "-c", 'setsid "$@" &', "sh", sys.executable, "-S", "-c", code]
        words.append(str(folder.path / "ended in time"))
        with subprocess.Popen(words, stdout=subprocess.PIPE) as shell:
            pids.append(shell.stdout.readline().decode())
    (folder.path / "pids").write_text("".join([*pids, str(os.getpid()), "\\n"]))
    time.sleep(600)
"""


Stubborn = tuple[RunFolder, subprocess.Popen[bytes], list[psutil.Process]]


@pytest.fixture
def stubborn(live: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stubborn:
    """A run with its supervisor, its trainer, and two processes in sessions of their own."""
    (tmp_path / "sitecustomize.py").write_text(STUBBORN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    [folder] = ordered(config())
    supervisor = supervise(folder.id, "--slot", "cpu")
    pids = folder.path / "pids"
    eventually(lambda: pids.exists() and pids.read_text().endswith("\n"))
    tree = [psutil.Process(int(line)) for line in pids.read_text().split()]
    assert len({os.getsid(each.pid) for each in tree}) == 3
    return folder, supervisor, tree


def test_a_cancel_ends_what_ignores_sigterm_in_a_session_of_its_own(stubborn: Stubborn) -> None:
    folder, supervisor, tree = stubborn
    folder.cancel.touch()
    assert supervisor.wait(DEADLINE_S) == 137
    assert psutil.wait_procs(tree, timeout=1)[1] == []
    assert written(folder)["state"] == "CANCELLED"
    assert (folder.path / "ended in time").exists(), "a process that would have ended was killed"


def test_a_killed_supervisor_takes_what_has_a_session_of_its_own_along(stubborn: Stubborn) -> None:
    folder, supervisor, tree = stubborn
    supervisor.kill()
    supervisor.wait()
    assert psutil.wait_procs(tree, timeout=DEADLINE_S)[1] == []
    assert state(folder.id) == "LOST"


@pytest.fixture
def memory_group() -> Iterator[Path]:
    """A group of processes that may have 300 MB together."""
    group = Path(f"/sys/fs/cgroup/memory/augment-test-{os.getpid()}")
    limit = "memory.limit_in_bytes"
    if not group.parent.is_dir():
        group, limit = Path("/sys/fs/cgroup", group.name), "memory.max"
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"no group with a limit of memory can be made here: {error}")
    try:
        (group / limit).write_text(str(300_000_000))
        yield group
    except OSError as error:
        pytest.skip(f"no limit of memory can be set here: {error}")
    finally:
        group.rmdir()


GREEDY = """
import sys
if "train" in sys.orig_argv:
    found = []
    while True:
        found.append(bytearray(b"x") * 50_000_000)
"""


def test_out_of_memory_is_said_where_the_kernel_says_so(
    live: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory_group: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(GREEDY)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    [folder] = ordered(config())
    before = KernelKills(os.getpid())
    assert before.rose() is False
    code = supervise(folder.id, before=f"echo $$ > {memory_group}/cgroup.procs; ").wait(DEADLINE_S)
    assert code == 137
    entries = written(folder)
    assert entries["state"] == "FAILED"
    assert re.fullmatch(
        r"The kernel ended the trainer .*smaller batch size or.*", str(entries["reason"])
    )
    assert before.rose() is True
