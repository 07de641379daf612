"""Rendering in one compiled call for a batch, without Python's lock; the bytes are those of `plain`.

A `program` is made of a plan, and carried out by what is `generated` over the functions of the ops.
Compiling takes a minute at most, once for an installation, and loading what was compiled half a second
and a hundred megabytes. So it is loaded where it was compiled before, and compiled only where somebody
asks for it by `load`: before a training, or where a pipeline is built. A process that renders only a
few pictures, such as the web server, stays plain.
"""

from __future__ import annotations

import importlib.util

_stays_plain = False
_is_compiled = False


def stay_plain() -> None:
    """Never load the compiled calls in this process."""
    global _stays_plain
    _stays_plain = True


def is_used() -> bool:
    """Return whether this process renders by the compiled calls: where they were compiled at any time."""
    global _is_compiled
    if _stays_plain or not _is_possible():
        return False
    if not _is_compiled:
        from augment.engine.compiled import generated

        _is_compiled = generated.is_compiled()
    return _is_compiled


def load() -> None:
    """Load the compiled calls, and compile them if no process has done so before.

    Does nothing where numba is not installed, and in a process that stays plain.
    """
    if not _stays_plain and _is_possible():
        from augment.engine.compiled import generated

        generated.load()


def _is_possible() -> bool:
    return importlib.util.find_spec("numba") is not None
