"""The trainer's tie to its supervisor: when the supervisor is gone, so is the trainer.

The log of a run: what its trainer prints, less what TensorFlow says at every start.

``supervise RUN``: one process that lives exactly as long as a run and answers for it.

It holds the run's lock, starts the trainer, watches for the cancel marker, kills the whole tree when it
appears, and writes down how the run ended. When it is itself killed the kernel frees the lock, so the
run reads as LOST, and the trainer dies with it, because its standard input ends.
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
from augment.runs import folder as folders
from augment.runs.folder import RunFolder
from augment.runs.run import CANCELLED, FAILED, RUNNING, SUCCEEDED
from augment.system import files, processes

VARIABLE = "AUGMENT_LIFELINE"
"""Environment variable that says that standard input stays open as long as the supervisor lives."""


def tie() -> None:
    """Watch standard input in a thread, if there is a supervisor behind it.

    A pipe ends however its writer dies, kill -9 included, and on every system. The whole process group
    goes, so that nothing that this process started stays behind.
    """
    if tied():
        threading.Thread(target=_watch, name="lifeline", daemon=True).start()


def tied() -> bool:
    """Return whether there is a supervisor behind this process."""
    return bool(os.environ.get(VARIABLE))


def _watch() -> None:
    while os.read(sys.stdin.fileno(), 1):
        continue
    os.killpg(os.getpgid(0), signal.SIGKILL)


# TensorFlow's own notes come before its log level is heeded, and say at every start, twice, which GPU
# libraries a machine without a GPU lacks. Warnings and errors stay, but for that one.
_CHATTER = re.compile(
    rb"I\d{4} \d\d:\d\d:\d\d|E\d{4} \d\d:\d\d:.* cuda_platform\.cc:.* failed call to cuInit"
    rb"|WARNING: All log messages before absl::InitializeLog"
)


class LogPump:
    """Moves whole lines from a pipe into an append-only file.

    A disk that is full costs lines, and never the run.
    """

    def __init__(self, source: BinaryIO, target: Path) -> None:
        self._source = source.fileno()
        self._target = target
        self._rest = b""

    def move(self, patience: float) -> bool:
        """Move what arrives within ``patience`` seconds; return whether more may come."""
        if not self._arrives(patience):
            return True
        arrived = os.read(self._source, 65536)
        *lines, self._rest = (self._rest + arrived).split(b"\n")
        if not arrived:
            lines, self._rest = [self._rest] if self._rest else [], b""
        kept = [line + b"\n" for line in lines if not _CHATTER.match(line)]
        if kept:
            self._append(kept)
        return bool(arrived)

    def drain(self) -> None:
        """Move what is left when nobody should write any more."""
        while self._arrives(0) and self.move(0):
            continue

    def _arrives(self, patience: float) -> bool:
        return bool(select.select([self._source], [], [], patience)[0])

    def _append(self, lines: list[bytes]) -> None:
        try:
            with self._target.open("ab") as file:
                file.writelines(lines)
        except OSError as error:
            sys.stderr.write(f"{len(lines)} lines of the log are lost: {error}\n")


_NICE = 10
_GLANCE_S = 0.2
_PR_SET_CHILD_SUBREAPER = 36
_ERROR_LINE = re.compile(
    r"(?:[A-Za-z_][\w.]*\.)?([A-Z]\w*(?:Error|Exception|Interrupt|Exit)): (.+)"
)
_SENTENCE = re.compile(r"error: (.+)")


def main(run_id: str) -> int:
    """Supervise the run ``run_id`` from its start to its end; return the exit code of its trainer.

    Raises:
        RunError: there is no such run, it has or had a supervisor, or its folder cannot be written.
    """
    folder = folders.find(run_id)
    try:
        lock = files.hold(folder.lock, patience=10)
        if lock is None:
            raise RunError(f"The run {run_id} is being supervised already.")
        with lock:
            if folder.state.exists():
                raise RunError(f"The run {run_id} has had its turn already.")
            return _supervise(folder)
    except OSError as error:
        raise folders.cannot_write(error) from error


def _supervise(folder: RunFolder) -> int:
    state: dict[str, Any] = {"started": folders.now(), "host": socket.gethostname()}
    if folder.cancel.exists():
        folders.write_json(folder.state, state | {"state": CANCELLED, "ended": folders.now()})
        return 0
    folders.write_json(folder.state, state | {"state": RUNNING, "supervisor": os.getpid()})
    _adopt_orphans()
    trainer = _start(folder)
    pump = LogPump(cast("BinaryIO", trainer.stdout), folder.log)
    printing = True
    while trainer.poll() is None and not folder.cancel.exists():
        if printing:
            printing = pump.move(_GLANCE_S)
        else:
            time.sleep(_GLANCE_S)
    _kill_descendants(trainer)
    pump.drain()
    code = trainer.wait()
    folders.write_json(folder.state, state | _outcome(folder, code))
    return code if code >= 0 else 128 - code


def _start(folder: RunFolder) -> subprocess.Popen[bytes]:
    """Start the trainer; its standard input stays open until this process is gone."""
    return subprocess.Popen(
        processes.command("train", "--run", folder.id),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=processes.environment(**{VARIABLE: "1"}),
        start_new_session=True,
        # Safe here, as this process has no threads: the trainer yields to whoever looks at pages.
        preexec_fn=lambda: os.nice(_NICE),
    )


def _adopt_orphans() -> None:
    """Let processes whose parent died become children of this one, so that none escapes a cancel."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _kill_descendants(trainer: subprocess.Popen[bytes]) -> None:
    """Kill all that this process started, however deep and in whatever session, until none is left."""
    while descendants := psutil.Process().children(recursive=True):
        for process in descendants:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        # First, and by its own handle: whoever waits for it elsewhere takes its exit code away.
        trainer.wait()
        psutil.wait_procs(descendants, timeout=1)


def _outcome(folder: RunFolder, code: int) -> dict[str, Any]:
    ended = {"ended": folders.now(), "exit_code": code}
    if folder.cancel.exists():
        return ended | {"state": CANCELLED}
    if code != 0:
        return ended | {"state": FAILED, "reason": reason(folder, code)}
    evaluation = folders.read_json(folder.evaluation) or {}
    stopped_early = bool(evaluation.get("stopped_early", False))
    return ended | {"state": SUCCEEDED, "stopped_early": stopped_early}


def reason(folder: RunFolder, code: int) -> str:
    """Return why the trainer failed: the sentence or the last error that its log ends with."""
    if code < 0:
        name = signal.Signals(-code).name
        hint = "; the machine may have run out of memory" if name == "SIGKILL" else ""
        return f"The trainer was ended by {name}{hint}."
    try:
        lines = folder.log_tail(400).splitlines()
    except RunError as error:
        return f"The trainer ended with code {code}. {error}"
    for line in reversed(lines):
        if found := _SENTENCE.fullmatch(line.strip()):
            return found[1]
        if found := _ERROR_LINE.fullmatch(line.strip()):
            return f"{found[1]}: {found[2]}"
    last = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
    return f"The trainer ended with code {code}: {last}"
