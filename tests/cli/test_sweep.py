"""``sweep``: the contract of its document, its table, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from augment import runs
from augment.runs import folders
from augment.system import files
from tests.cli.conftest import Cli, assert_refused

MAGNITUDE = ("--over", "rand_augment.magnitude=0.1,0.5")
COUNT = ("--over", "rand_augment.augmentations_per_image=1,2,3")
SMALL = ("--size", 32, "--preset", "small", "--epochs", 1)
METRICS = "epoch,loss,accuracy,val_loss,val_accuracy\n1,2,0.1,2,{}\n"


def test_the_runs_of_a_sweep_are_queued_and_found(
    cli: Cli, home: Path, nothing_starts: None
) -> None:
    first = cli("sweep", *SMALL, *MAGNITUDE, *COUNT, "--seeds", 2, "--json")
    assert first.code == 0
    document = first.document
    assert len(document["runs"]) == len(set(document["runs"])) == 12
    assert document["queued"] == document["runs"]
    assert "forecast: 12 runs, about" in first.err
    expected = document["forecast"]
    assert expected["runs"] == 12
    # The later runs share the process and the graph of the first one.
    start_s = expected["first"]["start_s"] - 2
    assert expected["total_s"] == pytest.approx(12 * expected["first"]["total_s"] - 11 * start_s)
    listed = cli("runs", "list", "--json").document
    assert {run["sweep"] for run in listed} == {document["sweep"]}
    assert [run["id"] for run in reversed(listed)] == document["runs"]
    assert listed[-1]["cell"] == {
        "rand_augment.magnitude": 0.1,
        "rand_augment.augmentations_per_image": 1,
    }
    assert {run["seed_group"] for run in listed} == {
        listed[number]["seed_group"] for number in range(6)
    }

    same = ("sweep", *SMALL, *MAGNITUDE, *COUNT, "--sweep", document["sweep"], "--json")
    again = cli(*same, "--seeds", 2).document
    assert (again["runs"], again["queued"]) == (document["runs"], [])
    more = cli(*same, "--seeds", 3, "--with-nothing").document
    assert len(more["queued"]) == 6 + 3
    assert len(more["runs"]) == 12 + 9
    assert len(more["nothing"]["runs"]) == 3
    wider = cli(
        *("sweep", "--sweep", document["sweep"], "--json"),
        *("--over", "rand_augment.magnitude=0.9"),
    ).document
    assert wider["over"]["rand_augment.magnitude"] == [0.1, 0.5, 0.9]
    assert len(wider["queued"]) == 9

    stopped = cli("sweep", "--sweep", document["sweep"], "--stop", "--json")
    assert "30 runs will end" in stopped.err
    assert stopped.document["sweep"] == document["sweep"]


def test_the_ids_come_first_and_the_table_once_there_is_one(
    cli: Cli, home: Path, nothing_starts: None
) -> None:
    begun = cli("sweep", *SMALL, *MAGNITUDE, "--seeds", 2)
    sweep_id, *ids = begun.out.split()
    assert sorted(ids) == sorted(run.id for run in runs.list_runs())
    for run_id, accuracy in zip(ids, (0.5, 0.6, 0.51), strict=False):
        folder = folders.find(run_id)
        folder.metrics.write_text(METRICS.format(accuracy))
        files.write_json(folder.state, {"state": "SUCCEEDED"})
    shown = cli("sweep", "--sweep", sweep_id)
    assert (shown.code, shown.err) == (0, "")
    header, first, second, *verdict = shown.out.splitlines()
    assert header.split() == ["rand_augment.magnitude", "ACCURACY", "DEVIATION", "SEEDS", "STATE"]
    assert first.split() == ["0.1", "0.5050", "0.0071", "2"]
    assert second.split() == ["0.5", "0.6000", "1", "1", "queued"]
    assert verdict[0] == "The best cell so far is magnitude 0.5: 60.0% (1 seed)."
    cancelled = folders.find(ids[3])
    files.write_json(cancelled.state, {"state": "FAILED", "reason": "The disk is full."})
    assert cli("sweep", "--sweep", sweep_id, "--wait").code == 1
    resumed = cli("sweep", "--sweep", sweep_id, "--resume")
    assert resumed.err == "1 run is queued again.\n"


def test_a_dry_run_lists_the_runs_and_queues_none(
    cli: Cli, home: Path, nothing_starts: None
) -> None:
    words = ("sweep", *SMALL, *MAGNITUDE, "--seeds", 2)
    dry = cli(*words, "--dry-run", "--json")
    shown = cli(*words, "--dry-run").out.splitlines()
    assert (dry.code, dry.err, runs.list_runs()) == (0, "", [])
    queued = cli(*words, "--json").document
    assert {name: queued[name] for name in ("warnings", "forecast")} == {
        name: dry.document[name] for name in ("warnings", "forecast")
    }
    found = [run for each in queued["queued"] if (run := runs.get(each)).config]
    made = [{"cell": dict(run.cell), "seed": run.config.seed} for run in found if run.config]
    assert made == dry.document["would_queue"]
    assert shown[0].startswith("forecast: 4 runs, about")
    assert shown[1:] == [run.name for run in found]
    all_there = cli("sweep", "--sweep", queued["sweep"], *MAGNITUDE, "--dry-run", "--json")
    assert all_there.document == {"would_queue": [], "warnings": [], "forecast": None}
    stopping = cli("sweep", "--sweep", queued["sweep"], "--stop", "--dry-run")
    assert_refused(stopping, "--dry-run", "nothing to stop")
    assert len(runs.list_runs()) == 4


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ["--over is missing", "rand_augment.magnitude=0.1,0.3"]),
        (["--over", "rand_augment.magnitude=2"], ["rand_augment.magnitude is '2'", "0 to 1"]),
        (["--over", "rand_augmen.magnitude=1"], ["did you mean", "rand_augment"]),
        ([*MAGNITUDE, "--patience", 2], ["patience is 2", "use 0"]),
        ([*MAGNITUDE, "--seeds", 0], ["--seeds must be 1 or more", "0"]),
        ([*MAGNITUDE, "--seeds", "many"], ["--seeds", "'many' is not a whole number"]),
        ([*MAGNITUDE, "--seeds", 101], ["202 runs", "200"]),
        ([*MAGNITUDE, "--epochs", 0], ["epochs", "1 to 1000"]),
        ([*MAGNITUDE, "--sweep", "nosuch"], ["There is no sweep 'nosuch'"]),
        (["--stop"], ["need the sweep"]),
        (["--stop", "--resume", "--sweep", "x"], ["not allowed with"]),
        ([*MAGNITUDE, "--recipe", "nothing"], ["The recipe has no step 'rand_augment'"]),
    ],
)
def test_what_cannot_be_swept(
    words: list[object], expected: list[str], cli: Cli, home: Path
) -> None:
    assert_refused(cli("sweep", *SMALL, *words), *expected)
    assert runs.list_runs() == []


def test_another_setting_does_not_extend_a_sweep(
    cli: Cli, home: Path, nothing_starts: None
) -> None:
    begun = cli("sweep", *SMALL, *MAGNITUDE, "--seeds", 1)
    sweep_id = begun.out.split()[0]
    assert_refused(
        cli("sweep", "--sweep", sweep_id, "--epochs", 5),
        "epochs is 5, but the runs of the sweep",
        "leave it out, or begin a new sweep",
    )
    assert len(runs.list_runs()) == 2
