"""The trainer's tie to its supervisor: when the supervisor is gone, so is the trainer."""

from __future__ import annotations

import os
import signal
import sys
import threading

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
