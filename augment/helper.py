"""The one helper process of the web server, for whatever needs TensorFlow now and then.

TensorFlow takes 0.7 GB and seconds to load, too much for the web server. `HELPER` starts the process,
``python -m augment.helper``, with the first request, has it serve one request after the other, and ends
it after two minutes without one. A task that takes minutes steps aside for others (`TASKS`), so that a
picture waits at most for its place in line. The two hold the ends of a pair of sockets that nobody else
can connect to, and that the kernel closes when either side dies: so the process ends with the server even
where that is killed. Messages are pickled. Importing this module imports no TensorFlow.
"""

from __future__ import annotations

import importlib
import itertools
import os
import pickle
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn, TypeAlias, TypeVar, cast

from augment.errors import AugmentError
from augment.system import processes

T = TypeVar("T")

Steps: TypeAlias = Generator[None, None, T]
"""What a task is that steps aside: it yields where it may be interrupted, and returns its result."""

TASKS = {
    "keras_cv": "augment.kerascv.layers:render",
    "strength": "augment.keraslayers.layers:strength",
    "test_run": "augment.train.testing:test",
    "predict": "augment.predict.models:predict",
    "nearest": "augment.predict.nearest:nearest",
    "tta": "augment.predict.tta:run_tta",
    "export": "augment.model_export.formats:export",
}
"""What can be asked for, as "module:function".

The function is called in the helper process with ``report(stage)`` and the arguments of the request. It
raises `AugmentError` with the sentence to show; any other exception becomes a sentence too.

A function that takes long is a generator (`Steps`) that yields every second or so: there the requests
that wait are served first. `finish` runs one to its end where nobody waits.
"""

LONG = frozenset({"test_run", "tta", "export"})
"""Tasks that are begun one after the other, when no other request waits. Any other task is begun between
two steps of these; if it yields too, its next steps come after theirs."""

_NICENESS = 5
"""Less than that of trainings (`processes.NICENESS`): somebody waits for the answer."""
IDLE_S = 120.0
TIMEOUT_S = 90.0
TIMEOUTS_S = {
    "test_run": 3600.0,
    "strength": 600.0,
    "nearest": 3600.0,
    "tta": 6 * 3600.0,
    "export": 3600.0,
}
"""Of tasks that take longer: a test split of 6,149 pictures at 224 px takes DenseNet121 many minutes."""
MAX_WAITING = 40
"""How many requests may wait, and as many of the long ones: thirty people may ask at the same time."""
_EXIT_S = 5.0


class HelperError(AugmentError):
    """A request to the helper process has no result; one sentence says why."""


class Job(Future[T]):
    """A request to the helper process; any thread may look at it.

    Attributes:
        stage: What the process does for it: "starting" (the process itself, or loading packages), then
            what the task reports. Means nothing while other requests are ahead.
    """

    def __init__(self, helper: Helper, request: tuple[str, Any], timeout: float) -> None:
        super().__init__()
        self.stage = "starting"
        self._helper, self._request, self._timeout = helper, request, timeout
        self._submitted = time.monotonic()
        self._number = next(_numbers)
        self._begun_in: _Process | None = None
        self._seconds_left = timeout  # at work

    @property
    def seconds(self) -> float:
        """Seconds since the request was made."""
        return time.monotonic() - self._submitted

    @property
    def ahead(self) -> int:
        """How many of the requests in line are served before this one; 0 from its turn on.

        A long request that is under way is before the long ones alone.
        """
        helper = self._helper
        with helper._changed:
            if self in helper._line:
                return helper._line.index(self)
            if self not in helper._long or (self is helper._long[0] and self._begun_in):
                return 0
            return len(helper._line) + helper._long.index(self)

    def cancel(self) -> bool:
        """Leave the line; False for a request that has its turn, which goes on to its end."""
        with self._helper._changed:
            is_cancelled = super().cancel()
            if is_cancelled:
                self._helper._remove(self)
            return is_cancelled


class Helper:
    """The helper process, which is started when needed, and the line of requests before it.

    Args:
        idle: Seconds without a request after which the process is ended.
        tasks: See `TASKS`.
    """

    def __init__(self, *, idle: float = IDLE_S, tasks: Mapping[str, str] = TASKS) -> None:
        self._idle, self._tasks = idle, tasks
        self._changed = threading.Condition()  # guards the lines
        self._line: list[Job[Any]] = []
        self._long: list[Job[Any]] = []  # served when the line is empty, step by step
        self._has_thread = False
        self._process: _Process | None = None

    @property
    def pid(self) -> int | None:
        """The number of the process, or None while there is none."""
        process = self._process
        return process.popen.pid if process and process.is_alive else None

    def submit(self, task: str, *args: Any, timeout: float | None = None) -> Job[Any]:
        """Ask for a task, and return at once.

        Args:
            task: A name in the table of tasks.
            args: What its function is called with: plain data and arrays.
            timeout: Seconds to wait for the turn at most, and again at work; None for that of the task.
                A process that has no result by then is ended.

        Raises:
            HelperError: Too many requests are waiting, or a thread cannot be started.
        """
        timeout = TIMEOUTS_S.get(task, TIMEOUT_S) if timeout is None else timeout
        job: Job[Any] = Job(self, (self._tasks[task], args), timeout)
        with self._changed:
            line = self._long if task in LONG else self._line
            if len(line) > MAX_WAITING:
                raise HelperError(
                    f"{MAX_WAITING} requests are waiting for the helper process already; try again "
                    "in a moment."
                )
            try:
                if not self._has_thread:
                    threading.Thread(target=self._serve, name="helper", daemon=True).start()
                    self._has_thread = True
                timer = _after(timeout, self._give_up, job)
            except RuntimeError as error:
                raise HelperError(
                    f"The thread of the helper process cannot be started ({error})."
                ) from error
            job.add_done_callback(lambda _: timer.cancel())
            line.append(job)
            self._changed.notify()
        return job

    def close(self) -> None:
        """End the process; the requests that it has begun fail, and the next one starts it again."""
        process = self._process  # the thread of the line may set it to None meanwhile
        if process:
            process.end()

    def _give_up(self, job: Job[Any]) -> None:
        with self._changed:
            if not job.running() and self._remove(job):
                waited = f"The helper process was busy with other requests for {job._timeout:g} s"
                job.set_exception(HelperError(f"{waited}; try again in a moment."))

    def _remove(self, job: Job[Any]) -> bool:
        """Take a request out of its line; False if it is in none. The caller holds the lock."""
        for line in (self._line, self._long):
            if job in line:
                line.remove(job)
                return True
        return False

    def _serve(self) -> None:
        while job := self._next():
            try:
                kind, value = self._turn(job)
                if kind == "step":
                    self._step_aside(job)
                    continue
                settle = partial(job.set_result, value)
            except HelperError as error:
                settle = partial(job.set_exception, error)
            except Exception as error:  # noqa: BLE001 - whoever waits gets a sentence
                self.close()  # half of a message may be on its way, and no other can follow it
                reason = HelperError(f"The helper process gave no result ({one_line(error)}).")
                settle = partial(job.set_exception, reason)
            with self._changed:
                self._remove(job)
            settle()

    def _turn(self, job: Job[Any]) -> tuple[str, Any]:
        """Have the process begin a request, or go on with it; return what `_Process.turn` does."""
        is_alive = self._process is not None and self._process.is_alive
        if job._begun_in and not (is_alive and job._begun_in is self._process):
            raise HelperError(
                "The helper process ended while this was under way and another request was served; "
                "start it again."
            )
        if not self._process or not is_alive:
            self.close()  # removes what a process that was killed has left behind
            self._process = _Process()
        return self._process.turn(job)

    def _step_aside(self, job: Job[Any]) -> None:
        with self._changed:
            if job in self._line:
                self._line.remove(job)
                self._long.append(job)

    def _next(self) -> Job[Any] | None:
        """Wait for the next request; where none comes, end the process and return None."""
        with self._changed:
            if self._changed.wait_for(lambda: self._line or self._long, self._idle):
                job = (self._line or self._long)[0]
                if not job.running():
                    job.set_running_or_notify_cancel()
                return job
            self.close()
            self._process, self._has_thread = None, False
            return None


class _Process:
    """The process, as the server sees it.

    What it prints goes to a log in a folder of its own, which is its folder for temporary files too:
    TensorFlow leaves some behind when it is killed.
    """

    def __init__(self) -> None:
        self._aside: set[int] = set()  # the numbers of requests that have stepped aside
        folder = self._folder = Path(
            tempfile.mkdtemp(prefix="augment-helper-")
        )  # for this user alone
        try:
            self._channel, theirs = Pipe()
            with theirs:
                self.popen = processes.start(
                    [sys.executable, "-m", "augment.helper", str(folder), str(theirs.fileno())],
                    output=folder / "log",
                    pass_fds=[theirs.fileno()],
                    extra={
                        "TMPDIR": str(folder),
                        "CUDA_VISIBLE_DEVICES": "-1",
                        "KERAS_BACKEND": "tensorflow",
                        "TF_CPP_MIN_LOG_LEVEL": "2",
                    },
                    niceness=_NICENESS,
                )
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise HelperError(f"The helper process cannot be started ({error}).") from error

    @property
    def is_alive(self) -> bool:
        return self.popen.poll() is None

    def end(self) -> None:
        self.popen.kill()
        self.popen.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def turn(self, job: Job[Any]) -> tuple[str, Any]:
        """Begin a request, or go on with it where it stepped aside.

        Returns:
            "result" with the result, or "step" and None where it steps aside again.

        Raises:
            HelperError: It has failed.
        """
        began = time.monotonic()
        deadline = began + job._seconds_left
        # Nothing else stops a task, and a process that hangs reads nothing either.
        timer = _after(job._seconds_left, self.popen.kill)
        try:
            self._channel.send((job._number, None if job._begun_in else job._request))
            job._begun_in = self
            self._aside.discard(job._number)
            kind, value = self._channel.recv()
            while kind == "stage":
                job.stage = value
                kind, value = self._channel.recv()
        except (EOFError, OSError):
            kind, value = "ended", None
        finally:
            timer.cancel()
            timer.join()  # it may just be killing
            job._seconds_left -= time.monotonic() - began
            is_late = time.monotonic() >= deadline
            if is_late:
                self.end()
        if kind == "result":
            return kind, value
        if kind == "step" and not is_late:
            self._aside.add(job._number)
            return kind, None
        if kind in ("ended", "step"):
            sentence = (
                f"had no result after {job._timeout:g} s and was ended"
                if is_late
                else f"ended before it had a result ({self._how_it_ended()})"
            )
            raise HelperError(f"The helper process {sentence}; the next request starts it again.")
        if kind == "broken" and not self._aside:
            self.end()  # the next request may find the packages installed
        raise HelperError(value)

    def _how_it_ended(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self.popen.wait(_EXIT_S)
        self.popen.kill()
        code = self.popen.wait()
        if code < 0:
            return signal.Signals(-code).name
        # An error of Python's is the last thing that its process prints.
        lines = (self._folder / "log").read_text("utf-8", "replace").splitlines()
        return f"exit code {code}" + (f": {lines[-1].strip()[:200]}" if lines else "")


def _after(seconds: float, call: Callable[..., object], *args: Any) -> threading.Timer:
    timer = threading.Timer(seconds, call, args)
    timer.daemon = True
    timer.start()
    return timer


def finish(steps: Steps[T]) -> T:
    """Return the result of a task that steps aside, run to its end in this process."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return cast(T, end.value)


def by_stages(report: Callable[[str], None]) -> Callable[[int, int, str], None]:
    """Return what reports progress (how many are done, of how many, and of what) as stages of a task."""

    def progress(done: int, total: int, what: str) -> None:
        report(f"{what}: {done:,} of {total:,}" if total else what)

    return progress


def one_line(error: Exception) -> str:
    """Return an error in one line; where TensorFlow wraps another in a long text, that other."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    wrapped = [line for line in lines if re.match(r"\w+(Error|Exception): ", line)]
    own = f"{type(error).__name__}: {lines[0] if lines else 'no message'}"
    return (wrapped[-1] if wrapped else own)[:200].rstrip(".")


def main() -> NoReturn:
    """Serve requests until the server is gone: ``python -m augment.helper FOLDER SOCKET``."""
    folder = Path(sys.argv[1])
    channel: Connection[Any, Any] = Connection(int(sys.argv[2]))
    requests = queue.SimpleQueue[bytes]()

    def listen() -> NoReturn:
        """Take requests in, and end with the server, also while a task is at work."""
        try:
            while True:
                requests.put(channel.recv_bytes())
        finally:
            # Renamed first, as the task at work may just be writing files into it.
            gone = folder.with_name(f"{folder.name}-gone")
            with suppress(OSError):
                folder.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)
            os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    aside: dict[int, Steps[Any]] = {}
    while True:
        number, request = pickle.loads(requests.get())
        kind, value = _answer(
            request or aside.pop(number), lambda stage: channel.send(("stage", stage))
        )
        if kind == "step":
            aside[number], value = value, None
        with suppress(OSError):  # the server is gone
            channel.send((kind, value))


def _answer(
    request: tuple[str, Any] | Steps[Any], report: Callable[[str], None]
) -> tuple[str, Any]:
    """Begin a request, or go on with the steps of one; return what the server gets, or its steps."""
    if isinstance(request, tuple):
        task, args = request
        module, _, name = task.partition(":")
        try:
            function = getattr(importlib.import_module(module), name)
        except Exception as error:  # noqa: BLE001 - a broken installation fails in any way
            traceback.print_exception(error)
            return "broken", (
                "A package that this needs cannot be loaded in this Python environment "
                f"({one_line(error)})."
            )
    try:
        result = function(report, *args) if isinstance(request, tuple) else request
        if isinstance(result, Generator):
            try:
                next(result)
            except StopIteration as end:
                return "result", end.value
            return "step", result
        return "result", result
    except AugmentError as error:
        return "error", str(error)
    except Exception as error:  # noqa: BLE001 - a task that fails must not end the process
        traceback.print_exception(error)
        return "error", f"The helper process could not do this ({one_line(error)})."


_numbers = itertools.count()
HELPER = Helper()

if __name__ == "__main__":
    main()
