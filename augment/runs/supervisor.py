"""``supervise RUN``: one process that lives as long as a run, and records how it ended.

It holds the lock of the run, starts the trainer, writes the log, kills the whole process tree when the
cancel marker appears, and writes the final state. If it is killed itself, the kernel releases the lock,
so the run reads as LOST, and the trainer dies too, because its standard input ends.
"""

from __future__ import annotations

import ctypes
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO, cast

import psutil

from augment.errors import RunError
from augment.runs import folders, slots
from augment.runs.folders import RunFolder
from augment.runs.run import CANCELLED, FAILED, RUNNING, SUCCEEDED, read
from augment.system import files, processes

_SUPERVISED = "AUGMENT_LIFELINE"
"""Environment variable of a trainer whose standard input stays open as long as its supervisor lives."""

NO_ROOM = 75
"""Exit code where the disk is too full to start the run, which is still queued: EX_TEMPFAIL in C."""

_POLL_S = 0.2
_RESUMING_S = 5.0
"""For how long somebody who resumes the run may still hold its lock, on a slow disk."""
_PR_SET_CHILD_SUBREAPER = 36

# TensorFlow's own notes come before its log level takes effect, and at every start report twice which
# GPU libraries a machine without a GPU lacks. Other warnings and errors stay.
_NOISE = re.compile(
    rb"I\d{4} \d\d:\d\d:\d\d|E\d{4} \d\d:\d\d:.* cuda_platform\.cc:.* failed call to cuInit"
    rb"|WARNING: All log messages before absl::InitializeLog"
)
_ATTEMPT = re.compile(r"attempt \d+")
_MESSAGE = re.compile(r"error: (.+)")
_EXCEPTION = re.compile(r"(?:[A-Za-z_][\w.]*\.)?([A-Z]\w*(?:Error|Exception|Interrupt|Exit)): (.+)")


def main(run_id: str, slot: str = "") -> int:
    """Supervise the run ``run_id`` from start to end; return the exit code of its trainer.

    It is 1 where the trainer cannot be started; the run is FAILED then. It is `NO_ROOM` where the disk is
    full or read-only, and nothing was started.

    Raises:
        RunError: There is no such run, it has or had a supervisor, or its folder cannot be written.
    """
    folder = folders.find(run_id)
    try:
        lock = files.acquire(folder.lock, timeout=_RESUMING_S)
        if lock is None:
            raise RunError(f"The run {run_id} already has a supervisor.")
        with lock:
            if files.exists(folder.state):
                raise RunError(f"The run {run_id} has been started before.")
            return _supervise(folder, slot)
    except OSError as error:
        if files.has_no_room(error) and not files.exists(folder.state):
            sys.stderr.write(f"{run_id} waits: {folders.cannot_write(error)}\n")
            return NO_ROOM
        raise folders.cannot_write(error) from error


def is_supervised() -> bool:
    """Return whether this process is a trainer with a supervisor."""
    return bool(os.environ.get(_SUPERVISED))


def end_with_supervisor() -> None:
    """Let this process end when its supervisor does, if it has one.

    A thread watches standard input, which ends however the supervisor dies, kill -9 included. The whole
    process group is killed, so no process that this one started is left.
    """
    if is_supervised():
        threading.Thread(target=_watch_stdin, name="watch supervisor", daemon=True).start()


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

    def append(self, lines: list[bytes]) -> None:
        """Append lines to the file."""
        try:
            with self._target.open("ab") as file:
                file.writelines(lines)
        except OSError as error:
            sys.stderr.write(f"{len(lines)} lines of the log are lost: {error}\n")

    def _has_input(self, timeout: float) -> bool:
        return bool(select.select([self._source], [], [], timeout)[0])


def failure_reason(folder: RunFolder, code: int) -> str:
    """Return why the trainer failed: the last error message or exception in its log.

    What an earlier attempt printed does not count.
    """
    if code < 0:
        name = _name_of(-code)
        hint = "; the machine may have run out of memory" if name == "SIGKILL" else ""
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


def _supervise(folder: RunFolder, slot: str) -> int:
    attempt = read(folder, holds_lock=True).attempt
    state: dict[str, Any] = {
        "started": folders.now(),
        "host": socket.gethostname(),
        "attempt": attempt,
        **({"slot": slot} if slot else {}),
    }
    if files.exists(folder.cancel):
        files.write_json(folder.state, state | {"state": CANCELLED, "ended": folders.now()})
        return 0
    files.write_json(folder.state, state | {"state": RUNNING, "supervisor": os.getpid()})
    _adopt_orphans()
    try:
        trainer = processes.start(
            processes.command("train", "--run", folder.id),
            stdin=subprocess.PIPE,
            output=subprocess.PIPE,
            extra={_SUPERVISED: "1", **slots.environment_of(slot)},
            niceness=processes.NICENESS,
        )
    except OSError as error:
        reason = f"Its trainer could not be started: {error.strerror or error}."
        ended = {"state": FAILED, "reason": reason, "ended": folders.now()}
        files.write_json(folder.state, state | ended)
        return 1
    pump = LogPump(cast("BinaryIO", trainer.stdout), folder.log)
    if attempt > 1:
        pump.append([f"attempt {attempt}\n".encode()])
    is_printing = True
    while trainer.poll() is None and not files.exists(folder.cancel):
        if is_printing:
            is_printing = pump.move(_POLL_S)
        else:
            time.sleep(_POLL_S)
    _kill_descendants(trainer)
    pump.drain()
    code = trainer.wait()
    outcome = _outcome(folder, code)
    files.write_json(folder.state, state | outcome)
    if outcome["state"] == SUCCEEDED:
        for path in folder.only_to_resume():
            path.unlink(missing_ok=True)
    return code if code >= 0 else 128 - code


def _adopt_orphans() -> None:
    """Let processes whose parent died become children of this one, so that a cancel reaches them."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _kill_descendants(trainer: subprocess.Popen[bytes]) -> None:
    """Kill every process that this one started, at any depth and in any session, until none is left."""
    while descendants := psutil.Process().children(recursive=True):
        for process in descendants:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        # First, and by its own handle: waiting for it elsewhere would take its exit code away.
        trainer.wait()
        psutil.wait_procs(descendants, timeout=1)


def _outcome(folder: RunFolder, code: int) -> dict[str, Any]:
    ended = {"ended": folders.now(), "exit_code": code}
    if files.exists(folder.cancel):
        return ended | {"state": CANCELLED}
    if code != 0:
        return ended | {"state": FAILED, "reason": failure_reason(folder, code)}
    try:
        evaluation = folder.read_evaluation() or {}
    except RunError as error:
        return ended | {"state": FAILED, "reason": str(error)}
    return ended | {
        "state": SUCCEEDED,
        "stopped_early": bool(evaluation.get("stopped_early", False)),
    }


def _watch_stdin() -> None:
    while os.read(sys.stdin.fileno(), 1):
        continue
    os.killpg(os.getpgid(0), signal.SIGKILL)
