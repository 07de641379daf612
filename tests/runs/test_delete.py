"""Deleting runs, bringing them back, and what they take on the disk."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from augment import runs
from augment.errors import RunError
from augment.runs import folders, queue
from augment.runs.folders import RunFolder
from augment.system import files, processes
from tests.runs.conftest import DEADLINE_S, config


def ended(run_id: str, state: str = "SUCCEEDED", **contents: int) -> RunFolder:
    folder = folders.create(run_id, config())
    files.write_json(folder.state, {"state": state})
    for name, size in contents.items():
        getattr(folder, name).write_bytes(bytes(size))
    return folder


def ids() -> list[str]:
    return sorted(run.id for run in runs.list_runs())


def test_a_deleted_run_comes_back_as_it_was(waiting: None) -> None:
    folder = ended("one", best=100)
    ended("two")
    before = runs.get("one")
    runs.delete(["one", "two", "one"])
    assert ids() == []
    with pytest.raises(RunError, match="There is no run 'one'"):
        runs.get("one")
    runs.undelete(["one"])
    assert ids() == ["one"]
    assert runs.get("one") == before
    assert folder.best.stat().st_size == 100
    for run_id in ("one", "three"):
        with pytest.raises(RunError, match=r"There is no deleted run .* kept for 60 minutes"):
            runs.undelete([run_id])
    with pytest.raises(RunError, match="is not the id"):
        runs.undelete(["../one"])


def test_a_run_that_is_deleted_while_all_are_listed_is_no_damaged_one(
    waiting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for run_id in ("one", "two"):
        ended(run_id)
    (folders.root() / "damaged").mkdir()
    listed = folders.list_folders()
    runs.delete(["one"])
    monkeypatch.setattr(folders, "list_folders", lambda: listed)
    assert ids() == ["damaged", "two"]


def test_what_is_not_over_is_not_deleted(waiting: None) -> None:
    ended("over")
    queued, running = (folders.create(run_id, config()) for run_id in ("queued", "running"))
    with files.acquire(running.lock) as lock:
        assert lock
        for run_id in ("queued", "running"):
            with pytest.raises(RunError) as caught:
                runs.delete(["over", run_id])
            assert str(caught.value) == (
                f"The run {run_id} is {run_id}, so it cannot be deleted; cancel it first."
            )
    assert ids() == ["over", "queued", "running"]
    runs.get("queued").cancel()
    runs.delete(["queued"])
    assert not queued.path.exists()


def test_a_run_whose_supervisor_is_about_to_end(
    waiting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = ended("over")
    monkeypatch.setattr(queue, "_ENDING_S", 0.0)
    with files.acquire(folder.lock) as lock:
        assert lock
        with pytest.raises(RunError, match="is still ending; delete it in a moment"):
            runs.delete(["over"])
    runs.delete(["over"])


def test_the_same_id_again(waiting: None) -> None:
    ended("one", best=1)
    runs.delete(["one"])
    ended("one", best=2)
    with pytest.raises(RunError, match="a run of the same id again"):
        runs.undelete(["one"])
    runs.delete(["one"])
    runs.undelete(["one"])
    assert folders.find("one").best.stat().st_size == 2, "the earlier one came back"


@pytest.mark.parametrize("how", ["submit", "delete", "scheduler"])
def test_an_hour_later_it_is_removed_by_whatever_comes_next(waiting: None, how: str) -> None:
    ended("old", best=1000)
    ended("fresh", best=1000)
    runs.delete(["old", "fresh"])
    hour_ago = time.time() - folders.KEPT_S
    os.utime(folders.root() / ".deleted" / "old", (hour_ago, hour_ago))
    if how == "submit":
        runs.submit(config())
    elif how == "delete":
        ended("other")
        runs.delete(["other"])
    else:
        folders.tidy()
    with pytest.raises(RunError, match="no deleted run 'old'"):
        runs.undelete(["old"])
    runs.undelete(["fresh"])


def test_purge_leaves_nothing_to_bring_back(waiting: None) -> None:
    ended("one")
    runs.delete(["one"])
    runs.purge()
    assert list((folders.root() / ".deleted").iterdir()) == []
    runs.purge()


TORN = """
import os, signal, sys
from augment import runs
from augment.runs import folders

def hook(event, arguments):
    if event == "os.remove" and "best" in str(arguments[0]):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)
runs.purge()
"""


def test_a_run_that_is_half_removed_does_not_come_back(waiting: None) -> None:
    ended("one", best=1)
    runs.delete(["one"])
    killed = subprocess.run(
        [sys.executable, "-c", TORN], env=processes.environment(), timeout=DEADLINE_S
    )
    assert killed.returncode == -9
    with pytest.raises(RunError, match="no deleted run"):
        runs.undelete(["one"])
    runs.submit(config())
    assert list((folders.root() / ".deleted").iterdir()) == []


def test_what_runs_take_on_the_disk(waiting: None) -> None:
    ended("good", best=1000)
    ended("bad", "FAILED", best=1000, resume_from=5000, resume_from_before=300)
    resumed = folders.create("queued", config())
    resumed.resume_from.write_bytes(bytes(70))
    ended("gone", best=40_000)
    usage = runs.disk_usage()
    assert usage.only_to_resume == {"bad": 5300}
    assert usage.runs.keys() == {"good", "bad", "queued", "gone"}
    assert usage.runs["bad"] - usage.runs["good"] == pytest.approx(5300, abs=10)
    assert (usage.deleted, usage.free > 0) == (0, True)
    runs.delete(["gone"])
    after = runs.disk_usage()
    assert after.deleted >= usage.runs["gone"]
    queue.forget_states([*usage.only_to_resume, "queued"])
    assert runs.disk_usage().only_to_resume == {}
    assert runs.disk_usage().runs["bad"] == usage.runs["bad"] - 5300
    assert resumed.resume_from.exists(), "what a queued run goes on from was deleted"


def test_a_folder_that_cannot_be_written(waiting: None, tmp_path: Path) -> None:
    ended("one")
    (folders.root() / ".deleted").write_text("a file")
    with pytest.raises(RunError, match=r"cannot be written .*AUGMENT_HOME"):
        runs.delete(["one"])
    assert ids() == ["one"]
