"""``train`` and ``runs``: the same run folder, from the command line, by a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from augment import runs
from augment.runs.config import RunConfig
from tests.cli.conftest import Cli, assert_refused
from tests.conftest import ROOT
from tests.signals import interruptible_command

SMALL = ("--size", 32, "--batch-size", 4, "--epochs", 1, "--recipe", "nothing")


def wait_for(happened: Callable[[], bool], seconds: float = 240.0) -> None:
    """Wait for another process, but not for ever."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def test_every_field_of_the_configuration_is_an_option(process: Cli) -> None:
    text = process("train", "--help").out
    for item in fields(RunConfig):
        assert f"--{item.name.replace('_', '-')} " in text
    assert "--run " not in text


@pytest.mark.parametrize(
    ("words", "said"),
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
    ],
)
def test_what_cannot_be_trained(words: list[str], said: list[str], cli: Cli, home: Path) -> None:
    assert_refused(cli("train", *words), *said)
    assert runs.list_runs() == []


@pytest.mark.parametrize("action", ["show", "log", "cancel"])
def test_an_unknown_run(action: str, cli: Cli, home: Path) -> None:
    for run_id in ("no-such-run", "../../etc", "a\nb", ""):
        assert_refused(cli("runs", action, run_id))


def test_no_runs_yet(cli: Cli, home: Path) -> None:
    assert cli("runs", "list").out == ""
    assert cli("runs", "list", "--json").document == []


def test_a_torn_run_is_said_in_words_and_hides_no_other(cli: Cli, home: Path) -> None:
    (home / "runs" / "torn").mkdir(parents=True)
    (home / "runs" / "empty-spec").mkdir()
    (home / "runs" / "empty-spec" / "spec.json").write_text('{"vers', encoding="utf-8")
    listed = cli("runs", "list")
    assert listed.code == 0
    assert {"torn", "empty-spec"} <= {line.split()[0] for line in listed.out.splitlines()}
    assert "spec.json" in listed.err
    for run_id in ("torn", "empty-spec"):
        shown = cli("runs", "show", run_id)
        assert shown.code == 0
        assert "spec.json" in shown.out


def test_a_loss_that_is_no_number_is_null_in_a_document(cli: Cli, home: Path) -> None:
    folder = home / "runs" / "diverged"
    folder.mkdir(parents=True)
    (folder / "metrics.csv").write_text(
        "epoch,loss,accuracy,val_loss,val_accuracy\n1,nan,0.5,inf,0.25\n", encoding="utf-8"
    )
    [epoch] = cli("runs", "show", "diverged", "--json").document["epochs"]
    assert (epoch["loss"], epoch["val_loss"]) == (None, None)
    assert (epoch["accuracy"], epoch["val_accuracy"]) == (0.5, 0.25)


@pytest.mark.slow
def test_a_run_from_submission_to_cancel(cli: Cli, process: Cli, home: Path) -> None:
    submitted = cli("train", *SMALL, "--name", "rosé", "--json")
    run_id = submitted.document["id"]
    assert submitted.err == ""
    assert submitted.document["config"]["epochs"] == 1
    [listed] = cli("runs", "list", "--json").document
    assert listed["id"] == run_id
    assert run_id in cli("runs", "list").out
    wait_for(lambda: runs.get(run_id).state == runs.RUNNING)
    assert cli("runs", "cancel", run_id).code == 0
    wait_for(lambda: runs.get(run_id).is_over)
    shown = cli("runs", "show", run_id)
    assert "CANCELLED" in shown.out
    assert "rosé" in shown.out
    assert cli("runs", "log", run_id, "--json").document["id"] == run_id
    assert_refused(cli("runs", "cancel", run_id), "over already", "CANCELLED")


@pytest.mark.slow
def test_an_interrupt_while_waiting_leaves_the_run_alone(cli: Cli, home: Path) -> None:
    """What is waited for is the run; who waits may go."""
    environment = os.environ | {"AUGMENT_HOME": str(home)}
    waiting = subprocess.Popen(
        interruptible_command("train", *SMALL, "--wait"),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: any(run.state == runs.RUNNING for run in runs.list_runs()))
    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate(timeout=60)
    run_id = out.strip()
    assert waiting.returncode == 130
    assert f"runs cancel {run_id}" in err
    assert "Traceback" not in err
    wait_for(lambda: "loading Keras" in runs.get(run_id).log())
    assert runs.get(run_id).state == runs.RUNNING
    assert cli("runs", "cancel", run_id).code == 0
    wait_for(lambda: runs.get(run_id).is_over)
