"""Running the command line: in this process, or as a process of its own where that matters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from augment.cli import main
from tests.conftest import ROOT


@dataclass(frozen=True, kw_only=True)
class Result:
    """The result of a command."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


Cli = Callable[..., Result]


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home for tests that only read prepared data, which are prepared once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def cli(
    shared_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Cli:
    """Run a command in this process; a test that takes ``home`` after it has a home of its own."""
    monkeypatch.setenv("AUGMENT_HOME", str(shared_home))

    def run(*words: object) -> Result:
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Result(code=code, out=captured.out, err=captured.err)

    return run


@pytest.fixture
def process(shared_home: Path) -> Cli:
    """Run a command in a process of its own, as users do."""

    def run(*words: object, stdin: bytes = b"", **environment: str) -> Result:
        done = subprocess.run(
            command(*words),
            cwd=ROOT,
            env=os.environ | {"AUGMENT_HOME": str(shared_home)} | environment,
            input=stdin,
            capture_output=True,
            timeout=1200,  # a training, on a busy machine
            check=False,
        )
        return Result(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())

    return run


def command(*words: object) -> list[str]:
    """Return the command line of a process."""
    return [sys.executable, "-m", "augment", *(str(word) for word in words)]


def assert_refused(result: Result, *words: str) -> None:
    """One line on stderr with the words, nothing on stdout, exit code 2."""
    assert result.code == 2, result
    assert result.out == ""
    assert result.err.startswith("error: ")
    assert result.err.count("\n") == 1, result.err
    assert result.err.endswith(".\n")
    assert "Traceback" not in result.err
    for word in words:
        assert word in result.err, result.err
