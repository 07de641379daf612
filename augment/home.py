"""Where runs and prepared data live: ``AUGMENT_HOME``, or the platform's folder for user data."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def home() -> Path:
    """Return the root of all that the project writes, created if absent."""
    configured = os.environ.get("AUGMENT_HOME")
    root = Path(configured) if configured else platformdirs.user_data_path("augment-explorer")
    root.mkdir(parents=True, exist_ok=True)
    return root


def data_home() -> Path:
    """Return the folder of the prepared arrays, created if absent."""
    return _made(home() / "data")


def runs_home() -> Path:
    """Return the folder that holds one folder per run, created if absent."""
    return _made(home() / "runs")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
