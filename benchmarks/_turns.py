"""Shared by the benchmarks: contenders that take turns, so that a machine whose speed drifts is fair."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

import psutil

Step = Callable[[], Any]
Name = TypeVar("Name", bound=Hashable)

_QUIET_S, _QUIET_SHARE = 0.2, 0.1


def seconds_per_call(
    steps: Mapping[Name, Step],
    *,
    seconds: float,
    rounds: int,
    warm: int = 2,
    least: int = 1,
    buffered: int = 0,
    settling: int = 0,
) -> dict[Name, float]:
    """Return for each step how long one call takes: the median of the rounds.

    Args:
        steps: What is called.
        seconds: How long each is called in each round.
        rounds: How many rounds there are, in each of which every step has its turn.
        warm: Calls before the first round, which do not count.
        least: The fewest calls that count in a turn.
        buffered: How many results a step may have made in the time of others. So many calls at the
            start of a turn do not count, and the next turn begins when all is quiet: else a slow
            pipeline would be lent the time of whoever comes after it.
        settling: Calls at the start of a turn that do not count for another reason.
    """
    for number, (name, step) in enumerate(steps.items(), start=1):
        said(f"warming up {number} of {len(steps)}: {name}")
        for _ in range(warm):
            step()
    times: dict[Name, list[float]] = {name: [] for name in steps}
    for number in range(1, rounds + 1):
        for name, step in steps.items():
            said(f"round {number} of {rounds}: {name}")
            if buffered:
                _wait_until_quiet()
            for _ in range(buffered + settling):
                step()
            calls, elapsed, start = 0, 0.0, time.perf_counter()
            while calls < least or elapsed < seconds:
                step()
                calls += 1
                elapsed = time.perf_counter() - start
            times[name].append(elapsed / calls)
    said("")
    return {name: statistics.median(each) for name, each in times.items()}


def said(words: str) -> None:
    """Say on a terminal what is going on, in place of what was said before."""
    if sys.stderr.isatty():
        print(f"\r\033[K{words}", end="", file=sys.stderr, flush=True)


def _wait_until_quiet() -> None:
    """Wait until this process and those that it started have nothing left to do."""
    busy = True
    while busy:
        before = _used_seconds()
        time.sleep(_QUIET_S)
        busy = _used_seconds() - before > _QUIET_SHARE * _QUIET_S


def _used_seconds() -> float:
    own = psutil.Process()
    times = [process.cpu_times() for process in (own, *own.children(recursive=True))]
    return sum(each.user + each.system for each in times)
