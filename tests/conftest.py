"""Fixtures that every room's tests share."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module", autouse=True)
def little_garbage_to_look_through() -> None:
    """Leave what lives by now out of every collection to come: it is not garbage.

    Streamlit collects after each run of a page, and went through all of pytest's objects and
    TensorFlow's each time: 0.4 s, when the run itself takes 0.1 s.
    """
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    # Pytest collects a last time, and tells what complains as it goes.
    gc.unfreeze()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An ``AUGMENT_HOME`` of the test's own."""
    folder = tmp_path / "home"
    monkeypatch.setenv("AUGMENT_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def extra_data() -> Path:
    """Real Oxford Flowers data beside the checkout; the test skips where there is none."""
    folder = Path(os.environ.get("AUGMENT_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "tensorflow_datasets").is_dir():
        pytest.skip(f"no real Oxford Flowers data at {folder} (set AUGMENT_TEST_DATA)")
    return folder
