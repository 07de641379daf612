"""Runs on real clusters of this machine, and what tells that a run is alive where locks do not.

The clusters are those of `clusters`: nothing of them stands in. The trainer does: it takes milliseconds,
and saves and resumes as the real one (`stand_in.SITE`).
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from augment import runs
from augment.errors import RunError
from augment.runs import engines, folders, liveness, queue
from augment.runs.queue import Order
from augment.runs.run import CANCELLED, FAILED, LOST, RUNNING, SUCCEEDED
from augment.system import processes as system_processes
from tests.runs.clusters import CLUSTERS, Cluster
from tests.runs.conftest import config, eventually, kill, processes, state
from tests.runs.stand_in import set_pace

EPOCHS = 100
IDS = [f"run-{number}" for number in range(6)]


@pytest.fixture(scope="module", params=sorted(CLUSTERS))
def shared_cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """A cluster with two slots, started once: a job brings the home and the variables of its test."""
    kind = CLUSTERS[request.param]
    if kind.lacks:
        pytest.skip(f"{request.param} is not tried on this machine, which lacks {kind.lacks}")
    made = kind(tmp_path_factory.mktemp("cluster"))
    try:
        made.start()
        yield made
    finally:
        made.kill()


@pytest.fixture
def cluster(shared_cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """The cluster, which new runs are for."""
    for name, value in shared_cluster.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AUGMENT_ENGINE", shared_cluster.name)
    monkeypatch.setenv("AUGMENT_ENGINE_POLL_S", "1")
    return shared_cluster


def order(*ids: str, epochs: int = EPOCHS, epoch_s: float | None = None) -> None:
    """Submit runs, whose epochs take so long; None for the usual time."""
    runs.submit_all(
        [Order(config=config(epochs=epochs, seed=n), run_id=each) for n, each in enumerate(ids)]
    )
    for each in ids:
        if epoch_s is not None:
            set_pace(folders.find(each), epoch_s)


def attempts(run_id: str) -> int:
    """How many trainers of a run have begun, by its log."""
    return len(re.findall(r"^process \d+ trains", runs.get(run_id).log(10_000), re.MULTILINE))


def is_whole(run_id: str, epochs: int = EPOCHS) -> bool:
    return [row["epoch"] for row in runs.get(run_id).epochs()] == list(range(1, epochs + 1))


@pytest.mark.slow
def test_six_runs_outlive_their_cluster(standing_in: Path, cluster: Cluster) -> None:
    order(*IDS, epoch_s=1)
    eventually(lambda: sum(bool(runs.get(each).epochs()) for each in IDS) == 2)
    first = next(each for each in IDS if runs.get(each).epochs() and state(each) == RUNNING)
    # One run is killed, and then the whole cluster, its scheduler here, and what trained in it.
    for process in processes(standing_in, "supervise"):
        if first in process.cmdline():
            process.kill()
    eventually(lambda: state(first) == LOST)
    assert (runs.get(first).engine, runs.get(first).liveness) == (cluster.name, liveness.LOCK)
    said = f"waiting in {cluster.name.capitalize()} as job"
    eventually(lambda: sum(said in runs.get(each).phase for each in IDS) >= 3)
    kill(standing_in, "schedule")
    cluster.kill()
    kill(standing_in, "supervise")
    eventually(lambda: not processes(standing_in, "train"))
    seen = {each: (state(each), attempts(each)) for each in IDS}
    assert seen[first] == (LOST, 1)
    for each in IDS:
        set_pace(folders.find(each), None)

    # The new one knows of nothing. What is queued is handed over again, what is lost is resumed.
    cluster.start()
    assert runs.wake()
    lost = [each for each in IDS if state(each) == LOST]
    for each in lost:
        runs.resume(each)
    eventually(lambda: all(state(each) == SUCCEEDED for each in IDS), 240)
    assert all(is_whole(each) for each in IDS)
    assert {each: attempts(each) for each in IDS} == {
        # One that was lost may have had no trainer yet.
        each: seen[each][1] + 1 if each in lost else 1
        for each in IDS
    }
    eventually(lambda: not processes(standing_in, "schedule"), what="the scheduler does not end")


@pytest.mark.slow
def test_a_cluster_is_told_what_happens_to_its_runs(standing_in: Path, cluster: Cluster) -> None:
    order("running", "beside", epochs=1000, epoch_s=0.2)
    eventually(lambda: {state("running"), state("beside")} == {RUNNING})
    order("waiting", "deleted")  # a cluster has an order of its own
    eventually(lambda: runs.get("deleted").job.get("job"))
    engine = engines.engine(cluster.name)
    for each in ("waiting", "deleted"):
        runs.get(each).cancel()
        assert state(each) == CANCELLED
    runs.delete(["deleted"])

    def live() -> set[str]:
        return {run_id for (run_id, _), job in engine.status().items() if job.is_live}

    if cluster.name == "slurm":  # Ray ends a job that waits only when its turn comes
        # Both slots are taken, so these jobs cannot have begun and ended by themselves.
        eventually(lambda: live() == {"running", "beside"})
    assert {state("running"), state("beside")} == {RUNNING}
    runs.get("running").cancel()
    eventually(lambda: state("running") == CANCELLED)
    eventually(lambda: live() == {"beside"})
    assert state("beside") == RUNNING
    # The cluster itself ends a job, as at a time limit: the run says so, and goes on where it was.
    done = len(runs.get("beside").epochs())
    eventually(lambda: len(runs.get("beside").epochs()) > done)
    engine.cancel(runs.get("beside").job["job"])
    eventually(lambda: state("beside") in (FAILED, LOST))
    saved = len(runs.get("beside").epochs())
    runs.resume("beside")
    eventually(lambda: state("beside") == RUNNING and len(runs.get("beside").epochs()) > saved)
    epochs = [row["epoch"] for row in runs.get("beside").epochs()]
    assert epochs == sorted(set(epochs)), "an epoch is there twice"
    runs.get("beside").cancel()
    eventually(lambda: state("beside") == CANCELLED)


@pytest.mark.slow
def test_a_job_that_cannot_start_its_run_fails_it(
    standing_in: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUGMENT_ENGINE_PYTHON", "/no/such/python")
    order("run", epochs=1)
    eventually(lambda: state("run") == FAILED, 90, runs.get("run").phase)
    reason = runs.get("run").reason
    assert f"ended 3 times in {cluster.name.capitalize()} without starting it" in reason
    assert "/no/such/python: not found" in reason or "exit code 127" in reason, reason


def supervise(run_id: str) -> subprocess.Popen[bytes]:
    return system_processes.start(
        system_processes.command("supervise", run_id), output=subprocess.DEVNULL
    )


def created(run_id: str, epochs: int = EPOCHS) -> folders.RunFolder:
    return folders.create(run_id, config(epochs=epochs))


@pytest.fixture
def beating(standing_in: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home on a file system whose locks are not trusted."""
    monkeypatch.setenv(liveness.VARIABLE, liveness.HEARTBEAT)
    folders.root().mkdir(parents=True, exist_ok=True)
    return standing_in


def test_of_many_supervisors_one_gets_an_attempt(beating: Path) -> None:
    folder = created("run", epochs=3)
    codes = sorted(each.wait() for each in [supervise("run") for _ in range(4)])
    assert codes == [0, 2, 2, 2]
    assert (state("run"), attempts("run")) == (SUCCEEDED, 1)
    assert folder.read_state()["liveness"] == liveness.HEARTBEAT  # type: ignore[index]
    assert supervise("run").wait() == 2, "an attempt that has ended is started again"


def test_an_attempt_is_taken_once_and_by_another_only_if_it_is_given_back(beating: Path) -> None:
    folder = created("run")
    first = liveness.take(folder, 1)
    assert first
    assert liveness.take(folder, 1) is None
    first.close()
    assert liveness.take(folder, 1) is None
    first.give_back()
    second = liveness.take(folder, 1)
    assert second
    second.close()


def test_an_attempt_that_was_cut_off_gives_way_to_the_next(
    beating: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All its processes stand still for longer than the heart may, and then go on."""
    monkeypatch.setenv(liveness.BEAT_VARIABLE, "1")
    folder = created("run", epochs=1000)
    set_pace(folder, 0.2)
    first = supervise("run")
    eventually(lambda: runs.get("run").epochs())
    assert (state("run"), runs.get("run").liveness) == (RUNNING, liveness.HEARTBEAT)
    family = [psutil.Process(first.pid), *psutil.Process(first.pid).children(recursive=True)]
    for process in family:
        process.suspend()
    eventually(lambda: state("run") == LOST)
    runs.resume("run")
    eventually(lambda: (state("run"), runs.get("run").attempt) == (RUNNING, 2))
    for process in family:
        process.resume()
    assert first.wait() == 1
    eventually(lambda: not any(process.is_running() for process in family))
    assert (state("run"), runs.get("run").attempt) == (RUNNING, 2), (
        "the first attempt wrote its end"
    )
    eventually(lambda: attempts("run") == 2)
    runs.get("run").cancel()
    eventually(lambda: state("run") == CANCELLED)
    assert folder.read_attempts()[0]["state"] == LOST


def test_a_supervisor_that_died_before_its_first_word_is_lost_not_queued(beating: Path) -> None:
    created("run")
    claim = folders.find("run").heartbeat(1)
    claim.touch()
    assert state("run") == RUNNING
    os.utime(claim, (0, 0))
    assert state("run") == LOST
    assert [run.id for run in queue.waiting("")] == []


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (engines.VARIABLE, "kubernetes", "AUGMENT_ENGINE is 'kubernetes', but there is no engine"),
        (liveness.VARIABLE, "hope", "AUGMENT_LIVENESS is 'hope'; use lock or heartbeat"),
        (
            liveness.BEAT_VARIABLE,
            "0",
            "AUGMENT_HEARTBEAT_S is '0'; use whole seconds from 1 to 9999",
        ),
    ],
)
def test_a_wrong_setting_is_one_sentence(
    standing_in: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    folders.root().mkdir(parents=True, exist_ok=True)
    created("run")

    def tried() -> None:
        engines.chosen()
        liveness.take(folders.find("run"), 1)

    with pytest.raises(RunError, match=sentence):
        tried()


def test_ray_is_not_used_without_a_token(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_AUTH_TOKEN", raising=False)
    monkeypatch.delenv("RAY_AUTH_TOKEN_PATH", raising=False)
    with pytest.raises(RunError, match="needs the token of the cluster in RAY_AUTH_TOKEN"):
        engines.chosen("ray")
    monkeypatch.setenv("RAY_AUTH_TOKEN", "secret")
    monkeypatch.setenv("RAY_API_SERVER_ADDRESS", "127.0.0.1:8265")
    with pytest.raises(RunError, match="use the address of the head's dashboard"):
        engines.chosen("ray")


def test_a_head_that_does_not_answer_is_named_by_the_waiting_runs(
    standing_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", "secret")
    monkeypatch.setenv("RAY_API_SERVER_ADDRESS", "http://127.0.0.1:9")
    monkeypatch.setenv("AUGMENT_ENGINE", "ray")
    order("run")
    eventually(lambda: "does not answer at http://127.0.0.1:9" in runs.get("run").phase)
    assert state("run") != FAILED
    runs.get("run").cancel()
    assert state("run") == CANCELLED
