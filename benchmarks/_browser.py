"""Shared by the benchmarks: the app as its README starts it, and a real Chromium to look at it."""

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

ROOT = Path(__file__).resolve().parent.parent
START = (sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true")
PAINTED = ".grid[data-digest]"
LAUNCH = {
    "executable_path": os.environ.get("CHROMIUM") or shutil.which("chromium"),
    "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)
        yield browser
        browser.close()


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


def first_grid(browser: Browser, url: str, script: str | None = None) -> Page:
    """Open Explore in a context of its own, and wait for its grid.

    Args:
        browser: The browser.
        url: The address.
        script: What the page runs before anything of its own.
    """
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    if script:
        page.add_init_script(script)
    page.goto(url)
    page.locator(PAINTED).wait_for(timeout=60_000)
    return page


def _await(port: int) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.005)
        else:
            return
