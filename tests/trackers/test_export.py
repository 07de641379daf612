"""``runs export`` to trackers: what it reads, what it refuses, and that nothing of a run changes."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from augment import trackers
from augment.runs import folders
from augment.runs.folders import RunFolder
from augment.system import files
from tests.cli.conftest import Cli, assert_refused
from tests.runs.conftest import CONFIG
from tests.test_imports import imported_by
from tests.trackers.conftest import content_of, written

EVERY = tuple(trackers.TRACKERS)


@pytest.mark.parametrize("to", EVERY)
def test_a_run_is_exported_once_and_nothing_of_it_changes(
    to: str, cli: Cli, run: RunFolder, home: Path
) -> None:
    before = content_of(run.path)
    first = cli("runs", "export", "2026-x", "--to", to, "--json").document
    [entry] = first["runs"]
    # Two curves of four steps, three of epochs and one of one epoch more, six figures of two splits.
    assert (entry["id"], entry["points"], entry["changed"]) == ("2026-x", 2 * 4 + 6 + 12, True)
    assert first["path"] == str(home / "trackers" / to)
    assert (first["skipped"], first["problems"]) == ({}, {})
    exported = content_of(Path(first["path"]))
    again = cli("runs", "export", "2026-x", "--to", to)
    assert again.out == f"2026-x is up to date: 26 points\n{first['path']}\n"
    assert content_of(Path(first["path"])) == exported
    assert content_of(run.path) == before


def test_exporting_starts_no_tensorflow_and_gives_the_same_bytes_in_any_process(
    cli: Cli, run: RunFolder, tmp_path: Path
) -> None:
    words = {
        to: ["runs", "export", "2026-x", "--to", to, "--output", str(tmp_path / to)] for to in EVERY
    }
    heavy = imported_by(
        "from augment.cli import main\n"
        f"for words in {list(words.values())}: assert main(words) == 0"
    )
    # The samples are drawn with SciPy, and rendered by numba where that is compiled.
    assert set(heavy.splitlines()[-1].split()) <= {"numba", "scipy.sparse", "scipy.special"}
    for to in EVERY:
        assert cli(*words[to], "--json").document["runs"][0]["changed"] is False, to


def test_a_damaged_file_is_a_sentence_and_the_rest_is_exported(
    cli: Cli, run: RunFolder, tmp_path: Path
) -> None:
    command = ("runs", "export", "2026-x", "--to", "csv", "--output", tmp_path, "--json")
    assert cli(*command).code == 0
    assert (tmp_path / "2026-x" / "confusion_validation.csv").exists()
    run.predictions.write_bytes(b"PK")
    run.evaluation.write_text("{")
    run.attempts.write_text("[]")
    run.steps.write_text("epoch\n")
    result = cli(*command)
    [problem] = result.document["problems"]["2026-x"]
    for name in ("predictions.npz", "evaluation.json", "attempts.json", "steps.csv"):
        assert f"{name} is damaged" in problem
        assert f"{name} is damaged" in result.err
    tables = {path.name for path in (tmp_path / "2026-x").iterdir()}
    assert {"metrics.csv", "settings.csv", "recipe.json", "samples.png", "figures.csv"} <= tables
    assert {"confusion_test.csv", "predictions_test.csv"} <= tables
    gone = {"steps.csv", "confusion_validation.csv", "predictions_validation.csv"}
    assert not gone & tables, "tables of before are taken for those of now"


def test_the_data_may_be_gone(cli: Cli, run: RunFolder, tmp_path: Path) -> None:
    gone = replace(CONFIG, data=f"folder:{tmp_path / 'gone'}", epochs=2).to_dict()
    files.write_json(run.spec, run.read_spec() | {"config": gone})
    result = cli("runs", "export", "2026-x", "--to", "csv", "--output", tmp_path / "out", "--json")
    [problem] = result.document["problems"]["2026-x"]
    assert problem.startswith("There are no sample pictures. ")
    exported = content_of(tmp_path / "out" / "2026-x")
    assert "samples.png" not in exported
    assert b"data,folder:gone\n" in exported["settings.csv"], (
        "a folder of this machine is given away"
    )


def test_what_cannot_be_exported(cli: Cli, run: RunFolder, home: Path, tmp_path: Path) -> None:
    export = ("runs", "export")
    assert_refused(cli(*export, "nobody", "--to", "csv"), "no run 'nobody'")
    assert_refused(cli(*export, "../..", "--to", "csv"), "not the id of a run")
    assert_refused(cli(*export, "2026-x", "--to", "wandb"), "wandb", "tensorboard")
    folders.create("2026-queued", CONFIG)
    assert_refused(
        cli(*export, "2026-queued", "--to", "mlflow"), "2026-queued", "no epoch, step or evaluation"
    )
    assert not (home / "trackers" / "mlflow").exists()
    (shared := tmp_path / "shared").mkdir()
    (shared / "2026-x").mkdir()
    (shared / "2026-x" / "thesis.txt").write_text("mine")
    (tmp_path / "file").touch()
    for to in EVERY:
        within = cli(*export, "2026-x", "--to", to, "--output", run.path / "here")
        assert_refused(within, "in the folder of the runs")
        assert_refused(
            cli(*export, "2026-x", "--to", to, "--output", tmp_path / "file" / "x"), "file"
        )
        assert_refused(
            cli(*export, "2026-x", "--to", to, "--output", shared), "name another folder"
        )
    assert content_of(shared) == {"2026-x/thesis.txt": b"mine"}
    assert not (run.path / "here").exists()


@pytest.mark.parametrize(("to", "module"), [("tensorboard", "tensorboard"), ("mlflow", "mlflow")])
def test_a_tracker_that_is_not_installed(
    to: str, module: str, cli: Cli, run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    assert_refused(
        cli("runs", "export", "2026-x", "--to", to), "pip install -r requirements-trackers.txt"
    )


def sweep_of_two() -> None:
    """Two finished runs, and one that is queued."""
    for seed, magnitude in ((3, 0.1), (4, 0.2)):
        cell = {"rand_augment.magnitude": magnitude}
        written(f"2026-s-{seed}", seed=seed, sweep={"id": "2026-s", "cell": cell})
    folders.create(
        "2026-s-5",
        replace(CONFIG, seed=5),
        sweep={"id": "2026-s", "cell": {"rand_augment.magnitude": 0.2}},
    )


def test_a_sweep(cli: Cli, run: RunFolder, tmp_path: Path) -> None:
    sweep_of_two()
    done = cli("runs", "export", "2026-s", "--to", "csv", "--output", tmp_path, "--json").document
    assert [entry["id"] for entry in done["runs"]] == ["2026-s-3", "2026-s-4"]
    assert list(done["skipped"]) == ["2026-s-5"]
    with (tmp_path / "2026-s" / "runs.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [(row["id"], row["rand_augment.magnitude"], row["state"]) for row in rows]
    assert found == [
        ("2026-s-3", "0.1", "SUCCEEDED"),
        ("2026-s-4", "0.2", "SUCCEEDED"),
        ("2026-s-5", "0.2", "QUEUED"),
    ]
    assert [row["accuracy"] for row in rows] == ["0.75", "0.75", ""]
    assert_refused(cli("runs", "export", "2026-s", "--to", "keras"), "2026-s is a sweep", "one run")
    for seed in (3, 4):
        folder = folders.find(f"2026-s-{seed}")
        for path in (folder.metrics, folder.steps, folder.evaluation, folder.test):
            path.unlink()
    refused = cli("runs", "export", "2026-s", "--to", "tensorboard")
    assert (refused.code, refused.out) == (2, "")
    last = refused.err.splitlines()[-1]
    assert last.startswith(
        "error: None of the 3 runs of the sweep 2026-s has anything to export yet"
    )


def test_the_recipe_that_is_exported_is_that_of_the_run(
    cli: Cli, run: RunFolder, tmp_path: Path
) -> None:
    cli("runs", "export", "2026-x", "--to", "csv", "--output", tmp_path)
    recipe = json.loads((tmp_path / "2026-x" / "recipe.json").read_text())
    assert recipe == run.read_spec()["config"]["recipe"]
