"""A real Streamlit server in a process of its own."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT
from tests.runs.conftest import eventually

SECONDS_TO_START = 60
SECONDS_TO_END = 180
PROBLEMS = re.compile(r"Traceback|WARNING|ERROR|[Dd]eprecat|Exception")


@dataclass
class Server:
    """A running server."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def problems(self, since: int) -> list[str]:
        lines = self.log.read_bytes()[since:].decode("utf-8", "replace").splitlines()
        return [line for line in lines if PROBLEMS.search(line)]


@contextlib.contextmanager
def serving(script: str, log: Path, *options: str, **environment: str) -> Iterator[Server]:
    """Start a script with `streamlit run` from the root of the checkout, on a free port.

    The port is bound here too, without listening, so that nobody else gets it before the server listens.
    """
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with _started(script, port, log, *options, **environment) as server:
            yield server


@contextlib.contextmanager
def _started(
    script: str, port: int, log: Path, *options: str, **environment: str
) -> Iterator[Server]:
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.headless=true"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, f"--server.port={port}", *options],
            cwd=ROOT,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: process.poll() is not None or _healthy(url), SECONDS_TO_START)
        assert process.poll() is None, log.read_text()
        yield Server(url=url, process=process, log=log)
    finally:
        process.terminate()
        try:
            process.wait(SECONDS_TO_END)
        finally:
            process.kill()


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=10) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
