"""MLflow runs, read back with MLflow's own client from a folder."""

from __future__ import annotations

import hashlib
import json
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from augment import runs
from augment.runs import folders
from augment.runs.folders import RunFolder
from augment.system import files
from tests.cli.conftest import Cli, assert_refused
from tests.runs import stand_in
from tests.runs.conftest import CONFIG, eventually
from tests.trackers.conftest import STARTED
from tests.trackers.test_export import sweep_of_two

START = folders.parse_time(STARTED)


@pytest.fixture
def mlflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client of the folder that `exported` writes to."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    from mlflow.tracking import MlflowClient

    (tmp_path / "mlflow").mkdir()
    return MlflowClient(tracking_uri=(tmp_path / "mlflow").as_uri())


def exported(cli: Cli, tmp_path: Path, run_id: str = "2026-x") -> dict[str, Any]:
    done = cli(
        "runs", "export", run_id, "--to", "mlflow", "--output", tmp_path / "mlflow", "--json"
    )
    assert done.code == 0, done.err
    return dict(done.document)


def all_runs(client: Any) -> list[Any]:
    return list(client.search_runs([client.get_experiment_by_name("augment").experiment_id]))


def curve(client: Any, run: Any, name: str) -> list[tuple[int, float]]:
    history = client.get_metric_history(run.info.run_id, name)
    return sorted((point.step, point.value) for point in history)


def test_everything_is_there(mlflow: Any, cli: Cli, run: RunFolder, tmp_path: Path) -> None:
    files.write_json(run.label, {"name": "mine", "note": "why", "tags": ["a", "b"]})
    exported(cli, tmp_path)
    [found] = all_runs(mlflow)
    assert START is not None
    start = round(START.timestamp() * 1000)
    times = (found.info.start_time - start, found.info.end_time - start)
    assert (found.info.run_name, found.info.status, times) == ("mine", "FINISHED", (0, 300_000))
    assert found.data.params["rand_augment.op"] == "rand_augment"
    assert (found.data.params["seed"], found.data.params["size"]) == ("3", "32")
    assert found.data.tags["augment.run_id"] == "2026-x"
    assert found.data.tags["mlflow.note.content"] == "why"
    assert curve(mlflow, found, "train/loss") == [(1, 2.5), (2, 1.5)]
    assert curve(mlflow, found, "step/loss") == [(1, 3.5), (4, 2.5), (5, 2.0), (9, 1.5)]
    first = mlflow.get_metric_history(found.info.run_id, "train/loss")[0]
    assert first.timestamp - start == 3000
    entries = run.read_test()
    assert entries is not None
    assert found.data.metrics["saved_model/test/ece"] == entries["ece"]
    names = {each.path for each in mlflow.list_artifacts(found.info.run_id)}
    assert {"recipe.json", "per_class.csv", "samples.png", "confusion_test.png"} <= names
    recipe = mlflow.download_artifacts(found.info.run_id, "recipe.json", str(tmp_path))
    assert json.loads(Path(recipe).read_text()) == run.read_spec()["config"]["recipe"]
    files.write_json(run.label, {"name": "yours", "note": "", "tags": []})
    assert exported(cli, tmp_path)["runs"][0]["changed"] is True
    [found] = all_runs(mlflow)
    assert (found.info.run_name, found.data.tags["mlflow.note.content"]) == ("yours", "")


def test_a_run_that_trains_is_brought_up_to_date(
    mlflow: Any, cli: Cli, live: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real run in its own process, which waits before its second epoch while it is exported."""
    folder = folders.create("2026-live", replace(CONFIG, epochs=2))
    (tmp_path / "sitecustomize.py").write_text(stand_in.QUICK)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("HOLD_TRAINER", "2026-live epoch 2")
    runs.wake()
    eventually((live / "held").exists)
    assert runs.get("2026-live").state == runs.RUNNING
    exported(cli, tmp_path, "2026-live")
    [before] = all_runs(mlflow)
    assert (before.info.status, before.info.end_time) == ("RUNNING", None)
    assert curve(mlflow, before, "train/loss") == [(1, 3.0)]
    (live / "go").touch()
    eventually(lambda: runs.get("2026-live").is_over)
    exported(cli, tmp_path, "2026-live")
    [after] = all_runs(mlflow)
    assert after.info.run_id == before.info.run_id
    assert curve(mlflow, after, "train/loss") == [(1, 3.0), (2, 1.5)]
    ended = runs.get("2026-live").ended
    assert ended is not None
    expected = ("FINISHED", round(ended.timestamp() * 1000))
    assert (after.info.status, after.info.end_time) == expected
    assert exported(cli, tmp_path, "2026-live")["runs"][0]["changed"] is False
    assert folder.metrics.read_text().count("\n") == 3


def test_a_run_that_went_another_way_is_written_anew(
    mlflow: Any, cli: Cli, run: RunFolder, tmp_path: Path
) -> None:
    """MLflow can change no point; after a resume on other devices one may differ, or be gone."""
    exported(cli, tmp_path)
    [first] = all_runs(mlflow)
    run.metrics.write_text(run.metrics.read_text().replace("2,1.5,", "2,1.25,"))
    exported(cli, tmp_path)
    [second] = all_runs(mlflow)
    assert second.info.run_id != first.info.run_id
    assert curve(mlflow, second, "train/loss") == [(1, 2.5), (2, 1.25)]
    run.steps.write_text("".join(run.steps.read_text().splitlines(keepends=True)[:-1]))
    exported(cli, tmp_path)
    [third] = all_runs(mlflow)
    assert curve(mlflow, third, "step/loss") == [(1, 3.5), (4, 2.5), (5, 2.0)]


def test_a_loss_that_is_not_finite_is_added_once(
    mlflow: Any, cli: Cli, run: RunFolder, tmp_path: Path
) -> None:
    run.metrics.write_text("epoch,loss,accuracy,val_loss,val_accuracy\n1,nan,0.5,inf,0.5\n")
    exported(cli, tmp_path)
    assert exported(cli, tmp_path)["runs"][0]["changed"] is False
    [found] = all_runs(mlflow)
    assert [step for step, _ in curve(mlflow, found, "train/loss")] == [1]


def test_the_runs_of_a_sweep_are_its_children(
    mlflow: Any, cli: Cli, run: RunFolder, tmp_path: Path
) -> None:
    sweep_of_two()
    exported(cli, tmp_path, "2026-s-4")
    for _ in range(2):
        exported(cli, tmp_path, "2026-s")
    found = all_runs(mlflow)
    [parent] = [each for each in found if "augment.sweep_id" in each.data.tags]
    assert (parent.info.run_name, parent.info.status) == ("2026-s", "RUNNING")
    assert "The best cell so far is magnitude 0.1" in parent.data.tags["mlflow.note.content"]
    children = {each.data.tags["augment.run_id"]: each for each in found if each is not parent}
    assert set(children) == {"2026-s-3", "2026-s-4"}
    parents = {each.data.tags["mlflow.parentRunId"] for each in children.values()}
    assert parents == {parent.info.run_id}
    [table] = mlflow.list_artifacts(parent.info.run_id)
    assert table.path == "runs.csv"


def test_a_step_may_have_any_id(mlflow: Any, cli: Cli, run: RunFolder, tmp_path: Path) -> None:
    spec = run.read_spec()
    names = ["../a/b:", "..|a|b:"]
    recipe = [{"op": "rotate", "id": name} for name in names]
    spec["config"]["recipe"] = {"version": 1, "steps": recipe}
    files.write_json(run.spec, spec)
    exported(cli, tmp_path)
    [found] = all_runs(mlflow)
    digests = [hashlib.sha256(f"{name}.op".encode()).hexdigest()[:8] for name in names]
    assert all(found.data.params[f"__a_b_.op-{digest}"] == "rotate" for digest in digests)


def test_a_server_that_does_not_answer(
    cli: Cli, run: RunFolder, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with socket.socket() as taken:  # bound, and not listening
        taken.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://me:secret@{place}")
        refused = cli("runs", "export", "2026-x", "--to", "mlflow")
    assert_refused(refused, f"MLflow cannot be used at http://{place}")
    assert "secret" not in refused.err
    assert not (home / "trackers" / "mlflow").exists()
