"""``supervise RUN``: one process that lives as long as a run, and records how it ended.

It holds the lock of the run, starts the trainer, writes the log, ends the whole process tree when the
cancel marker appears, and writes the final state. If it is killed itself, the kernel releases the lock,
so the run reads as LOST, and the trainer dies too, because its standard input ends.

With ``--slot``, as the scheduler starts it, it goes on with the next run of the queue where that can
have the network and the graph of this one, which take most of the time to the first step. All is the same
for that run, but that the trainer is there already: it is told the run on its standard input, and says on
a pipe of its own when a run has succeeded. After any other end both processes end, and what is left is
for the next ones.
"""

from __future__ import annotations

import ctypes
import os
import queue as queues
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, BinaryIO, Self, cast

import psutil

from augment.errors import RunError
from augment.runs import folders, liveness, slots
from augment.runs.config import RunConfig
from augment.runs.folders import RunFolder
from augment.runs.liveness import Hold
from augment.runs.run import CANCELLED, FAILED, RUNNING, SUCCEEDED, read
from augment.system import files, processes
from augment.system.oom import KernelKills

_SUPERVISED = "AUGMENT_LIFELINE"
"""Environment variable of a trainer whose standard input stays open as long as its supervisor lives."""

NO_ROOM = 75
"""Exit code where the disk is too full to start the run, which is still queued: EX_TEMPFAIL in C."""

_REPORT = "AUGMENT_REPORT"
"""Environment variable of a trainer that may get further runs: the descriptor of the pipe that it writes
``RUN CODE`` into when a run has ended."""

_POLL_S = 0.2
_GRACE_S = 5.0
"""How long a process that is asked to end has for it."""
_RESUMING_S = 5.0
"""For how long somebody who resumes the run may still hold its lock, on a slow disk."""
_PR_SET_CHILD_SUBREAPER = 36

# TensorFlow's own notes come before its log level takes effect, and at every start report twice which
# GPU libraries a machine without a GPU lacks. Other warnings and errors stay.
_NOISE = re.compile(
    rb"I\d{4} \d\d:\d\d:\d\d|E\d{4} \d\d:\d\d:.* cuda_platform\.cc:.* failed call to cuInit"
    rb"|WARNING: All log messages before absl::InitializeLog"
)
_OUT_OF_MEMORY = (
    "The kernel ended the trainer because the machine ran out of memory; try a smaller batch size or"
    " picture size."
)
_ASKED = (
    "Its supervisor was asked to end (SIGTERM), as a cluster does at a time limit, or when it takes a"
    " machine back; it can be resumed."
)
_ATTEMPT = re.compile(r"attempt \d+")
_MESSAGE = re.compile(r"error: (.+)")
_EXCEPTION = re.compile(r"(?:[A-Za-z_][\w.]*\.)?([A-Z]\w*(?:Error|Exception|Interrupt|Exit)): (.+)")


def main(run_id: str, slot: str = "") -> int:
    """Supervise the run ``run_id`` from start to end; return the exit code of its trainer.

    It is 1 where the trainer cannot be started; the run is FAILED then. It is `NO_ROOM` where the disk is
    full or read-only, and nothing was started.

    Args:
        run_id: The run.
        slot: The slot on whose devices it trains, and in which others follow that can share its process;
            the exit code is that of the last one that was started. Empty for this run alone.

    Raises:
        RunError: There is no such run, it has or had a supervisor, or its folder cannot be written.
    """
    folder, code = folders.find(run_id), NO_ROOM
    with _Trainer(slot) as trainer:
        try:
            following = _take(folder, timeout=_RESUMING_S)
            if following is None:
                raise RunError(
                    f"The run {run_id} has a supervisor already, or has been started before."
                )
            while following:
                folder, hold = following
                with closing(hold):
                    code, following = _supervise(folder, hold, trainer)
        except OSError as error:
            if files.has_no_room(error) and not files.exists(folder.state):
                sys.stderr.write(f"{folder.id} waits: {folders.cannot_write(error)}\n")
                return code
            raise folders.cannot_write(error) from error
    return code


def is_supervised() -> bool:
    """Return whether this process is a trainer with a supervisor."""
    return bool(os.environ.get(_SUPERVISED))


def end_with_supervisor() -> None:
    """Let this process end when its supervisor does, if it has one.

    A thread watches standard input, which ends however the supervisor dies, kill -9 included. The whole
    process group is killed, and before it what has a session of its own, or whose parent has died: no
    process that this one started is left.
    """
    if is_supervised():
        _adopt_orphans()
        if _REPORT in os.environ:
            os.set_inheritable(int(os.environ[_REPORT]), False)
        threading.Thread(target=_watch_stdin, name="watch supervisor", daemon=True).start()


def next_run(run_id: str, code: int) -> str:
    """Report how a run ended in this trainer, and wait for the next one; return its id.

    It is empty where this process is to end: after a failure, and where it was started for one run. While
    it waits, it ends as `end_with_supervisor` says.

    Args:
        run_id: The run.
        code: The exit code that this process would have.
    """
    if code != 0 or _REPORT not in os.environ:
        return ""
    # Without a supervisor that reads it, `_watch_stdin` is about to end this process and its children.
    with suppress(BrokenPipeError):
        os.write(int(os.environ[_REPORT]), f"{run_id} {code}\n".encode())
    return _told.get()


class LogPump:
    """Moves complete lines from a pipe to a file that is only appended to, without TensorFlow's noise.

    If the disk is full, lines are lost, but the run goes on.
    """

    def __init__(self, source: BinaryIO, target: Path) -> None:
        self._source = source.fileno()
        self._target = target
        self._rest = b""

    def move(self, timeout: float) -> bool:
        """Move what arrives within ``timeout`` seconds; return whether more may come."""
        if not self._has_input(timeout):
            return True
        arrived = os.read(self._source, 65536)
        *lines, self._rest = (self._rest + arrived).split(b"\n")
        if not arrived:
            lines, self._rest = [self._rest] if self._rest else [], b""
        wanted = [line + b"\n" for line in lines if not _NOISE.match(line)]
        if wanted:
            self.append(wanted)
        return bool(arrived)

    def drain(self) -> None:
        """Move what is left in the pipe; call it when no process writes any more."""
        while self._has_input(0) and self.move(0):
            continue

    def turn_to(self, target: Path) -> None:
        """Move what arrives from now on to another file, and what has arrived to the one so far."""
        self.drain()
        if self._rest:
            self.append([self._rest + b"\n"])
        self._rest = b""
        self._target = target

    def append(self, lines: list[bytes]) -> None:
        """Append lines to the file."""
        try:
            with self._target.open("ab") as file:
                file.writelines(lines)
        except OSError as error:
            sys.stderr.write(f"{len(lines)} lines of the log are lost: {error}\n")

    def _has_input(self, timeout: float) -> bool:
        return bool(select.select([self._source], [], [], timeout)[0])


def failure_reason(folder: RunFolder, code: int, *, kernel_kills: bool | None = None) -> str:
    """Return why the trainer failed: the last error message or exception in its log.

    What an earlier attempt printed does not count.

    Args:
        folder: The run.
        code: The exit code of the trainer; of a signal, its negative.
        kernel_kills: Whether the kernel has just ended a process for want of memory; None if it does not
            say.
    """
    if code == -signal.SIGKILL and kernel_kills:
        return _OUT_OF_MEMORY
    if code < 0:
        name = _name_of(-code)
        hint = ""
        if name == "SIGKILL":
            hint = "; the machine may have run out of memory"
            if kernel_kills is False:
                hint = ": somebody or something killed it, and not the kernel for want of memory"
        return f"The trainer was ended by {name}{hint}."
    try:
        lines = [line.strip() for line in folder.read_log(400).splitlines()]
    except RunError as error:
        return f"The trainer ended with code {code}. {error}"
    beginning = max((n for n, line in enumerate(lines) if _ATTEMPT.fullmatch(line)), default=-1)
    lines = lines[beginning + 1 :]
    for line in reversed(lines):
        if found := _MESSAGE.fullmatch(line):
            return found[1]
        if found := _EXCEPTION.fullmatch(line):
            return f"{found[1]}: {found[2]}"
    last = next(filter(None, reversed(lines)), "it printed nothing")
    return f"The trainer ended with code {code}: {last}"


def _name_of(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # one of those for real time, which have no names
        return f"signal {number}"


_Taken = tuple[RunFolder, Hold]
"""A run, and what this process has of it."""


class _Trainer:
    """The trainer: a process that trains a run, and then others; it ends with this context at the latest.

    Args:
        slot: As in `main`.
    """

    def __init__(self, slot: str) -> None:
        self.slot = slot
        self._process: subprocess.Popen[bytes] | None = None
        self._output: BinaryIO | None = None
        self._pump: LogPump
        self._kills: KernelKills
        self._report: int | None = None
        self._arrived = b""
        self.is_asked_to_end = False

    def __enter__(self) -> Self:
        if not self.slot:  # a cluster started this process, and may end it
            signal.signal(signal.SIGTERM, self._note_sigterm)
        return self

    def _note_sigterm(self, number: int, frame: FrameType | None) -> None:
        self.is_asked_to_end = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process:
            self.end()

    @property
    def is_alive(self) -> bool:
        """Whether there is a process."""
        return self._process is not None and self._process.poll() is None

    def begin(self, folder: RunFolder) -> None:
        """Let it train a run; OSError if the process cannot be started."""
        if self._process:
            self._pump.turn_to(folder.log)
            with suppress(BrokenPipeError):  # it has died, which `wait` will find
                stdin = cast("BinaryIO", self._process.stdin)
                os.write(stdin.fileno(), f"{folder.id}\n".encode())
            return
        _adopt_orphans()
        extra, inherited = {_SUPERVISED: "1"} | slots.environment_of(self.slot), []
        if self.slot:
            self._report, theirs = os.pipe()
            inherited = [theirs]
            extra[_REPORT] = str(theirs)
        try:
            self._process = processes.start(
                processes.command("train", "--run", folder.id),
                stdin=subprocess.PIPE,
                output=subprocess.PIPE,
                pass_fds=inherited,
                extra=extra,
                niceness=processes.NICENESS,
                yields=True,
            )
        finally:
            for descriptor in inherited:
                os.close(descriptor)
        self._output = output = cast("BinaryIO", self._process.stdout)
        self._pump = LogPump(output, folder.log)
        self._kills = KernelKills(self._process.pid)

    def log(self, line: str) -> None:
        """Append a line to the log of the run."""
        self._pump.append([f"{line}\n".encode()])

    def wait(self, folder: RunFolder, hold: Hold) -> int | None:
        """Wait for the end of a run, or for a reason to end it; return its exit code if it has one.

        Reasons are its cancel marker, a SIGTERM to this process, and that another may have the run.
        """
        process = cast("subprocess.Popen[bytes]", self._process)
        while not (files.exists(folder.cancel) or self.is_asked_to_end or hold.is_lost()):
            if self._has_reported(folder.id):
                self._pump.drain()
                return 0
            if process.poll() is not None:
                self._read(0)
                return 0 if self._has_reported(folder.id) else process.returncode
            self._kills.look()
            self._read(_POLL_S)
        return None

    def end(self) -> int:
        """End the process, and all that it has started, in whatever session; return its exit code.

        Each gets SIGTERM first, and SIGKILL if it is still there after `_GRACE_S`.
        """
        process = cast("subprocess.Popen[bytes]", self._process)
        deadline = time.monotonic() + _GRACE_S
        asked: set[psutil.Process] = set()
        while descendants := psutil.Process().children(recursive=True):
            is_late = time.monotonic() >= deadline
            for each in descendants:
                with suppress(psutil.NoSuchProcess):
                    if is_late:
                        each.kill()
                    elif each not in asked:
                        each.terminate()
                    asked.add(each)
            # By its own handle: waiting for it elsewhere would take its exit code away.
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=_POLL_S)
            others = [each for each in descendants if each.pid != process.pid]
            psutil.wait_procs(others, timeout=_POLL_S)
        self._pump.drain()
        return process.wait()

    def kernel_kills(self) -> bool | None:
        """Return whether the kernel has just ended a process for want of memory, if it is known."""
        return self._kills.rose()

    def _read(self, timeout: float) -> None:
        """Move what it prints to the log, and take what it reports; wait for either for so long."""
        sources = [source for source in (self._output, self._report) if source is not None]
        if not sources:
            time.sleep(timeout)
            return
        ready = select.select(sources, [], [], timeout)[0]
        if self._output in ready and not self._pump.move(0):
            self._output = None
        if self._report in ready:
            arrived = os.read(self._report, 4096)
            self._arrived += arrived
            if not arrived:
                self._report = None

    def _has_reported(self, run_id: str) -> bool:
        *lines, _ = self._arrived.split(b"\n")
        return f"{run_id} 0".encode() in lines


def _take(folder: RunFolder, *, timeout: float = 0) -> _Taken | None:
    """Take a run; return None if somebody else has it, or it was started before."""
    hold = liveness.take(folder, len(folder.read_attempts()) + 1, timeout=timeout)
    if hold and files.exists(folder.state):
        hold.close()
        hold.give_back()
        return None
    return (folder, hold) if hold else None


def _supervise(folder: RunFolder, hold: Hold, trainer: _Trainer) -> tuple[int, _Taken | None]:
    """Supervise a run, which is held; return its exit code, and the run that follows it."""
    run = read(folder, holds_lock=True)
    state: dict[str, Any] = {
        "started": folders.now(),
        "host": socket.gethostname(),
        "attempt": run.attempt,
        **hold.facts,
        **({"slot": trainer.slot} if trainer.slot else {}),
    }
    is_cancelled = files.exists(folder.cancel)
    first = {"state": CANCELLED, "ended": folders.now()} if is_cancelled else {"state": RUNNING}
    try:
        files.write_json(folder.state, state | first | {"supervisor": os.getpid()})
    except OSError:
        hold.give_back()  # nothing was started
        raise
    if is_cancelled:
        return 0, _following(run.config, trainer)
    try:
        trainer.begin(folder)
    except OSError as error:
        reason = f"Its trainer could not be started: {error.strerror or error}."
        ended = {"state": FAILED, "reason": reason, "ended": folders.now()}
        files.write_json(folder.state, state | ended)
        return 1, None
    if run.attempt > 1:
        trainer.log(f"attempt {run.attempt}")
    code = trainer.wait(folder, hold)
    if code is None:
        code = trainer.end()
    elif not trainer.is_alive:
        trainer.end()  # what it has left
    if hold.is_lost():
        # Whoever resumed the run writes its files now.
        sys.stderr.write(
            f"{folder.id} was out of reach for too long, so this attempt is given up.\n"
        )
        trainer.end()
        return 1, None
    outcome = _outcome(folder, code, kernel_kills=trainer.kernel_kills())
    if trainer.is_asked_to_end and outcome["state"] == FAILED:
        outcome["reason"] = _ASKED
    following = None
    if outcome["state"] == SUCCEEDED:
        # Taken before this run reads as ended, when a new scheduler might start it.
        following = _following(run.config, trainer)
    if following is None:
        trainer.end()
    files.write_json(folder.state, state | outcome)
    if outcome["state"] == SUCCEEDED:
        for path in folder.only_to_resume():
            path.unlink(missing_ok=True)
    return (code if code >= 0 else 128 - code), following


def _following(config: RunConfig | None, trainer: _Trainer) -> _Taken | None:
    """Return the run that the trainer can go on with; None if there is none, or it may not start now."""
    if config is None or not trainer.slot or not trainer.is_alive:
        return None
    from augment.runs import queue  # which imports this module

    try:
        folder = queue.next_sharing(config, slot=trainer.slot)
        return _take(folder) if folder else None
    except (RunError, OSError) as error:
        sys.stderr.write(f"the next run cannot follow in this process: {error}\n")
        return None


def _adopt_orphans() -> None:
    """Let processes whose parent died become children of this one, so that a cancel reaches them."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _outcome(folder: RunFolder, code: int, *, kernel_kills: bool | None) -> dict[str, Any]:
    ended = {"ended": folders.now(), "exit_code": code}
    if files.exists(folder.cancel):
        return ended | {"state": CANCELLED}
    if code != 0:
        return ended | {
            "state": FAILED,
            "reason": failure_reason(folder, code, kernel_kills=kernel_kills),
        }
    try:
        evaluation = folder.read_evaluation() or {}
    except RunError as error:
        return ended | {"state": FAILED, "reason": str(error)}
    return ended | {
        "state": SUCCEEDED,
        "stopped_early": bool(evaluation.get("stopped_early", False)),
    }


_told: queues.SimpleQueue[str] = queues.SimpleQueue()
"""The runs that the supervisor has told this trainer."""


def _watch_stdin() -> None:
    rest = b""
    while arrived := os.read(sys.stdin.fileno(), 4096):
        *lines, rest = (rest + arrived).split(b"\n")
        for line in lines:
            _told.put(line.decode())
    for each in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            each.kill()
    os.killpg(os.getpgid(0), signal.SIGKILL)
