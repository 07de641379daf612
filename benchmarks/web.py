"""The web app for its host: cold start and memory, against the targets of the design.

    python -m benchmarks.web [--starts 3] [--browsers 10]

Starts the app as the README does, with an empty home, and opens it in a real Chromium (`CHROMIUM` names
another one). A cold start begins with nothing prepared and ends with the first painted grid; Chromium is
already running. Server, browser and this script share the machine's cores. `latency` measures sliders.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from typing import Any

import psutil

from benchmarks import _measure
from benchmarks._browser import chromium, first_grid, server


def megabytes(process: psutil.Process) -> float:
    return process.memory_info().rss / 2**20


def measure(starts: int, browsers: int) -> dict[str, tuple[float, float, float]]:
    """Return for each measure its value, the value that it must reach, and the aim."""
    with chromium() as browser:
        cold = []
        for number in range(starts):
            print(f"start {number + 1}", file=sys.stderr)
            with server() as (url, _, started):
                first_grid(browser, url)
                cold.append(time.perf_counter() - started)
        with server() as (url, process, _):
            first_grid(browser, url)
            after_start = megabytes(process)
            print("browsers", file=sys.stderr)
            opened = [first_grid(browser, url) for _ in range(browsers)]
            grown = megabytes(process) - after_start
            for each in opened:
                each.context.close()
    return {
        "cold start to first grid, s": (statistics.median(cold), 4, 2),
        "memory of the web process after start, MB": (after_start, 300, 200),
        "memory for each further browser, MB": (grown / browsers, 10, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--browsers", type=int, default=10)
    options: dict[str, Any] = vars(parser.parse_args())
    measured = measure(**options)
    for name, (value, must, aim) in measured.items():
        print(f"{value:9.1f}  {name} (must {must}, aim {aim})")
    _measure.write(
        "web",
        {
            "machine": _measure.machine("streamlit", "playwright"),
            "setting": options,
            "measured": {
                name: {"value": round(value, 2), "must": must, "aim": aim}
                for name, (value, must, aim) in measured.items()
            },
        },
    )


if __name__ == "__main__":
    main()
