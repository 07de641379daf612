"""Shared by the benchmarks: timing contenders in turns, and writing the results with their machine."""

from __future__ import annotations

import datetime
import importlib.metadata
import importlib.util
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import psutil

Step = Callable[[], Any]
Name = TypeVar("Name", bound=Hashable)

RESULTS = Path(__file__).parent / "results"

_QUIET_S, _QUIET_SHARE = 0.2, 0.1


def seconds_per_call(
    steps: Mapping[Name, Step],
    *,
    seconds: float,
    rounds: int,
    warmup: int = 2,
    min_calls: int = 1,
    buffered: int = 0,
    settling: int = 0,
) -> dict[Name, float]:
    """Return the seconds of one call of each step: the median of the rounds.

    The steps take turns, so that a machine whose speed drifts is fair to all.

    Args:
        steps: The functions to time.
        seconds: How long each is called in each round.
        rounds: Number of rounds; every step has one turn per round.
        warmup: Calls before the first round, which are not timed.
        min_calls: The fewest timed calls in a turn.
        buffered: How many results a step may have prepared during the turns of others. This many calls
            at the start of a turn are not timed, and a turn starts only when the machine is idle:
            otherwise a slow pipeline would use the time of the next contender.
        settling: Calls at the start of a turn that are not timed for another reason.
    """
    for number, (name, step) in enumerate(steps.items(), start=1):
        show_progress(f"warming up {number} of {len(steps)}: {name}")
        for _ in range(warmup):
            step()
    times: dict[Name, list[float]] = {name: [] for name in steps}
    for number in range(1, rounds + 1):
        for name, step in steps.items():
            show_progress(f"round {number} of {rounds}: {name}")
            if buffered:
                _wait_until_idle()
            for _ in range(buffered + settling):
                step()
            calls, elapsed, start = 0, 0.0, time.perf_counter()
            while calls < min_calls or elapsed < seconds:
                step()
                calls += 1
                elapsed = time.perf_counter() - start
            times[name].append(elapsed / calls)
    show_progress("")
    return {name: statistics.median(each) for name, each in times.items()}


def show_progress(text: str) -> None:
    """Replace the progress line on the terminal; print nothing where stderr is not a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


_WIDE = ("sse4", "avx", "fma", "amx", "asimd", "sve")


def machine(*packages: str) -> dict[str, Any]:
    """Return the processor, what its wide registers can, its usable cores, and versions."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = {line.partition(":")[2].strip() for line in lines if line.startswith("model name")}
    flags = {
        flag
        for line in lines
        if line.startswith(("flags", "Features"))
        for flag in line.partition(":")[2].split()
    }
    affinity = hasattr(os, "sched_getaffinity")
    return {
        "processor": ", ".join(sorted(names)) or platform.processor(),
        "instruction sets": " ".join(sorted(flag for flag in flags if flag.startswith(_WIDE))),
        "cores": len(os.sched_getaffinity(0)) if affinity else os.cpu_count(),
        "python": platform.python_version(),
        **{package: importlib.metadata.version(package) for package in packages},
    }


def installed(package: str) -> bool:
    """Return whether a package can be imported."""
    try:
        return importlib.util.find_spec(package.replace("-", "_")) is not None
    except ModuleNotFoundError:  # the package that it would be in
        return False


def rounded(result: Any, digits: int) -> Any:
    """Return nested dicts of numbers with each number rounded."""
    if isinstance(result, dict):
        return {key: rounded(value, digits) for key, value in result.items()}
    return round(result, digits)


def write(name: str, result: dict[str, Any]) -> None:
    """Write a result as ``results/DATE-NAME.json`` and print the path."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.date.today().isoformat()}-{name}.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"written to {path}")


def _wait_until_idle() -> None:
    """Wait until this process and its children use almost no processor time."""
    busy = True
    while busy:
        before = _used_seconds()
        time.sleep(_QUIET_S)
        busy = _used_seconds() - before > _QUIET_SHARE * _QUIET_S


def _used_seconds() -> float:
    own = psutil.Process()
    times = [process.cpu_times() for process in (own, *own.children(recursive=True))]
    return sum(each.user + each.system for each in times)
