"""What all commands share: exit codes, and error messages without a traceback."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import augment
from tests.cli.conftest import Cli, assert_refused, command
from tests.conftest import ROOT
from tests.runs.conftest import DEADLINE_S
from tests.signals import interruptible, interruptible_command


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ["COMMAND"]),
        (["paint"], ["paint", "ops"]),
        (["data"], ["ACTION"]),
        (["data", "prepare", "bundled"], ["--size"]),
        (["preview"], ["--out"]),
        (["preview", "--out", "x.png", "--size", "large"], ["--size", "large"]),
        (["preview", "--out", "x.png", "--cou", "3"], ["--cou"]),
        (["train", "--epochs", "two"], ["--epochs", "two"]),
        (["runs", "show"], ["ID"]),
        (["prview"], ["'prview' (did you mean \"preview\"?) (choose from"]),
        (["export", "--to", "augment", "--preset", "GUIDE"], ['(did you mean "guide"?)']),
        (["data", "list", "  "], ["Unrecognized arguments: '  '"]),
        (["ops", "flip", "--x\ny", ""], [r"'--x\ny'"]),
        (["preview", "--out", "x.png", "--size", "x" * 5000], ["--size", "xxx…"]),
    ],
)
def test_a_wrong_command_line_is_refused(cli: Cli, words: list[str], expected: list[str]) -> None:
    assert_refused(cli(*words), "--help", *expected)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["ops", "Sheer_x"], ["'Sheer_x' (did you mean \"shear_x\"?)", "gamma, invert"]),
        (["ops", "x" * 5000], ["xxx…"]),
        (["export", "--to", "augment", "guid"], ["'guid'", '(did you mean "guide"?)', "nothing"]),
        (["preview", "--out", "x.png", "--recipe", ""], ["recipe is empty", "preset"]),
        (["preview", "--out", "x.png", "--size", "9" * 400], ["size", "32 to"]),
    ],
)
def test_a_wrong_name_is_refused_with_the_one_most_like_it(
    cli: Cli, words: list[str], expected: list[str]
) -> None:
    result = cli(*words)
    assert_refused(result, *expected)
    assert "  " not in result.err
    assert len(result.err) < 1100


def test_help_lists_the_commands_for_users(process: Cli) -> None:
    result = process("--help")
    assert result.code == 0
    for name in ("ops", "preview", "data", "train", "runs"):
        assert re.search(rf"^ +{name} ", result.out, re.MULTILINE), result.out
    assert "supervise" not in result.out
    assert "schedule" not in result.out


def test_an_internal_error_is_one_line_and_its_traceback_in_a_file(
    cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(augment, "registry", lambda: 1 / 0)
    result = cli("ops")
    log = home / "errors.log"
    assert (result.code, result.out) == (1, "")
    assert result.err.count("\n") == 1
    assert "ZeroDivisionError" in result.err
    assert str(log) in result.err
    assert "Traceback" in log.read_text(encoding="utf-8")
    monkeypatch.setenv("AUGMENT_DEBUG", "1")
    assert "Traceback" in cli("ops").err


def test_an_internal_error_where_nothing_can_be_written(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setenv("AUGMENT_HOME", str(blocked / "home"))
    monkeypatch.setattr(augment, "registry", lambda: 1 / 0)
    result = cli("ops")
    assert result.code == 1
    assert result.err.count("\n") == 1
    assert "AUGMENT_DEBUG" in result.err


def test_a_closed_pipe_is_not_an_error() -> None:
    with subprocess.Popen(
        command("ops", "--json"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.close()
        _, err = writer.communicate(timeout=DEADLINE_S)
    assert err == b""
    assert writer.returncode == 128 + signal.SIGPIPE


def test_an_interrupt_ends_quietly(shared_home: Path, tmp_path: Path) -> None:
    fifo = tmp_path / "recipe.json"
    os.mkfifo(fifo)
    words = ("preview", "--recipe", fifo, "--size", 32, "--out", tmp_path / "out.png")
    with subprocess.Popen(
        interruptible_command(*words),
        cwd=ROOT,
        env=os.environ | {"AUGMENT_HOME": str(shared_home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as reader:
        pipe = opened_by_reader(fifo)
        reader.send_signal(signal.SIGINT)
        # Where the signal came between opening and reading, the read does not notice it; its end does.
        os.close(pipe)
        assert reader.communicate(timeout=DEADLINE_S) == (b"", b"")
    assert reader.returncode == 130


def test_an_interrupt_while_the_program_is_loading_ends_it_quietly(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    (tmp_path / "cv2.py").write_text(f"open({str(fifo)!r}).read()", encoding="utf-8")
    with subprocess.Popen(
        interruptible(f"import os\nos.execv({sys.executable!r}, {command('ops')!r})"),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as loading:
        pipe = opened_by_reader(fifo)
        loading.send_signal(signal.SIGINT)
        assert loading.communicate(timeout=DEADLINE_S) == (b"", b"")
        os.close(pipe)
    assert loading.returncode == -signal.SIGINT


def opened_by_reader(fifo: Path) -> int:
    """Return the writing end of a pipe as soon as another process reads it."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        try:
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def test_a_terminal_without_greek_letters_is_not_an_error(process: Cli) -> None:
    result = process("ops", "cut_mix", PYTHONIOENCODING="ascii")
    assert result.code == 0
    assert "\\u03bb" in result.out
