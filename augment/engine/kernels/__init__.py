"""The inner loops of rendering, over many pictures at once, in two ways that give the same bytes.

`plain` goes picture by picture through OpenCV. `compiled` has its own loops, compiled by numba: they are
faster, and release Python's lock for a whole batch, so several threads run at once. Loading them takes a
third of a second and a hundred megabytes, so a process that renders only a few pictures, such as the web
server, stays plain.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
from types import ModuleType

_stays_plain = False


def stay_plain() -> None:
    """Never load the compiled loops in this process."""
    global _stays_plain
    _stays_plain = True
    current.cache_clear()


@functools.cache
def current() -> ModuleType:
    """Return the module that this process renders with; the compiled one, where numba is installed."""
    compiled = not _stays_plain and importlib.util.find_spec("numba") is not None
    return importlib.import_module(f"{__name__}.{'compiled' if compiled else 'plain'}")
