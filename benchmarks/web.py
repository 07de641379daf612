"""The web app as its host meets it: cold start and memory.

    python benchmarks/web.py [--starts 3] [--browsers 10]

Starts the app as the README says, with a home of its own, and opens it in a real Chromium (CHROMIUM
names another one). Starts begin with nothing prepared and end with the first painted grid; Chromium
itself is running before. Server, browser and this script share the machine's cores. How long a slider
takes is measured by `latency.py`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import _results
from benchmarks._browser import chromium, first_grid, server


def megabytes(process: psutil.Process) -> float:
    return process.memory_info().rss / 2**20


def measure(starts: int, browsers: int) -> dict[str, tuple[float, float, float]]:
    """Return for each measure its value, what the design says it must be, and what it aims at."""
    with chromium() as browser:
        cold = []
        for number in range(starts):
            print(f"start {number + 1}", file=sys.stderr)
            with server() as (url, process, started):
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
    path = _results.write(
        "web",
        {
            "machine": _results.machine("streamlit", "playwright"),
            "setting": options,
            "measured": {
                name: {"value": round(value, 2), "must": must, "aim": aim}
                for name, (value, must, aim) in measured.items()
            },
        },
    )
    print(f"written to {path}")


if __name__ == "__main__":
    main()
