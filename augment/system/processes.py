"""Starting processes of our own: always by exec, always in a session of their own.

A session of its own keeps a child alive when the terminal or the web server that started it goes away.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import BinaryIO

import augment
from augment.home import home


def command(*words: str) -> list[str]:
    """Return the command line ``python -m augment WORDS`` of this very interpreter."""
    return [sys.executable, "-m", "augment", *words]


def environment(**extra: str) -> dict[str, str]:
    """Return the environment of a child: it finds this package and this home from any folder."""
    package_root = str(Path(augment.__file__).resolve().parent.parent)
    path = [package_root, *filter(None, [os.environ.get("PYTHONPATH")])]
    own = {
        "PYTHONPATH": os.pathsep.join(path),
        "AUGMENT_HOME": str(home().resolve()),
        "PYTHONUNBUFFERED": "1",
    }
    return dict(os.environ) | own | extra


def detached(words: list[str], log: Path) -> subprocess.Popen[bytes]:
    """Start ``words`` so that it outlives this process; what it prints is appended to ``log``.

    A thread waits for its end, so that it never stays behind as a zombie of a long-lived parent.
    """
    with _opened(log) as output:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment(),
            start_new_session=True,
        )
    threading.Thread(target=process.wait, name=f"reap {process.pid}", daemon=True).start()
    return process


def _opened(log: Path) -> BinaryIO:
    try:
        return log.open("ab")
    except OSError:
        # A full disk must not keep a process from starting whose very task is to say so.
        return Path(os.devnull).open("ab")
