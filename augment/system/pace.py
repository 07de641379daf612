"""How fast a job goes, from what it has done in the last seconds."""

from __future__ import annotations

import time
from collections import deque

SECONDS = 10.0
"""What a cache or one large picture did before that does not count."""
LEAST_SECONDS = 0.5
"""Before that much has passed, nothing is said."""


def says_itself(what: str) -> bool:
    """Whether the words of a progress have figures of their own, as in "downloading 12 of 330 MB"."""
    return any(letter.isdigit() for letter in what)


class Pace:
    """Knows how many a second are done, and how many seconds are left."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        self._left = 0

    def restart(self) -> None:
        """Forget what was; another kind of work begins."""
        self._seen.clear()

    def see(self, done: int, total: int) -> None:
        """Note that `done` of `total` are done now."""
        now = time.monotonic()
        self._seen.append((now, done))
        while now - self._seen[0][0] > SECONDS:
            self._seen.popleft()
        self._left = max(total - done, 0)

    @property
    def per_second(self) -> float:
        """How many a second are done; 0 while unknown."""
        if not self._seen:
            return 0.0
        (began, first), (now, last) = self._seen[0], self._seen[-1]
        return (last - first) / (now - began) if now - began >= LEAST_SECONDS else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Seconds until all is done at this pace; None while unknown."""
        return self._left / self.per_second if self.per_second else None
