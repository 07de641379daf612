"""``train``: its options, what it refuses, and ``--wait``."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from augment import Recipe, presets, runs
from augment.cli import parser, train
from augment.runs.config import RunConfig
from augment.runs.presets import DEFAULTS, PRESETS, settings
from tests.cli.conftest import Cli, assert_refused
from tests.conftest import ROOT
from tests.runs.conftest import DEADLINE_S, eventually, live, quick
from tests.signals import interruptible_command

__all__ = ["live", "quick"]

SMALL = ("--size", 32, "--batch-size", 4, "--epochs", 1, "--recipe", "nothing")


def test_every_field_of_the_configuration_is_an_option(process: Cli) -> None:
    text = process("train", "--help").out
    for item in fields(RunConfig):
        assert f"--{item.name.replace('_', '-')} " in text
    assert "--run " not in text
    joined = " ".join(text.split())
    for preset in PRESETS.values():
        assert preset.note in joined


def test_a_run_is_forecast_before_its_id(cli: Cli, home: Path, nothing_starts: None) -> None:
    first = cli("train", *SMALL)
    assert first.code == 0
    [line] = [line for line in first.err.splitlines() if line.startswith("forecast: ")]
    assert "in all" in line
    assert "of memory (estimated from another machine)" in line
    assert "before it" not in line
    assert first.out.strip() in {run.id for run in runs.list_runs()}

    second = cli("train", *SMALL, "--preset", "guide", "--json")
    assert "1 run before it, about" in second.err
    document = second.document
    assert runs.get(document["id"]).config is not None
    assert document["config"]["size"] == 32  # explicit options win over the preset
    assert document["config"]["schedule"] == "constant"
    assert document["forecast"]["total_s"] > document["forecast"]["start_s"] > 0
    assert document["forecast"]["runs_before"] == 1


def test_a_dry_run_says_what_a_run_would_take_and_queues_none(
    cli: Cli, home: Path, nothing_starts: None
) -> None:
    dry = cli("train", *SMALL, "--dry-run", "--json")
    assert (dry.code, dry.err, runs.list_runs()) == (0, "", [])
    text = cli("train", *SMALL, "--dry-run").out
    forecast, command = text.splitlines()
    assert forecast.startswith("forecast: ")
    assert runs.list_runs() == []
    queued = cli(*shlex.split(command)[3:], "--json").document
    assert {name: queued[name] for name in dry.document} == dry.document
    assert_refused(cli("train", *SMALL, "--dry-run", "--wait"), "not allowed with")
    assert_refused(cli("train", "--size", 32, "--epochs", 0, "--dry-run"), "1 to 1000")


def test_the_same_command_with_an_id_queues_one_run(
    cli: Cli, home: Path, nothing_starts: None
) -> None:
    for _ in range(2):
        assert cli("train", *SMALL, "--id", "mine").out == "mine\n"
    assert [run.id for run in runs.list_runs()] == ["mine"]
    assert_refused(cli("train", *SMALL, "--id", "mine", "--seed", 8), "with another seed")
    assert_refused(cli("train", *SMALL, "--id", "../mine"), "not the id of a run")


@pytest.mark.parametrize(
    ("preset", "explicit", "expected"),
    [
        (None, {}, DEFAULTS),
        ("quick", {}, PRESETS["quick"].values),
        ("quick", {"seed": 3}, {**PRESETS["quick"].values, "seed": 3}),
        ("quick", {"epochs": 1}, {"epochs": 1, "head_epochs": 1, "weights": "imagenet"}),
        ("quick", {"epochs": 1, "head_epochs": 2}, {"epochs": 1, "head_epochs": 2}),
        ("quick", {"weights": "none"}, {"model": "lite0", "weights": "none", "head_epochs": 0}),
        ("quick", {"model": "small"}, {"weights": "none", "head_epochs": 0, "trainable": "all"}),
        ("quick", {"model": "small", "weights": "imagenet"}, {"weights": "imagenet"}),
        ("quick", {"model": "nosuch"}, {"model": "nosuch", "weights": "imagenet"}),
    ],
)
def test_explicit_settings_win_over_a_preset(
    preset: str | None, explicit: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = settings(preset, explicit)
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("preset", [None, *PRESETS])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"epochs": 4, "name": "a b'c", "data": "digits", "per_class": 10},
        {"model": "small", "weights": "none", "head_epochs": 0},
        {"weights": "none", "head_epochs": 0, "label_smoothing": 0.0},
    ],
)
def test_the_command_line_of_a_run_gives_its_configuration(
    preset: str | None, changes: dict[str, Any]
) -> None:
    recipe = presets.PRESETS["mixing"].recipe
    config = RunConfig(recipe=recipe, **(settings(preset, {}) | changes))
    python, dash, name, *words = shlex.split(train.command_line(config, preset))
    assert [python, dash, name] == ["python", "-m", "augment"]
    options = parser.build().parse_args(words)
    values = settings(options.preset, train.given(options))
    assert RunConfig(**values, recipe=presets.PRESETS[options.recipe].recipe) == config
    assert ("--preset" in words) == (preset is not None)


def test_the_command_line_brings_a_recipe_that_is_no_preset() -> None:
    config = RunConfig(recipe={"version": 1, "steps": [{"op": "grid_mask", "probability": 0.3}]})
    first, recipe, end = train.command_line(config, None).splitlines()
    assert first.endswith("--recipe - <<'RECIPE'")
    assert end == "RECIPE"
    assert replace(config, recipe=Recipe.from_json(recipe)) == config


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
        (["--preset", "qick"], ['did you mean "quick"', "guide", "quick", "small", "long"]),
        (["--preset", "small", "--data", "tfds:oxford_flowers102"], ["data prepare", "--size 32"]),
        (["--model", "small", "--weights", "imagenet", "--size", "32"], ["weights", "small"]),
        (
            ["--size", "32", "--batch-size", "1024", "--head-epochs", "1"],
            ["head_epochs", "imagenet"],
        ),
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
def test_an_interrupt_while_waiting_leaves_the_run_alone(cli: Cli, quick: Path) -> None:
    environment = os.environ | {"AUGMENT_HOME": str(quick), "HOLD_TRAINER": "mine epoch 1"}
    waiting = subprocess.Popen(
        interruptible_command("train", *SMALL, "--wait", "--id", "mine"),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert waiting.stdout
    assert waiting.stderr
    assert waiting.stdout.readline() == "mine\n"
    # It follows the run once it says what that is doing.
    while waiting.stderr.readline().startswith(("forecast: ", "warning: ")):
        continue
    eventually((quick / "held").exists)
    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate(timeout=DEADLINE_S)
    assert (waiting.returncode, out) == (130, "")
    assert "runs cancel mine" in err
    assert "Traceback" not in err
    assert runs.get("mine").state == runs.RUNNING
    (quick / "go").touch()
    eventually(lambda: runs.get("mine").is_over)
    assert runs.get("mine").state == runs.SUCCEEDED
