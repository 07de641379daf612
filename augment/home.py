"""The folder of runs and prepared data: ``AUGMENT_HOME``, or the platform's folder for user data."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def home() -> Path:
    """Return the folder of all that the project writes, created if absent."""
    configured = os.environ.get("AUGMENT_HOME")
    root = Path(configured) if configured else platformdirs.user_data_path("augment-explorer")
    root.mkdir(parents=True, exist_ok=True)
    return root


def data_home() -> Path:
    """Return the folder of the prepared arrays, created if absent."""
    return _created(home() / "data")


def runs_home() -> Path:
    """Return the folder of the run folders, created if absent."""
    return _created(home() / "runs")


def trackers_home() -> Path:
    """Return the folder of what is exported to trackers and named no other place, created if absent."""
    return _created(home() / "trackers")


def _created(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
