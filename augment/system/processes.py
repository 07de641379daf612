"""Starting other processes: always by exec, and always in a session of their own.

A process in its own session outlives the terminal or the web server that started it. Linux, though, first
divides the processor between sessions, wherever its autogroups are on (`man 7 sched`), and looks at the
niceness of a process only within its own: alone in it, a process with nice 19 gets as much as one with 0.
So the niceness of the session is set too.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from augment.home import home

NICENESS = 10
"""For processes that compute: pages stay responsive, and on an idle machine nothing is lost."""

_THREADS = "/proc/{}/task"
_AUTOGROUP = "/proc/{}/autogroup"
# An ordinary user may set the niceness of a session ten times a second, all users together.
_TRIES, _PAUSE_S = 5, 0.1

_PACKAGE_ROOT = str(Path(__file__).resolve().parents[2])


def command(*words: str) -> list[str]:
    """Return the command line ``python -m augment WORDS`` with this interpreter."""
    return [sys.executable, "-m", "augment", *words]


def environment(**extra: str) -> dict[str, str]:
    """Return the environment of a child, which finds this package and this home from any folder."""
    path = [_PACKAGE_ROOT, *filter(None, [os.environ.get("PYTHONPATH")])]
    own = {
        "PYTHONPATH": os.pathsep.join(path),
        "AUGMENT_HOME": str(home().resolve()),
        "PYTHONUNBUFFERED": "1",
    }
    return dict(os.environ) | own | extra


def start(
    words: Sequence[str],
    *,
    output: Path | int,
    stdin: int = subprocess.DEVNULL,
    pass_fds: Collection[int] = (),
    extra: Mapping[str, str] | None = None,
    niceness: int = 0,
    yields: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a process and return at once.

    A thread waits for its end, so it never stays behind as a zombie of a long-lived parent.

    Args:
        words: The command line; see `command`.
        output: A file that stdout and stderr are appended to, or ``subprocess.PIPE``. If the file
            cannot be written, the output is lost but the process starts: it may be the one that has
            to report the full disk.
        stdin: As in `subprocess.Popen`.
        pass_fds: File descriptors that the process inherits.
        extra: Variables added to its `environment`.
        niceness: The least niceness of the process and of its session, which are otherwise as here.
        yields: Whether it gets only what no other process wants (``SCHED_IDLE``, on Linux alone); where
            the system divides the processor between sessions, what its session gets is still by niceness.
            Its children and threads inherit it.

    Raises:
        OSError: The process cannot be started.
    """
    stdout = output if isinstance(output, int) else _open_to_append(output)
    try:
        process = subprocess.Popen(
            words,
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            pass_fds=pass_fds,
            env=environment(**(extra or {})),
            start_new_session=True,
        )
    finally:
        if not isinstance(output, int):
            os.close(stdout)
    # From outside: `preexec_fn` is not safe in a process with threads.
    _lower(process.pid, niceness, yields=yields)
    if group := max(niceness, _niceness_of_session()):
        _set_niceness_of_session(process.pid, group)
    waiting = threading.Thread(target=process.wait, name=f"wait for {process.pid}", daemon=True)
    try:
        waiting.start()
    except RuntimeError as error:  # no more threads
        process.kill()
        process.wait()
        raise OSError(errno.EAGAIN, str(error)) from error
    return process


def _lower(pid: int, niceness: int, *, yields: bool) -> None:
    """Lower the priority of a process: on Linux each of its threads has its own.

    Where this process was held up, that one may have started some already. Later ones inherit.
    """
    is_nicer = niceness > os.getpriority(os.PRIO_PROCESS, 0)
    if not is_nicer and not yields:
        return
    lowered = set[int]()
    while threads := _threads(pid) - lowered:
        for each in threads:
            with suppress(ProcessLookupError):  # it has ended
                if is_nicer:
                    os.setpriority(os.PRIO_PROCESS, each, niceness)
                if yields and sys.platform == "linux":
                    with suppress(OSError):  # refused in some containers
                        os.sched_setscheduler(each, os.SCHED_IDLE, os.sched_param(0))
        lowered |= threads


def _threads(pid: int) -> set[int]:
    """Return the threads of a process; where it does not list them, itself."""
    try:
        return {int(each.name) for each in Path(_THREADS.format(pid)).iterdir()}
    except OSError:
        return {pid}


def _niceness_of_session() -> int:
    """Return the niceness of the session that this process is in; 0 where sessions have none."""
    try:
        text = Path(_AUTOGROUP.format("self")).read_text("ascii")
    except OSError:
        return 0
    # Empty for a process that was never in a session, such as one started by the first of a container.
    return int(text.split()[-1]) if text.strip() else 0


def _set_niceness_of_session(pid: int, niceness: int) -> None:
    for _ in range(_TRIES):
        try:
            Path(_AUTOGROUP.format(pid)).write_text(str(niceness), "ascii")
        except BlockingIOError:
            time.sleep(_PAUSE_S)
        except OSError:  # sessions have none, or the process has ended
            return
        else:
            return


def _open_to_append(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY)
