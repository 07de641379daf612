"""Shared by the benchmarks: what they ran on, and where their results go."""

from __future__ import annotations

import datetime
import importlib.metadata
import importlib.util
import json
import os
import platform
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def machine(*packages: str) -> dict[str, Any]:
    """Return the processor, its cores, Python's version and those of the packages."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = {line.partition(":")[2].strip() for line in lines if line.startswith("model name")}
    return {
        "processor": ", ".join(sorted(names)) or platform.processor(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "python": platform.python_version(),
        **{package: importlib.metadata.version(package) for package in packages},
    }


def installed(package: str) -> bool:
    """Return whether a package is there."""
    return importlib.util.find_spec(package.replace("-", "_")) is not None


def rounded(result: Any, digits: int) -> Any:
    """Return nested numbers, each rounded."""
    if isinstance(result, dict):
        return {key: rounded(value, digits) for key, value in result.items()}
    return round(result, digits)


def write(name: str, result: dict[str, Any]) -> Path:
    """Write a result as ``results/<date>-<name>.json`` and return its path."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.date.today().isoformat()}-{name}.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return path
