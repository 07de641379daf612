"""The web app as a person meets it: cold start, slider to painted grid, memory.

    python benchmarks/web.py [--starts 3] [--presses 100] [--browsers 10]

Starts the app as the README says, with a home of its own, and drives it in a real Chromium (CHROMIUM
names another one). A grid counts as painted when its element says so, which it does after every
sheet of pictures is decoded and the frame that shows them has been drawn. Starts begin with nothing
prepared and end with the first grid; Chromium itself is running before. Server, browser and this
script share the machine's cores.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import _results

START = (sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true")
PAINTED = ".grid[data-digest]"
LAUNCH = {
    "executable_path": os.environ.get("CHROMIUM") or shutil.which("chromium"),
    "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
}
# Notes when a key went down, and gives a promise of the time of the next painted grid.
WATCH = """() => {
  const grid = (function find(root) {
    for (const element of root.querySelectorAll("*")) {
      if (element.matches(".grid[data-digest]")) return element;
      const found = element.shadowRoot && find(element.shadowRoot);
      if (found) return found;
    }
  })(document);
  addEventListener("keydown", () => { window.pressed = performance.now(); }, true);
  window.nextPaint = () => new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      observer.disconnect();
      resolve(performance.now() - window.pressed);
    });
    observer.observe(grid, { attributes: true, attributeFilter: ["data-digest"] });
  });
}"""


@contextmanager
def server() -> Iterator[tuple[str, psutil.Process, float]]:
    """Start the app with a fresh home; give its address, its process and when it was started."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        started = time.perf_counter()
        process = subprocess.Popen(
            [*START, f"--server.port={port}"],
            cwd=ROOT,
            env={**os.environ, "AUGMENT_HOME": home},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _await(port)
            yield f"http://127.0.0.1:{port}", psutil.Process(process.pid), started
        finally:
            process.terminate()
            process.wait()


def _await(port: int) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.005)
        else:
            return


def first_grid(browser: Browser, url: str) -> Page:
    """Open Explore in a context of its own, and wait for its grid."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(url)
    page.locator(PAINTED).wait_for(timeout=60_000)
    return page


def latencies(page: Page, presses: int) -> list[float]:
    """Return, in milliseconds, how long after each key press on a slider the new grid is painted."""
    page.evaluate(WATCH)
    slider = page.get_by_role("group", name="Magnitude", exact=True).get_by_role("slider")
    slider.focus()
    times = []
    for number in range(presses + 5):
        page.evaluate("() => { window.waiting = window.nextPaint(); }")
        page.keyboard.press("ArrowRight" if number % 20 < 10 else "ArrowLeft")
        times.append(float(page.evaluate("() => window.waiting")))
    return times[5:]


def megabytes(process: psutil.Process) -> float:
    return process.memory_info().rss / 2**20


def measure(starts: int, presses: int, browsers: int) -> dict[str, Any]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)
        cold = []
        for number in range(starts):
            print(f"start {number + 1}", file=sys.stderr)
            with server() as (url, process, started):
                first_grid(browser, url)
                cold.append(time.perf_counter() - started)
        with server() as (url, process, _):
            page = first_grid(browser, url)
            after_start = megabytes(process)
            print("slider", file=sys.stderr)
            times = latencies(page, presses)
            print("browsers", file=sys.stderr)
            one = megabytes(process)
            opened = [first_grid(browser, url) for _ in range(browsers)]
            grown = megabytes(process) - one
            for each in opened:
                each.context.close()
        browser.close()
    return {
        "cold start to first grid, s": (statistics.median(cold), 4, 2),
        "slider to painted grid, median ms": (statistics.median(times), 200, 100),
        "slider to painted grid, 95th percentile ms": (
            statistics.quantiles(times, n=20, method="inclusive")[18],
            300,
            150,
        ),
        "memory of the web process after start, MB": (after_start, 300, 200),
        "memory for each further browser, MB": (grown / browsers, 10, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--presses", type=int, default=100)
    parser.add_argument("--browsers", type=int, default=10)
    options = vars(parser.parse_args())
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
