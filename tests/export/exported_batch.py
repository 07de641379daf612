"""The batch that exported scripts augment in tests, and how they are run; it needs NumPy alone."""

from __future__ import annotations

import hashlib
import json
import runpy
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

SIZE = (40, 56)
CLASSES = 4


def batch() -> dict[str, Any]:
    """Return 16 pictures without any pure level, and their labels."""
    images = np.random.default_rng(5).integers(30, 226, (16, *SIZE, 3), dtype=np.uint8)
    return {"images": images, "labels": np.eye(CLASSES, dtype=np.float32)[np.arange(16) % CLASSES]}


def digest(images: Any, labels: Any) -> str:
    """Return a digest of a batch."""
    whole = np.asarray(images, np.uint8).tobytes() + np.asarray(labels, np.float32).tobytes()
    return hashlib.sha256(whole).hexdigest()


def run_all(
    folder: Path,
    names: Sequence[str],
    run: Callable[[str, dict[str, Any]], dict[str, Any]],
    *,
    seed: Callable[[int], object],
    with_example: tuple[str, ...],
) -> None:
    """Run scripts of a folder, and write what became of each to a ``.json`` beside it; or its error.

    Args:
        folder: The folder.
        names: The files.
        run: From the name of a script without its ending, and what it defines, to the result.
        seed: What makes their draws repeatable.
        with_example: How the names end of those that run with the example at their end, as people do.
    """
    for path in (folder / name for name in names):
        seed(1)
        name = "__main__" if path.stem.endswith(with_example) else path.stem
        try:
            result = run(path.stem, runpy.run_path(str(path), run_name=name))
        except Exception as error:  # noqa: BLE001 - it is what the test shows
            result = {"error": f"{type(error).__name__}: {error}"}
        path.with_suffix(".json").write_text(json.dumps(result), encoding="utf-8")
