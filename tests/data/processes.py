"""Processes of their own for tests of what happens between processes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

import psutil

HOLD = """
import sys, time
from augment import data

def progress(done, total, what):
    if done:
        print(done, total, what, flush=True)
        sys.stdin.read()

data.prepare("bundled", {size}, progress)
"""


def python(code: str) -> subprocess.Popen[str]:
    """Start Python with this code, its input and output connected to the test."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def holding(size: int) -> subprocess.Popen[str]:
    """Start a process that is in the middle of preparing `bundled`, and stays there."""
    process = python(HOLD.format(size=size))
    assert process.stdout is not None
    assert process.stdout.readline()
    return process


def children(word: str, of: int | None = None) -> list[psutil.Process]:
    """Return the processes that this one, or the one of that number, has started with a word.

    Those that have ended, or end just now, are left out.
    """
    found = []
    for process in psutil.Process(of).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            is_running = process.status() != psutil.STATUS_ZOMBIE
            if is_running and any(word in each for each in process.cmdline()):
                found.append(process)
    return found


def until(reached: Callable[[], object], seconds: float = 360.0) -> None:
    """Wait until something that another process does is reached, which may be of low priority."""
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "another process did not get there in time"
        time.sleep(0.02)
