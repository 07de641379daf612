"""``train``: its options, what it refuses, and ``--wait``."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from augment import runs
from augment.runs.config import RunConfig
from tests.cli.conftest import Cli, assert_refused
from tests.conftest import ROOT
from tests.runs.conftest import eventually, live
from tests.signals import interruptible_command

__all__ = ["live"]

SMALL = ("--size", 32, "--batch-size", 4, "--epochs", 1, "--recipe", "nothing")


def test_every_field_of_the_configuration_is_an_option(process: Cli) -> None:
    text = process("train", "--help").out
    for item in fields(RunConfig):
        assert f"--{item.name.replace('_', '-')} " in text
    assert "--run " not in text


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--epochs", "0"], ["epochs", "0", "1 to 1000"]),
        (["--learning-rate", "nan"], ["learning_rate", "nan"]),
        (["--batch-size", "5000"], ["batch_size", "5000", "1024"]),
        (["--size", "8"], ["8", "32"]),
        (["--data", "roses"], ["roses", "bundled"]),
        (["--data", "tfds:oxford_flowers102"], ["not prepared", "data prepare"]),
        (["--weights", "missing.keras"], ["missing.keras"]),
        (["--weights", "random"], ["weights", "random", "imagenet"]),
        (["--fit", "squash"], ["squash", "crop", "stretch"]),
        (["--splits", "mine", "--size", "32"], ["splits", "mine", "re-split"]),
        (["--splits", "train+validation", "--size", "32"], ["train+validation", "official"]),
        (["--split-seed", "-1", "--size", "32"], ["split_seed", "-1", "4294967295"]),
        (["--jit", "maybe"], ["jit", "maybe", "auto"]),
        (["--recipe", "missing.json"], ["missing.json", "guide"]),
        (["--epochs", f"1{'0' * 400}", "--size", "32"], ["epochs", "1 to 1000", "1000000"]),
        (["--epochs", "9" * 5000], ["--epochs", "'99999", "is not a whole number"]),
        (["--epochs", "1_0"], ["--epochs", "'1_0' is not a whole number"]),
        (["--epochs", "٣"], ["--epochs", "'٣' is not a whole number"]),
        (["--learning-rate", "0.0_1"], ["--learning-rate", "'0.0_1' is not a number"]),
        (["--momentum", "٣"], ["--momentum", "'٣' is not a number"]),
        (["--epochs", "2.5"], ["--epochs", "'2.5' is not a whole number"]),
        (["--seed", f"-1{'0' * 400}", "--size", "32"], ["seed", "4294967295", "-1000000"]),
        (["--size", f"1{'0' * 400}"], ["32", "512", "1000000"]),
        (["--size", "9" * 5000], ["--size", "is not a whole number"]),
        (["--learning-rate", "1e400", "--size", "32"], ["learning_rate", "inf"]),
        (["--learning-rate", "9" * 5000, "--size", "32"], ["learning_rate", "inf"]),
        (["--learning-rate", "fast"], ["--learning-rate", "'fast' is not a number"]),
        (["--weights", "~nosuch/x.keras", "--size", "32"], ["weights is not a path", "~nosuch"]),
        (["--weights", "a\0.keras", "--size", "32"], ["weights is not a path"]),
        (["--name", "a\udcff", "--size", "32"], ["name", "halves of characters"]),
        (["--data", "folder:~nosuch"], ["~nosuch", "not a possible path"]),
        (["--fit", "x\ny\x1b" * 9000], ["The fit is", r"x\ny\x1b"]),
        (["--nosuch\nb"], [r"Unrecognized arguments: '--nosuch\nb'"]),
    ],
)
def test_what_cannot_be_trained(
    words: list[str], expected: list[str], cli: Cli, home: Path
) -> None:
    assert_refused(cli("train", *words), *expected)
    assert runs.list_runs() == []


def test_the_trainer_of_no_run_queues_none(cli: Cli, home: Path) -> None:
    assert cli("train", "--run", "").code == 2
    assert runs.list_runs() == []


@pytest.mark.slow
def test_an_interrupt_while_waiting_leaves_the_run_alone(cli: Cli, live: Path) -> None:
    environment = os.environ | {"AUGMENT_HOME": str(live)}
    waiting = subprocess.Popen(
        interruptible_command("train", *SMALL, "--wait"),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    eventually(lambda: any(run.state == runs.RUNNING for run in runs.list_runs()))
    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate(timeout=60)
    run_id = out.strip()
    assert waiting.returncode == 130
    assert f"runs cancel {run_id}" in err
    assert "Traceback" not in err
    eventually(lambda: "loading Keras" in runs.get(run_id).log())
    assert runs.get(run_id).state == runs.RUNNING
    assert cli("runs", "cancel", run_id).code == 0
    eventually(lambda: runs.get(run_id).is_over)
