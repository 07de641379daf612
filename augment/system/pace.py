"""The speed of a job, from its progress in the last seconds."""

from __future__ import annotations

import time
from collections import deque

WINDOW_S = 10.0
"""Older progress is ignored: a cache or one large picture must not spoil the estimate for long."""
LEAST_S = 0.5
"""Shorter spans give no estimate."""


def has_figures(what: str) -> bool:
    """Return whether a progress message has figures of its own, as in "downloading 12 of 330 MB"."""
    return any(letter.isdigit() for letter in what)


class Pace:
    """Estimates how many items a second a job does, and how many seconds are left."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        self._left = 0

    def restart(self) -> None:
        """Forget the progress so far, because another kind of work begins."""
        self._seen.clear()

    def update(self, done: int, total: int) -> None:
        """Record that ``done`` of ``total`` are done now."""
        now = time.monotonic()
        self._seen.append((now, done))
        while now - self._seen[0][0] > WINDOW_S:
            self._seen.popleft()
        self._left = max(total - done, 0)

    @property
    def per_second(self) -> float:
        """Items done a second; 0 while unknown."""
        if not self._seen:
            return 0.0
        (began, first), (now, last) = self._seen[0], self._seen[-1]
        return (last - first) / (now - began) if now - began >= LEAST_S else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds until all is done at this speed; None while unknown."""
        return self._left / self.per_second if self.per_second else None
