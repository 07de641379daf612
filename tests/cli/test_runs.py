"""``runs``: what the command line shows of run folders, and what it changes in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from augment import data, runs
from augment.data import overview
from augment.runs import folders
from augment.system import files
from tests.cli.conftest import Cli, assert_refused
from tests.runs.conftest import CONFIG, eventually, live, state

__all__ = ["live"]


@pytest.mark.parametrize("action", ["show", "log", "cancel"])
def test_an_unknown_run(action: str, cli: Cli, home: Path) -> None:
    for run_id in ("no-such-run", "../../etc", "a\nb", ""):
        assert_refused(cli("runs", action, run_id))


@pytest.mark.parametrize("lock", ["999999", "9" * 30, "9" * 5000, "x", "-5"])
def test_a_scheduler_without_its_lock(lock: str, cli: Cli, home: Path) -> None:
    """It is not for users, who may find it all the same."""
    assert_refused(cli("schedule", lock))


def test_no_runs_yet(cli: Cli, home: Path) -> None:
    assert cli("runs", "list").out == ""
    assert cli("runs", "list", "--json").document == []


def test_a_damaged_run_is_reported_and_hides_no_other(cli: Cli, home: Path) -> None:
    (home / "runs" / "damaged").mkdir(parents=True)
    (home / "runs" / "half-spec").mkdir()
    (home / "runs" / "half-spec" / "spec.json").write_text('{"vers', encoding="utf-8")
    listed = cli("runs", "list")
    assert listed.code == 0
    assert {"damaged", "half-spec"} <= {line.split()[0] for line in listed.out.splitlines()}
    assert "spec.json" in listed.err
    for run_id in ("damaged", "half-spec"):
        shown = cli("runs", "show", run_id)
        assert shown.code == 0
        assert "spec.json" in shown.out


def test_a_damaged_table_is_reported_and_the_rest_of_it_is_shown(cli: Cli, home: Path) -> None:
    folder = folders.create("2026-x", CONFIG)
    files.write_json(folder.state, {"state": "SUCCEEDED"})
    header = "epoch,loss,accuracy,val_loss,val_accuracy\n"
    folder.metrics.write_text(f"{header}1,2,0.25,2,0.5\nnan,2,0.25,2,0.5\n3,2,0.75,,\n")
    folder.log.mkdir()
    problem = "metrics.csv is damaged: line 3 is left out (epoch is 'nan')."
    assert problem in cli("runs", "list").err
    shown = cli("runs", "show", "2026-x")
    assert shown.code == 0
    assert problem in shown.out
    assert shown.out.splitlines()[-1].split() == ["3", "2.0000", "0.7500"]
    document = cli("runs", "show", "2026-x", "--json").document
    assert document["problem"] == problem
    assert [row["epoch"] for row in document["epochs"]] == [1, 3]
    assert_refused(cli("runs", "log", "2026-x"), "run.log cannot be read")


def test_a_damaged_evaluation_hides_nothing_else(cli: Cli, home: Path) -> None:
    folder = folders.create("2026-x", CONFIG)
    files.write_json(folder.state, {"state": "SUCCEEDED"})
    folder.metrics.write_text("epoch,loss,accuracy,val_loss,val_accuracy\n1,2,0.25,2,0.5\n")
    folder.evaluation.write_text("{")
    shown = cli("runs", "show", "2026-x")
    assert shown.code == 0
    assert "evaluation.json is damaged" in shown.out
    assert "0.2500" in shown.out
    files.write_json(
        folder.evaluation, {"accuracy": 0.5, "pictures": 88, "split": "validation", "epoch": 1}
    )
    assert "accuracy 0.5000 on the 88 pictures of validation" in cli("runs", "show", "2026-x").out


def test_a_number_that_is_not_finite_is_null_in_a_document(cli: Cli, home: Path) -> None:
    folder = folders.create("diverged", CONFIG)
    folder.metrics.write_text(
        "epoch,loss,accuracy,val_loss,val_accuracy\n1,nan,0.5,inf,0.25\n", encoding="utf-8"
    )
    [epoch] = cli("runs", "show", "diverged", "--json").document["epochs"]
    assert (epoch["loss"], epoch["val_loss"]) == (None, None)
    assert (epoch["accuracy"], epoch["val_accuracy"]) == (0.5, 0.25)


def test_wake_with_nothing_to_start(cli: Cli, home: Path) -> None:
    assert cli("runs", "wake").out == "No runs are waiting.\n"
    assert cli("runs", "wake", "--json").document == {"started": False, "queued": []}


@pytest.mark.slow
def test_wake_starts_the_queue_and_reading_does_not(cli: Cli, live: Path) -> None:
    folder = folders.create("2026-x", CONFIG)
    for words in (["list"], ["list", "--json"], ["show", "2026-x"], ["log", "2026-x"]):
        assert cli("runs", *words).code == 0
    assert cli("runs", "show", "2026-x", "--json").document["phase"].endswith("runs wake`")
    woken = cli("runs", "wake", "--json")
    assert (woken.code, woken.err) == (0, "")
    assert woken.document == {"started": True, "queued": ["2026-x"]}
    assert not cli("runs", "show", "2026-x", "--json").document["phase"].endswith("runs wake`")
    runs.get(folder.id).cancel()


@pytest.mark.slow
def test_a_run_from_submission_to_cancel(cli: Cli, live: Path) -> None:
    small = ("--size", 32, "--batch-size", 4, "--epochs", 1, "--recipe", "nothing")
    uneven = ("--splits", "re-split")
    submitted = cli("train", *small, *uneven, "--name", "rosé", "--json")
    run_id = submitted.document["id"]
    expected = overview.warnings(data.open_prepared("bundled", 32, scheme="re-split"))
    assert submitted.document["warnings"] == list(expected)
    assert "not comparable" in submitted.err
    assert submitted.err == "".join(f"warning: {sentence}\n" for sentence in expected)
    assert submitted.document["config"]["epochs"] == 1
    [listed] = cli("runs", "list", "--json").document
    assert listed["id"] == run_id
    assert run_id in cli("runs", "list").out
    eventually(lambda: state(run_id) == runs.RUNNING)
    assert cli("runs", "cancel", run_id).code == 0
    eventually(lambda: runs.get(run_id).is_over)
    shown = cli("runs", "show", run_id)
    assert "CANCELLED" in shown.out
    assert "rosé" in shown.out
    assert cli("runs", "log", run_id, "--json").document["id"] == run_id
    assert_refused(cli("runs", "cancel", run_id), "over already", "CANCELLED")
