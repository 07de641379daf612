"""Whose turn it is to compute what a page shows: one page at a time, pictures before advice.

Python runs one thread at a time, so pages that compute at once are all ready when the last one is. In
turns, the first is ready in a fraction of that, and none later. Advice takes as long as the pictures it
is about, and nobody waits for it who does not have these yet.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Lets one thread compute at a time: first those with pictures, in the order in which they came.

    Attributes:
        taken: How many turns there have been.
    """

    def __init__(self) -> None:
        """Begin with nobody."""
        self.taken = 0
        self._changed = threading.Condition()
        self._is_taken = False
        self._pictures: deque[object] = deque()
        self._advice: deque[object] = deque()

    @property
    def waiting(self) -> int:
        """How many threads wait for their turn."""
        return len(self._pictures) + len(self._advice)

    @contextmanager
    def pictures(self) -> Iterator[None]:
        """Wait for the turn to compute pictures; it lasts as long as the context."""
        yield from self._turn(self._pictures)

    @contextmanager
    def advice(self) -> Iterator[None]:
        """Wait for the turn to compute what is below the pictures, when no pictures wait."""
        yield from self._turn(self._advice)

    def _turn(self, line: deque[object]) -> Iterator[None]:
        place = object()
        with self._changed:
            line.append(place)
            self._changed.wait_for(lambda: not self._is_taken and self._next() is place)
            line.popleft()
            self._is_taken = True
            self.taken += 1
        try:
            yield
        finally:
            with self._changed:
                self._is_taken = False
                self._changed.notify_all()

    def _next(self) -> object:
        return (self._pictures or self._advice)[0]


TURNS = Turns()
