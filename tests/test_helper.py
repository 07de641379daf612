"""One helper process for all threads: started, shared, ended and started again."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest

from augment.helper import MAX_WAITING, TIMEOUTS_S, Helper, HelperError, Job, Steps, finish
from augment.kerascv import MAX_BYTES
from tests.conftest import ROOT
from tests.helper_tasks import IMAGES, TASKS
from tests.runs.conftest import eventually

LONG = 180.0

SERVER = """
import sys, threading
from augment.helper import Helper
from tests.helper_tasks import TASKS
helper = Helper(tasks=TASKS)
helper.submit("echo").result()
print(helper.pid, flush=True)
job = helper.submit(sys.argv[1])
while job.stage != "working":
    threading.Event().wait(0.01)
print(job.stage, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for temporary files, in which nothing is left in the end."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    eventually(lambda: not list(folder.iterdir()), what="something is left behind")


@pytest.fixture
def helper(scratch: Path, home: Path) -> Iterator[Helper]:
    made = Helper(tasks=TASKS)
    yield made
    made.close()
    assert made.pid is None


@pytest.fixture(scope="module")
def lasting() -> Iterator[Helper]:
    """A helper whose process no test ends, so that it is started once."""
    made = Helper(tasks=TASKS)
    yield made
    made.close()


@pytest.fixture
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request whose time is short gets its turn, however late this machine wakes the thread."""
    monkeypatch.setattr(Helper, "_give_up", lambda *_: None)


def at_work(helper: Helper) -> Job[None]:
    """A request that never ends, in its turn."""
    job = helper.submit("hang", timeout=LONG)
    eventually(lambda: job.stage == "working", LONG)
    return job


def test_arguments_and_results_are_plain_data_and_arrays(helper: Helper) -> None:
    flipped = np.asfortranarray(IMAGES)[:, ::-1]
    large = np.resize(IMAGES, MAX_BYTES)
    sent = {"seed": 7}
    got, *arrays = helper.submit("echo", sent, flipped, large, timeout=LONG).result()
    assert got == sent
    for array, same in zip(arrays, (flipped, large), strict=True):
        assert array.dtype == same.dtype
        np.testing.assert_array_equal(array, same)


def test_one_process_serves_all_threads(helper: Helper) -> None:
    def ask(number: int) -> int | None:
        assert helper.submit("echo", number, timeout=LONG).result() == (number,)
        return helper.pid

    with ThreadPoolExecutor(MAX_WAITING) as threads:
        [pid] = set(threads.map(ask, range(3 * MAX_WAITING)))
    assert pid is not None


def test_the_process_is_of_low_priority_and_has_a_folder_of_its_own(
    helper: Helper, scratch: Path
) -> None:
    helper.submit("echo").result(LONG)
    process = psutil.Process(helper.pid)
    assert process.nice() == max(os.nice(0), 5)
    assert process.cmdline()[:3] == [sys.executable, "-m", "augment.helper"]
    [folder] = scratch.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert process.environ()["TMPDIR"] == str(folder)
    assert process.environ()["CUDA_VISIBLE_DEVICES"] == "-1"
    assert {path.name for path in folder.iterdir()} == {"log", "temporary"}


@pytest.mark.parametrize(
    ("task", "sentence"),
    [
        ("die", r"ended before it had a result \(SIGKILL\); the next request starts it again\."),
        ("leave", r"ended before it had a result \(exit code 3\)"),
        ("crash", r"ended before it had a result \(exit code 1: TypeError: cannot pickle .*lock"),
        ("fail", r"could not do this \(ValueError: Dimensions must be equal\)"),
        ("refuse", r"^The pictures are upside down\.$"),
        ("missing", r"cannot be loaded .*\(ModuleNotFoundError: No module named 'tests.no_such"),
    ],
)
def test_a_failure_is_one_sentence_and_the_next_request_works(
    helper: Helper, task: str, sentence: str
) -> None:
    helper.submit("echo").result(LONG)
    first = helper.pid
    with pytest.raises(HelperError, match=sentence) as raised:
        helper.submit(task).result(LONG)
    assert str(raised.value).endswith(".")
    assert "\n" not in str(raised.value)
    helper.submit("echo").result(LONG)
    assert (helper.pid == first) == (task in ("fail", "refuse"))


def test_an_argument_that_cannot_be_sent_is_one_sentence_too(helper: Helper) -> None:
    with pytest.raises(HelperError, match=r"gave no result \(TypeError: cannot pickle"):
        helper.submit("echo", threading.Lock()).result(LONG)
    helper.submit("echo").result(LONG)


@pytest.mark.parametrize(("task", "timeout"), [("hang", 0.2), ("stop", None)])
def test_what_takes_too_long_is_ended(
    helper: Helper,
    task: str,
    timeout: float | None,
    monkeypatch: pytest.MonkeyPatch,
    no_wait: None,
) -> None:
    """Longer than the request allows, or without that, than its task does."""
    monkeypatch.setitem(TIMEOUTS_S, "stop", 0.2)
    helper.submit("echo").result(LONG)
    first = helper.pid
    with pytest.raises(HelperError, match=r"no result after 0\.2 s and was ended"):
        helper.submit(task, timeout=timeout).result(LONG)
    assert helper.pid is None
    helper.submit("echo").result(LONG)
    assert helper.pid not in (None, first)


def test_a_process_killed_at_work_is_noticed_at_once(helper: Helper) -> None:
    job = at_work(helper)
    assert helper.pid is not None
    os.kill(helper.pid, signal.SIGKILL)
    with pytest.raises(HelperError, match="SIGKILL"):
        job.result(LONG / 2)
    helper.submit("echo").result(LONG)


def test_a_process_killed_between_requests_costs_nobody_a_result(helper: Helper) -> None:
    helper.submit("echo").result(LONG)
    assert helper.pid is not None
    os.kill(helper.pid, signal.SIGKILL)
    eventually(lambda: helper.pid is None)
    helper.submit("echo").result(LONG)


def test_it_ends_when_idle_with_its_thread_and_starts_again(scratch: Path, home: Path) -> None:
    helper, before = Helper(idle=0.1, tasks=TASKS), set(threading.enumerate())
    for _ in range(2):
        pid = helper.submit("pid").result(LONG)
        eventually(lambda: not psutil.pid_exists(pid), LONG)  # noqa: B023 - called at once
        eventually(lambda: not list(scratch.iterdir()), LONG)
        eventually(lambda: set(threading.enumerate()) <= before, LONG)


def test_a_request_that_comes_as_it_goes_idle_is_served(scratch: Path, home: Path) -> None:
    helper = Helper(idle=0.0, tasks=TASKS)
    for number in range(3):
        assert helper.submit("echo", number, timeout=LONG).result() == (number,)


@pytest.mark.parametrize("busy_with", ["echo", "hang", "litter"])
def test_it_ends_with_a_server_that_is_killed(scratch: Path, home: Path, busy_with: str) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, busy_with],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with server:
        assert server.stdout
        pid = int(server.stdout.readline())
        assert server.stdout.readline() == "working\n"
        assert psutil.pid_exists(pid)
        assert len(list(scratch.iterdir())) == 1
        server.kill()
    eventually(lambda: not psutil.pid_exists(pid))


def test_a_process_that_cannot_be_started_is_one_sentence(
    helper: Helper, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/nothing")
        with pytest.raises(HelperError, match=r"cannot be started .*No such file"):
            helper.submit("echo").result(LONG)
    helper.submit("echo").result(LONG)


def test_without_free_descriptors_is_one_sentence_too_and_leaves_no_folder(
    helper: Helper, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted() -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patch:
        patch.setattr("augment.helper.Pipe", exhausted)
        with pytest.raises(HelperError, match=r"cannot be started .*Too many open files"):
            helper.submit("echo").result(LONG)
    assert list(scratch.iterdir()) == []
    helper.submit("echo").result(LONG)


@pytest.mark.parametrize("kind", [threading.Thread, threading.Timer])
def test_without_a_free_thread_is_one_sentence_too_and_leaves_no_timer(
    helper: Helper, monkeypatch: pytest.MonkeyPatch, kind: type[threading.Thread]
) -> None:
    real, before = threading.Thread.start, set(threading.enumerate())

    def start(thread: threading.Thread) -> None:
        if type(thread) is kind:
            raise RuntimeError("can't start new thread")
        real(thread)

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        with pytest.raises(HelperError, match=r"cannot be started \(can't start new thread\)\.$"):
            helper.submit("echo")
    started = set(threading.enumerate()) - before
    assert not [thread for thread in started if isinstance(thread, threading.Timer)]
    helper.submit("echo").result(LONG)


def test_it_can_be_closed_as_its_thread_ends_it(helper: Helper) -> None:
    """Between two reads of the process by `Helper.close`, the thread sets it to None."""
    helper.submit("echo").result(LONG)
    seen = [helper._process]

    class EndedMeanwhile(Helper):
        _process = property(  # type: ignore[assignment]
            lambda _: seen.pop() if seen else None, lambda *_: None
        )

    EndedMeanwhile(tasks=TASKS).close()
    assert helper.pid is None


def test_a_job_has_its_stage_and_place_until_it_is_done(helper: Helper) -> None:
    slow = helper.submit("hang", timeout=LONG)
    assert (slow.ahead, slow.stage) in ((0, "starting"), (0, "working"))
    next_one = helper.submit("echo", timeout=LONG)
    assert (next_one.ahead, next_one.stage) == (1, "starting")
    eventually(lambda: slow.stage == "working")
    assert not slow.done()
    assert not next_one.done()
    helper.close()
    with pytest.raises(HelperError, match="SIGKILL"):
        slow.result()
    next_one.result()
    assert (next_one.done(), next_one.ahead, next_one.stage) == (True, 0, "working")
    assert 0 < next_one.seconds < LONG


def test_requests_are_served_in_the_order_in_which_they_came(helper: Helper) -> None:
    at_work(helper)
    served: list[int] = []
    waiting = [helper.submit("echo", number, timeout=LONG) for number in range(MAX_WAITING)]
    for job in reversed(waiting):
        job.add_done_callback(lambda done: served.extend(done.result()))
    assert [job.ahead for job in waiting] == list(range(1, MAX_WAITING + 1))
    helper.close()
    waiting[-1].result()
    eventually(lambda: served == list(range(MAX_WAITING)))


def test_what_is_cancelled_makes_room_and_is_never_served(helper: Helper) -> None:
    at_work(helper)
    waiting = [helper.submit("echo", timeout=LONG) for _ in range(MAX_WAITING)]
    with pytest.raises(HelperError, match=f"{MAX_WAITING} requests are waiting"):
        helper.submit("echo")
    assert waiting[0].cancel()
    assert waiting[0].cancel()
    assert [job.ahead for job in waiting[1:]] == list(range(1, MAX_WAITING))
    late = helper.submit("echo", timeout=LONG)
    with pytest.raises(CancelledError):
        waiting[0].result()
    for job in waiting[1:]:
        job.cancel()
    assert late.ahead == 1
    helper.close()
    late.result()


def test_a_request_at_work_cannot_be_cancelled_and_the_next_waits_for_it(helper: Helper) -> None:
    slow = at_work(helper)
    assert not slow.cancel()
    assert not slow.done()
    next_one = helper.submit("echo", timeout=LONG)
    assert next_one.ahead == 1
    helper.close()
    next_one.result()


@pytest.fixture
def stop(tmp_path: Path) -> Path:
    """A file that ends the long request once it is there."""
    return tmp_path / "stop"


def under_way(helper: Helper, stop: Path, **timeout: float) -> Job[int]:
    """A request that steps aside until there is a file."""
    job = helper.submit("test_run", str(stop), **timeout)
    eventually(lambda: job.stage == "working", LONG)
    return job


def test_thirty_people_are_served_while_a_long_request_is_under_way(
    lasting: Helper, stop: Path
) -> None:
    slow = under_way(lasting, stop)
    assert slow.ahead == 0

    def ask(number: int) -> bool:
        return lasting.submit("echo", number, timeout=LONG).result() == (number,)

    with ThreadPoolExecutor(30) as threads:
        assert all(threads.map(ask, range(30)))
    pid = lasting.submit("pid").result(LONG)
    assert not slow.done()
    stop.touch()
    assert slow.result(LONG) == pid


def test_a_second_long_request_waits_for_the_first_but_no_other_does(
    lasting: Helper, stop: Path
) -> None:
    first = under_way(lasting, stop)
    second = lasting.submit("test_run", str(stop), timeout=LONG)
    not_known_to_be_long = lasting.submit("aside", str(stop), timeout=LONG)
    jobs = (first, second, not_known_to_be_long)
    # It has its stage a moment before it steps aside.
    eventually(lambda: [job.ahead for job in jobs] == [0, 1, 2], LONG)
    assert not_known_to_be_long.stage == "working"
    assert (second.stage, second.running()) == ("starting", False)
    stop.touch()
    assert not_known_to_be_long.result(LONG) == second.result() == first.result()


def test_a_request_that_comes_meanwhile_is_the_next(helper: Helper, stop: Path) -> None:
    at_work(helper)
    slow = helper.submit("test_run", str(stop), timeout=LONG)
    assert slow.ahead == 1
    quick = helper.submit("echo", timeout=LONG)
    assert (quick.ahead, slow.ahead) == (1, 2)
    stop.touch()
    helper.close()
    slow.result(LONG)
    assert quick.done()


def test_a_long_request_whose_process_is_crashed_by_another_says_so(
    helper: Helper, stop: Path
) -> None:
    slow = under_way(helper, stop)
    with pytest.raises(HelperError, match="SIGKILL"):
        helper.submit("die").result(LONG)
    with pytest.raises(HelperError, match=r"ended while this was under way .* start it again\.$"):
        slow.result(LONG)
    helper.submit("echo").result(LONG)


def test_a_package_that_is_missing_costs_a_long_request_nothing(
    lasting: Helper, stop: Path
) -> None:
    slow = under_way(lasting, stop)
    with pytest.raises(HelperError, match="cannot be loaded"):
        lasting.submit("missing").result(LONG)
    stop.touch()
    slow.result(LONG)


def test_a_process_killed_while_three_wait_costs_only_the_one_at_work(helper: Helper) -> None:
    slow = at_work(helper)
    waiting = [helper.submit("echo", number, timeout=LONG) for number in range(3)]
    assert helper.pid is not None
    os.kill(helper.pid, signal.SIGKILL)
    assert isinstance(slow.exception(LONG), HelperError)
    assert [job.result(LONG) for job in waiting] == [(0,), (1,), (2,)]


def test_a_later_step_fails_as_the_first_does(lasting: Helper) -> None:
    with pytest.raises(HelperError, match=r"^The second step cannot be done\.$"):
        lasting.submit("break_off").result(LONG)
    lasting.submit("echo").result(LONG)


def test_the_time_of_a_long_request_is_that_of_its_steps(
    helper: Helper, stop: Path, no_wait: None
) -> None:
    helper.submit("echo").result(LONG)
    with pytest.raises(HelperError, match=r"no result after 0\.5 s and was ended"):
        helper.submit("test_run", str(stop), timeout=0.5).result(LONG)
    helper.submit("echo").result(LONG)


def test_a_step_that_ends_with_the_time_of_its_request_says_that_the_time_is_up(
    helper: Helper, stop: Path, monkeypatch: pytest.MonkeyPatch, no_wait: None
) -> None:
    helper.submit("echo").result(LONG)
    with monkeypatch.context() as patched:
        # The process is ended just when the step is done.
        patched.setattr(threading.Timer, "cancel", lambda timer: None)
        with pytest.raises(HelperError, match=r"no result after 0\.5 s and was ended"):
            helper.submit("test_run", str(stop), timeout=0.5).result(LONG)
    helper.submit("echo").result(LONG)


def test_finish_runs_a_task_to_its_end() -> None:
    def steps() -> Steps[str]:
        yield
        yield
        return "the result"

    assert finish(steps()) == "the result"


def test_a_request_that_has_waited_too_long_for_its_turn_makes_room(helper: Helper) -> None:
    at_work(helper)
    impatient = helper.submit("echo", timeout=0.01)
    patient = helper.submit("echo", timeout=LONG)
    with pytest.raises(HelperError, match=r"busy with other requests for 0\.01 s"):
        impatient.result(LONG)
    assert patient.ahead == 1
    helper.close()
    patient.result()
