"""Memory that the C library keeps for the web server after it was freed.

glibc gives a thread that allocates an arena of its own, of which there are up to eight a core, and each
keeps the most that was ever used of it. Each run of a page is a thread, and makes arrays of some
megabytes, so one arena after the other fills up with what nobody uses.
"""

from __future__ import annotations

import asyncio
import ctypes
import sys
from collections.abc import Callable

from pages.components.session.turns import TURNS

_IDLE_S = 10
_M_ARENA_MAX = -8  # of malloc.h
_ARENAS = 2


def share_arenas() -> None:
    """Let the threads of this process share two arenas, where the C library has more.

    Call it before there are threads: arenas that exist stay.
    """
    if function := _function("mallopt"):
        function(_M_ARENA_MAX, _ARENAS)


async def give_back_when_idle() -> None:
    """Give freed memory back to the system each time that no pictures were computed for a while."""
    seen = given = 0
    while True:
        await asyncio.sleep(_IDLE_S)
        if given != TURNS.taken == seen:
            await asyncio.to_thread(give_back)
            given = seen
        seen = TURNS.taken


def give_back() -> None:
    """Give freed memory back to the system, where the C library does not do so by itself.

    It takes some milliseconds, in which no other thread gets memory.
    """
    if function := _function("malloc_trim"):
        function(0)


def _function(name: str) -> Callable[..., int] | None:
    """Return a function that the C library has on Linux, where it is glibc."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
