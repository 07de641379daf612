"""Fixtures and settings that all tests share."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure(config: pytest.Config) -> None:
    # Files go to the workers of xdist as they are sorted below, not those of many tests first.
    config.option.loadscopereorder = False


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the ops before several processes want them, and trainers that step aside for all."""
    if getattr(session.config.option, "numprocesses", None) and not is_worker(session.config):
        program = "from augment.engine import compiled; compiled.load()"
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long, so that no worker has one left when the other is done."""
    ranks: dict[Path, int] = {}
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        rank = 0 if "slow" in marks else 1 if "browser" in marks else 2
        ranks[item.path] = min(rank, ranks.get(item.path, rank))
    items.sort(key=lambda item: ranks[item.path])


@pytest.fixture(scope="module", autouse=True)
def freeze_living_objects() -> None:
    """Exclude the objects that exist by now from every later garbage collection.

    Streamlit collects after each run of a page, and would traverse all objects of pytest and
    TensorFlow each time: 0.4 s, when the run itself takes 0.1 s.
    """
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    # Pytest collects a last time, and reports the warnings of destructors.
    gc.unfreeze()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An ``AUGMENT_HOME`` of the test's own."""
    folder = tmp_path / "home"
    monkeypatch.setenv("AUGMENT_HOME", str(folder))
    return folder


@pytest.fixture
def nothing_starts(home: Path) -> Iterator[None]:
    """A home in which a submitted run stays in the queue, because a scheduler seems to be alive."""
    # Here, as most tests need no runs.
    from augment.runs import queue
    from augment.system import files

    lock = files.acquire(queue.lock_path())
    assert lock is not None
    with lock:
        yield


@pytest.fixture(scope="session")
def extra_data() -> Path:
    """Real Oxford Flowers data beside the checkout; the test skips where there is none."""
    folder = Path(os.environ.get("AUGMENT_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "tensorflow_datasets").is_dir():
        pytest.skip(f"no real Oxford Flowers data at {folder} (set AUGMENT_TEST_DATA)")
    return folder
