"""Clients with a stand-in for the process, and the certainty that nothing of them is left."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import augment
from augment.kerascv import Client
from tests.runs.conftest import eventually

STAND_IN = (sys.executable, "-m", "tests.kerascv.stand_in")

IMAGES = np.random.default_rng(3).integers(0, 256, (5, 40, 32, 3), np.uint8)
LABELS = np.eye(4, dtype=np.float32)[np.arange(5) % 4]


def doing(step_id: str) -> augment.Recipe:
    """A recipe that tells the stand-in what to do."""
    step: dict[str, Any] = {"op": "invert", "id": step_id}
    return augment.Recipe.from_dict({"version": 1, "steps": [step]})


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for temporary files, in which nothing is left in the end."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    eventually(lambda: not list(folder.iterdir()), 10, "something is left behind")


@pytest.fixture
def client(scratch: Path, home: Path) -> Iterator[Client]:
    made = Client(words=STAND_IN)
    yield made
    made.close()
    assert made.pid is None
