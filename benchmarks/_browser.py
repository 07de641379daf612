"""Shared by the benchmarks: the app, started as the README does, and a real Chromium that opens it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks._inputs import ROOT

START = (sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true")
PAINTED = ".grid[data-digest]"
LAUNCH = {
    "executable_path": os.environ.get("CHROMIUM") or shutil.which("chromium"),
    "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
}
START_S = 60


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser; ``CHROMIUM`` in the environment names another executable."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)
        yield browser
        browser.close()


@contextmanager
def server(
    home: Path | None = None, log: Path = Path(os.devnull)
) -> Iterator[tuple[str, psutil.Process, float]]:
    """Start the app; yield its address, its process and the time of its start.

    Args:
        home: Its ``AUGMENT_HOME``; None for an empty one.
        log: The file that its output is appended to.

    Raises:
        RuntimeError: It ended, or did not listen within a minute.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as empty, log.open("ab") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            [*START, f"--server.port={port}"],
            cwd=ROOT,
            env={**os.environ, "AUGMENT_HOME": str(home or empty)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_listening(process, port)
            yield f"http://127.0.0.1:{port}", psutil.Process(process.pid), started
        finally:
            process.terminate()
            process.wait()


def first_grid(browser: Browser, url: str, script: str | None = None) -> Page:
    """Open Explore in a new browser context and wait for its grid.

    Args:
        browser: The browser.
        url: The address.
        script: JavaScript that the page runs before its own.
    """
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    if script:
        page.add_init_script(script)
    page.goto(url)
    page.locator(PAINTED).wait_for(timeout=60_000)
    return page


def _wait_until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.005)
        else:
            return
    raise RuntimeError(f"The app did not start (exit status {process.returncode}).")
