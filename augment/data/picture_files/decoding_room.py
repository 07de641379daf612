"""How much may be decoded at the same time in a process, however many threads want to."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_LARGE, _KEPT = 4 << 20, 16 << 20


class Room:
    """Room for so many bytes: small pictures share it, one that needs more than all of it has it alone.

    Whoever comes first enters first, so that a large picture is not passed by small ones for ever.
    """

    def __init__(self, size: int) -> None:
        self._all = self._free = size
        self._first = threading.Lock()
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Wait until there is room for so many bytes, and keep it while the block runs."""
        share = min(size, self._all)
        with self._first, self._changed:
            self._changed.wait_for(lambda: self._free >= share)
            self._free -= share
        try:
            yield
        finally:
            with self._changed:
                self._free += share
                self._changed.notify()


def give_memory_back() -> None:
    """Have this process give the memory of large pictures back to the system as soon as it is free.

    glibc keeps it for the thread that had it, up to hundreds of megabytes, and asks the system for the
    memory of small pictures each time, which takes longer than decoding some. This holds for the whole
    process, so it is for one that does nothing but prepare pictures. With another C library nothing
    happens.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
        mallopt(_M_TRIM_THRESHOLD, _KEPT)
