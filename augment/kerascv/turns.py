"""One at a time, in the order in which they came."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Iterator

from augment.kerascv.wire import KerasCVError


class Turns:
    """A line of bounded length; a lock of the standard library would serve anybody first."""

    def __init__(self, *, most_waiting: int) -> None:
        self._most_waiting = most_waiting
        self._line: deque[object] = deque()
        self._moved = threading.Condition()

    @contextlib.contextmanager
    def take(self, patience: float) -> Iterator[None]:
        """Wait for a turn and have it while the context lasts.

        Raises:
            KerasCVError: The line is full, or has not come to an end within ``patience`` seconds.
        """
        place = object()
        with self._moved:
            if len(self._line) > self._most_waiting:  # the first of them has its turn
                raise KerasCVError(
                    f"{self._most_waiting} requests wait for keras_cv already; try again in a moment."
                )
            self._line.append(place)
        try:
            with self._moved:
                if not self._moved.wait_for(lambda: self._line[0] is place, patience):
                    raise KerasCVError(
                        f"keras_cv was busy with the requests of others for {patience:g} s; try "
                        "again in a moment."
                    )
            yield
        finally:
            with self._moved:
                self._line.remove(place)
                self._moved.notify_all()
