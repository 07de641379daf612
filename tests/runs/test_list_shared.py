"""The list of runs that the sessions of a server share."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from augment import runs
from augment.runs import folders, naming, queue
from augment.runs.naming import Label
from augment.system import files
from tests.runs.conftest import CONFIG


@pytest.fixture
def kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a change by this process makes a list an old one."""
    monkeypatch.setattr(queue, "SHARED_S", math.inf)


@pytest.mark.usefixtures("kept")
def test_threads_share_a_list_until_this_process_changes_a_run() -> None:
    folder = folders.create("one", CONFIG)
    folders.note_change()
    with ThreadPoolExecutor(4) as threads:
        lists = list(threads.map(lambda _: runs.list_shared(), range(8)))
    assert [run.id for run in lists[0]] == ["one"]
    assert all(each is lists[0] for each in lists)

    naming.write_label(folder, Label(name="renamed"))
    [run] = runs.list_shared()
    assert run.title == "renamed"
    run.cancel()
    assert [run.state for run in runs.list_shared()] == ["CANCELLED"]
    runs.delete(["one"])
    assert runs.list_shared() == ()
    runs.undelete(["one"])
    [run] = runs.list_shared()
    assert run.state == "CANCELLED"


def test_what_another_process_does_is_seen_when_the_list_is_old(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "SHARED_S", math.inf)
    assert runs.list_shared() == ()
    folder = folders.create("one", CONFIG)
    assert runs.list_shared() == ()
    monkeypatch.setattr(queue, "SHARED_S", 0.0)
    assert [run.state for run in runs.list_shared()] == ["QUEUED"]
    files.write_json(folder.state, {"state": "FAILED"})
    assert [run.state for run in runs.list_shared()] == ["FAILED"]


@pytest.mark.usefixtures("kept")
def test_a_page_that_is_opened_has_what_another_process_did_before() -> None:
    assert runs.list_shared() == ()
    folders.create("one", CONFIG)
    fresh = runs.list_shared(fresh=True)
    assert [run.id for run in fresh] == ["one"]
    assert runs.list_shared() is fresh
