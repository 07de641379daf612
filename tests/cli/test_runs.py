"""``runs``: what the command line shows of run folders, and what it changes in them."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from augment import data, runs
from augment.data import overview
from augment.runs import folders
from augment.runs.evaluation import Predictions, evaluate, record_test
from augment.runs.folders import RunFolder
from augment.system import files
from tests.cli.conftest import Cli, assert_refused
from tests.runs.conftest import CONFIG, eventually, live, state

__all__ = ["live"]


def test_a_run_is_renamed(cli: Cli, home: Path) -> None:
    folder = folders.create("2026-x", CONFIG)
    assert cli("runs", "rename", "2026-x", "--name", "mine", "--tags", "a, b,").code == 0
    document = cli("runs", "rename", "2026-x", "--note", "why", "--json").document
    assert (document["name"], document["note"], document["tags"]) == ("mine", "why", ["a", "b"])
    assert re.search(r"^name +mine$", cli("runs", "show", "2026-x").out, re.MULTILINE)
    assert "mine" in cli("runs", "list").out
    assert cli("runs", "rename", "2026-x", "--name", "").code == 0
    assert runs.get("2026-x").name.startswith("The Keras guide, ")
    assert_refused(cli("runs", "rename", "2026-x"), "use --name, --note or --tags")
    assert_refused(cli("runs", "rename", "2026-x", "--name", "x" * 61), "60 characters")
    folder.label.write_text("{")
    assert_refused(cli("runs", "rename", "2026-x", "--name", "y"), "label.json is damaged")


def test_what_the_device_decides_is_said_in_words(cli: Cli, home: Path) -> None:
    folders.create("2026-x", CONFIG)
    shown = re.sub(" +", " ", cli("runs", "show", "2026-x").out)
    assert "\nprecision auto (as the device has it)\njit auto (as Keras decides)\n" in shown


@pytest.mark.parametrize(
    "action", ["show", "log", "stop", "cancel", "resume", "delete", "undelete"]
)
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


def test_the_log_has_what_the_job_of_a_cluster_printed(
    cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for engine in ("slurm", "ray"):
        folder = folders.create(engine, CONFIG, engine=engine)
        folder.log.write_text("process 1 trains\n")
        files.write_json(folder.engine, {"attempt": 1, "job": "17", "state": "FAILED"})
    folder = folders.find("slurm")
    folder.engine_log.write_text("one\nno such python\n")
    assert cli("runs", "log", "slurm").out.splitlines() == [
        *("process 1 trains", "", "Job 17 in Slurm printed:", "one", "no such python")
    ]
    document = cli("runs", "log", "slurm", "--tail", "1", "--json").document
    assert document == {"id": "slurm", "log": "process 1 trains", "job_log": "no such python"}
    monkeypatch.setenv("RAY_AUTH_TOKEN", "secret")
    monkeypatch.setenv("RAY_API_SERVER_ADDRESS", "http://127.0.0.1:9")
    unreached = cli("runs", "log", "ray")
    assert (unreached.code, unreached.out) == (0, "process 1 trains\n")
    assert unreached.err == "warning: The head of Ray does not answer at http://127.0.0.1:9.\n"


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


@pytest.fixture
def results(cli: Cli) -> Iterator[RunFolder]:
    """A finished run, in the home of ``cli``, with predictions by which class 2 is taken for 5."""
    prepared = data.open_prepared("bundled", 32, scheme="re-split")
    folder = folders.create("2026-x", replace(CONFIG, splits="re-split"))
    files.write_json(folder.state, {"state": "SUCCEEDED"})
    folder.metrics.write_text(
        "epoch,loss,accuracy,val_loss,val_accuracy\n1,2,0.25,2,0.5\n2,2,0.3,,\n3,2,0.3,1,0.9\n"
    )
    for name in ("validation", "test"):
        split = prepared.split(name)
        shares = np.full((len(split), 11), 0.04)
        shares[np.arange(len(split)), split.labels] = 0.6
        shares[split.labels == 2] = np.eye(11)[5] * 0.9 + 0.1 / 11
        predictions = Predictions.of(split.ids, split.labels, shares)
        given = (predictions, prepared.class_names)
        if name == "test":
            record_test(folder, *given, epoch=3, label_smoothing=0.1, stopped_early=False)
        else:
            predictions.write(folder.predictions)
            entries = evaluate(*given, split=name, epoch=3, label_smoothing=0.1)
            files.write_json(folder.evaluation, entries | {"stopped_early": False})
    yield folder
    shutil.rmtree(folder.path)


def test_the_results_of_a_run_are_shown(cli: Cli, results: RunFolder) -> None:
    shown = cli("runs", "show", "2026-x")
    assert shown.code == 0
    loss = -(20 * math.log(0.6) + 2 * math.log(0.1 / 11)) / 22
    squeezed = re.sub(" +", " ", shown.out)
    for words in (
        "evaluation accuracy 0.9091 on the 22 pictures of validation, after epoch 3\n",
        "\nVALIDATION (22 pictures, after epoch 3)\n",
        "\naccuracy 90.9% 95% interval 72.2% to 97.5%; chance 9.1%\n",
        "\ntop 5 100.0% the class is among the five likeliest\n",
        "\nmacro accuracy 90.9% mean over the classes\n",
        f"\ncross-entropy {loss:.4f} without label smoothing\n",
        "\nECE 44.6% expected calibration error, 15 bins of confidence\n",
        "\nBest of 2 validated epochs on 22 pictures: the epoch was chosen by this very figure, so it is",
        "\nTEST (22 pictures, after epoch 3)\n",
        "\nEvaluated once on 22 pictures; ",
        "\npink tulip 2 0 0.0% 0% to 66%\n",
        "\nMOST CONFUSED TAKEN FOR PICTURES\npink tulip purple aster 2 of 2\n",
        "\nWORST SAMPLES CLASS TAKEN FOR CONFIDENCE LOSS\npink_tulip.jpg/",
    ):
        assert words in squeezed, shown.out
    [time] = json.loads(results.test.read_text())["evaluated_at"]
    assert f"evaluated        {time[:10]} {time[11:19]} UTC" in shown.out
    assert "runs test" not in shown.out
    prepared = data.open_prepared("bundled", 32, scheme="re-split")
    wrong = {
        split: [
            prepared.split(split).sample_names[int(row)]
            for row in np.flatnonzero(prepared.split(split).labels == 2)
        ]
        for split in ("validation", "test")
    }
    assert all(name in shown.out for name in wrong["validation"])
    assert not any(name in shown.out for name in wrong["test"])
    of_test = cli("runs", "show", "2026-x", "--split", "test").out
    assert all(name in of_test for name in wrong["test"])


def test_the_results_of_a_run_as_a_document(cli: Cli, results: RunFolder) -> None:
    document = cli("runs", "show", "2026-x", "--json").document
    assert document["evaluation"] == json.loads(results.evaluation.read_text())
    assert document["test"] == json.loads(results.test.read_text())
    assert document["most_confused"]["validation"] == document["most_confused"]["test"]
    [pair] = document["most_confused"]["test"]
    assert (pair["label"], pair["predicted_label"], pair["count"], pair["pictures"]) == (2, 5, 2, 2)
    samples = document["worst"]["validation"]
    assert [sample["label"] for sample in samples[:3]] == [2, 2, 0]
    split = data.open_prepared("bundled", 32, scheme="re-split").split("validation")
    row = int(np.flatnonzero(split.ids == samples[0]["id"])[0])
    assert samples[0] == {
        "id": int(split.ids[row]),
        "sample": split.sample_names[row],
        "name": "pink tulip",
        "label": 2,
        "predicted": pair["predicted"],
        "predicted_label": 5,
        "confidence": pytest.approx(0.9 + 0.1 / 11, abs=1e-6),
        "loss": pytest.approx(-math.log(0.1 / 11), abs=1e-5),
    }


def test_the_best_and_the_worst_classes_or_all(cli: Cli, results: RunFolder) -> None:
    def classes(*words: object) -> list[str]:
        lines = cli("runs", "show", "2026-x", *words).out.splitlines()
        start = next(i for i, line in enumerate(lines) if line.startswith("CLASS "))
        return lines[start + 1 : lines.index("", start)]

    every = classes("--classes", "all")
    assert every == classes()
    assert len(every) == 11
    assert every[-1].startswith("pink tulip")
    few = classes("--classes", 2)
    expected = [*every[:2], "... 7 more: --classes all", *every[-2:]]
    assert [line.split() for line in few] == [line.split() for line in expected]
    for wrong in ("0", "some", "1_0", "-3"):
        assert_refused(cli("runs", "show", "2026-x", "--classes", wrong), "--classes", "nor all")


def test_results_without_their_data_or_of_other_classes(cli: Cli, results: RunFolder) -> None:
    results.test.unlink()
    gone = replace(CONFIG, data=f"folder:{results.path / 'gone'}").to_dict()
    files.write_json(results.spec, results.read_spec() | {"config": gone})
    shown = cli("runs", "show", "2026-x").out
    assert "runs test 2026-x does that" in shown
    document = cli("runs", "show", "2026-x", "--json").document
    worst = document["worst"]["validation"][0]
    assert worst["sample"] is None
    assert f"\nid {worst['id']}" in shown
    assert document["test"] is None
    results.predictions.write_bytes(b"PK")
    entries = json.loads(results.evaluation.read_text())
    files.write_json(results.evaluation, entries | {"per_class": entries["per_class"][:9]})
    document = cli("runs", "show", "2026-x", "--json").document
    assert "predictions.npz is damaged" in document["problem"]
    assert document["worst"] == document["most_confused"] == {}
    shown = cli("runs", "show", "2026-x")
    assert shown.code == 0
    assert "WORST SAMPLES" not in shown.out


def test_a_class_that_dominates_is_named_beside_chance(cli: Cli, home: Path) -> None:
    folder = folders.create("2026-x", CONFIG)
    labels = np.array([0] * 9 + [1])
    given = Predictions.of(np.arange(10), labels, np.tile([0.9, 0.06, 0.04], (10, 1)))
    names = ("many\x1b[31m", "few", "none")
    entries = evaluate(given, names, split="validation", epoch=1, label_smoothing=0)
    files.write_json(folder.evaluation, entries)
    shown = cli("runs", "show", "2026-x").out
    assert 'chance 33.3%, and 90.0% for answering "many\\x1b[31m" always' in shown
    assert "Without a picture in validation: 1 class." in shown
    assert "\x1b" not in shown


def test_a_number_that_is_not_finite_is_null_in_a_document(cli: Cli, home: Path) -> None:
    folder = folders.create("diverged", CONFIG)
    folder.metrics.write_text(
        "epoch,loss,accuracy,val_loss,val_accuracy\n1,nan,0.5,inf,0.25\n", encoding="utf-8"
    )
    [epoch] = cli("runs", "show", "diverged", "--json").document["epochs"]
    assert (epoch["loss"], epoch["val_loss"]) == (None, None)
    assert (epoch["accuracy"], epoch["val_accuracy"]) == (0.5, 0.25)


def test_stop_asks_a_run_to_end_and_keep_its_best_model(cli: Cli, home: Path) -> None:
    folder = folders.create("2026-x", CONFIG)
    assert cli("runs", "stop", "2026-x").out == "2026-x will end with the best model so far.\n"
    assert folder.stop.exists()
    assert cli("runs", "stop", "2026-x", "--json").document["id"] == "2026-x"
    files.write_json(folder.state, {"state": "SUCCEEDED"})
    assert_refused(cli("runs", "stop", "2026-x"), "over already (SUCCEEDED)")


def test_resume_queues_a_run_again(cli: Cli, nothing_starts: None) -> None:
    folder = folders.create("2026-x", CONFIG)
    files.write_json(folder.state, {"state": "FAILED", "reason": "why"})
    resumed = cli("runs", "resume", "2026-x", "--json")
    assert (resumed.document["state"], resumed.document["attempt"]) == ("QUEUED", 2)
    assert resumed.document["resumed"]
    assert_refused(cli("runs", "resume", "2026-x"), "in the queue already")
    folder.cancel.touch()
    expected = "2026-x is queued again, as attempt 3.\n"
    assert cli("runs", "resume", "2026-x").out == expected
    assert "attempt          3\n" in cli("runs", "show", "2026-x").out


def test_wake_with_nothing_to_start(cli: Cli, home: Path) -> None:
    assert cli("runs", "wake").out == "No runs are waiting.\n"
    assert cli("runs", "wake", "--json").document == {"started": False, "queued": []}


def test_wake_names_what_it_has_started_however_soon_that_begins(
    cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folders.create("2026-x", CONFIG)

    def wake() -> bool:
        files.write_json(folder.state, {"state": "SUCCEEDED"})
        return True

    monkeypatch.setattr(runs, "wake", wake)
    woken = cli("runs", "wake", "--json")
    assert woken.document == {"started": True, "queued": ["2026-x"]}


def test_deleted_and_brought_back(cli: Cli, home: Path) -> None:
    for run_id in ("one", "two"):
        files.write_json(folders.create(run_id, CONFIG).state, {"state": "SUCCEEDED"})
    folders.create("queued", CONFIG)
    assert_refused(cli("runs", "delete", "one", "queued"), "queued is queued", "cancel it first")
    deleted = cli("runs", "delete", "one", "two")
    assert deleted.out == (
        "Deleted. To bring back within an hour: python -m augment runs undelete one two\n"
    )
    assert [run["id"] for run in cli("runs", "list", "--json").document] == ["queued"]
    assert cli("runs", "undelete", "one").out == "1 run brought back.\n"
    [back] = cli("runs", "undelete", "two", "--json").document
    assert (back["id"], back["state"]) == ("two", "SUCCEEDED")
    assert_refused(cli("runs", "undelete", "one"), "no deleted run 'one'")
    assert cli("runs", "delete", "two", "--json").document == {"deleted": ["two"]}


def test_the_disk_is_shown_and_cleaned_after_it_is_said(cli: Cli, home: Path) -> None:
    assert cli("runs", "disk").out.startswith("0 runs, 0.0 MB; deleted runs 0.0 MB; free on")
    folder = folders.create("2026-x", CONFIG)
    files.write_json(folder.state, {"state": "FAILED"})
    folder.resume_from.write_bytes(bytes(3_000_000))
    table, row, total = cli("runs", "disk").out.splitlines()
    assert table.split()[:2] == ["ID", "SIZE"]
    assert row.split() == ["2026-x", "3.0", "MB", "3.0", "MB"]
    assert total.startswith("1 run, 3.0 MB; deleted")
    usage = cli("runs", "disk", "--json").document
    assert usage["only_to_resume"] == {"2026-x": 3_000_000}
    assert usage.keys() == {"runs", "only_to_resume", "deleted", "free"}
    announced = cli("runs", "clean").out
    assert "3.0 MB needed only to resume 1 run" in announced
    assert announced.endswith("Nothing is removed yet; add --yes to remove this.\n")
    assert folder.resume_from.exists()
    expected = {"deleted": 0, "only_to_resume": 3_000_000, "runs": ["2026-x"], "done": True}
    assert cli("runs", "clean", "--yes", "--json").document == expected
    assert not folder.resume_from.exists()


def test_the_list_as_json_has_what_groups_and_owns_a_run(cli: Cli, home: Path) -> None:
    folders.create("a", CONFIG, owner="f" * 64, sweep={"id": "s", "cell": {"x.y": 1}})
    files.write_json(folders.create("b", CONFIG).state, {"state": "SUCCEEDED"})
    over, queued = cli("runs", "list", "--json").document
    assert (queued["position"], queued["sweep"], queued["owner"]) == (1, "s", "f" * 64)
    assert (over["position"], over["sweep"], over["owner"]) == (None, None, "")
    assert (queued["progress"], over["progress"]) == (0.0, 1.0)
    assert queued["seed_group"] == over["seed_group"]


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
    forecast, *warned = submitted.err.splitlines()
    assert forecast.startswith("forecast: about ")
    assert warned == [f"warning: {sentence}" for sentence in expected]
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
