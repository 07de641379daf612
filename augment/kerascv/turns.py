"""One at a time, in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque

from augment.kerascv.wire import KerasCVError


class Turns:
    """A line of bounded length; a lock of the standard library would serve anybody first."""

    def __init__(self, *, most_waiting: int) -> None:
        self._most_waiting = most_waiting
        self._line: deque[Place] = deque()
        self._moved = threading.Condition()

    def join(self) -> Place:
        """Return a place at the end of the line, which holds others up until it is left.

        Raises:
            KerasCVError: The line is full.
        """
        with self._moved:
            if len(self._line) > self._most_waiting:  # the first of them has its turn
                raise KerasCVError(
                    f"{self._most_waiting} requests wait for keras_cv already; try again in a moment."
                )
            place = Place(self._line, self._moved)
            self._line.append(place)
            return place


class Place:
    """A place in a line."""

    def __init__(self, line: deque[Place], moved: threading.Condition) -> None:
        self._line, self._moved = line, moved

    @property
    def ahead(self) -> int:
        """How many come before it; 0 where it has its turn, or has been left."""
        with self._moved:
            return self._line.index(self) if self in self._line else 0

    def wait(self, patience: float) -> None:
        """Wait for the turn, or until the place is left.

        Raises:
            KerasCVError: It has not come within ``patience`` seconds.
        """
        with self._moved:
            if not self._moved.wait_for(
                lambda: self not in self._line or self._line[0] is self, patience
            ):
                raise KerasCVError(
                    f"keras_cv was busy with the requests of others for {patience:g} s; try again "
                    "in a moment."
                )

    def leave(self) -> None:
        """Let the next one have its turn."""
        with self._moved:
            if self in self._line:
                self._line.remove(self)
                self._moved.notify_all()
