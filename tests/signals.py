"""Children that Ctrl-C and a closed terminal end, however the suite was started.

A shell that starts the suite with ``nohup`` or in its background lets it, and whatever it starts, ignore
SIGINT or SIGHUP. The child sets them back itself: code that runs between fork and exec is not safe in a
process with threads, and the tests have many.
"""

from __future__ import annotations

import sys

_PROLOGUE = """\
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
"""
_AUGMENT = "import runpy\nrunpy.run_module('augment', run_name='__main__', alter_sys=True)\n"


def interruptible(code: str, *words: object) -> list[str]:
    """Return the command line of a Python that runs this code and minds signals."""
    return [sys.executable, "-c", _PROLOGUE + code, *map(str, words)]


def interruptible_command(*words: object) -> list[str]:
    """Return the command line ``python -m augment WORDS`` of a process that minds signals."""
    return interruptible(_AUGMENT, *words)
