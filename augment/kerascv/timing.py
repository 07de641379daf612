"""How long something takes, on a machine that others use too."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Made = TypeVar("Made")

MOST_CALLS = 5
ENOUGH_S = 0.5


def timed(call: Callable[[], Made]) -> tuple[Made, float]:
    """Call something up to five times, and return what came last and the seconds of the fastest call.

    The fastest tells most, because what else the machine does only ever adds. It is called no more once
    the calls have taken half a second together. What is slow only the first time has to be called before.
    """
    seconds: list[float] = []
    while True:
        started = time.perf_counter()
        made = call()
        seconds.append(time.perf_counter() - started)
        if len(seconds) == MOST_CALLS or sum(seconds) >= ENOUGH_S:
            return made, min(seconds)
