"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


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
