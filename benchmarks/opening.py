"""The time to open a prepared set, by its size and by its split scheme.

    python -m benchmarks.opening [--pictures 1000 100000 1000000] [--repeats 5]

Milliseconds against the target of the design. The sets are made here in a temporary folder, in the real
format, but their pixels are holes in a sparse file, which opening does not read. Each opening happens in
a process of its own, after its imports; the median counts.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence

import numpy as np

from augment.data.sources.bundled import source
from augment.data.store import file_format
from augment.data.store.file_format import SampleNames
from augment.data.store.place import INDEX, Place
from benchmarks import _measure
from benchmarks._inputs import ROOT

SIZE, CLASSES, MUST_MS = 64, 500, 100

ALL_SPLITS, NO_VALIDATION = ("train", "validation", "test"), ("train", "test")
CASES = (
    ("official", ALL_SPLITS, "official"),
    ("official, validation taken from train", NO_VALIDATION, "official"),
    ("re-split", ALL_SPLITS, "re-split"),
)
"""The name of the case, the splits of the source, and the requested scheme."""

OPEN = """
import time
from augment.data.store.prepared import read_prepared
began = time.perf_counter()
read_prepared("bundled", {size}, scheme={scheme!r})
print((time.perf_counter() - began) * 1e3)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    rows = []
    for count in options.pictures:
        with tempfile.TemporaryDirectory() as home:
            os.environ["AUGMENT_HOME"] = home
            for case, own, scheme in CASES:
                make(count, own)
                times = [opened(scheme) for _ in range(options.repeats)]
                rows.append([count, case, round(statistics.median(times), 1)])
                print(f"{count:>9,} images, {case}: {rows[-1][2]:.1f} ms (must {MUST_MS})")
    _measure.write(
        "opening",
        {
            "machine": _measure.machine("numpy"),
            "setting": {"size": SIZE, "classes": CLASSES, "repeats": options.repeats},
            "milliseconds": [
                dict(zip(("pictures", "splits", "ms"), row, strict=True)) for row in rows
            ],
        },
    )


def make(count: int, own: Sequence[str]) -> None:
    """Write a set of `count` images as `bundled`, a tenth of them in each split but the first."""
    folder = Place.of("bundled", SIZE).folder
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / file_format.PICTURES).open("wb") as file:
        file.truncate(count * SIZE * SIZE * 3)
    SampleNames.write(
        [f"class {n % CLASSES}/{n:07}.jpg" for n in range(count)],
        folder / file_format.NAMES,
        folder / file_format.NAME_ENDS,
    )
    rng = np.random.default_rng(7)
    arrays = {
        file_format.LABELS: np.arange(count) % CLASSES,
        file_format.IDS: rng.permutation(count),
        file_format.GROUPS: np.arange(count),
        file_format.ALIKE: np.empty((0, 3), np.int64),
    }
    for name, array in arrays.items():
        np.save(folder / name, array.astype(np.int64))
    np.save(folder / file_format.ENLARGED, np.zeros(count, bool))
    tenth = count // 10
    index = {
        "version": source().version,
        "format": file_format.FORMAT,
        "class_names": [f"class {n}" for n in range(CLASSES)],
        "splits": {own[0]: count - tenth * (len(own) - 1)} | dict.fromkeys(own[1:], tenth),
        "problems": [],
        "ignored": [],
        "alike_complete": True,
        "prepared_at": "2026-01-01T00:00:00+00:00",
    }
    (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")


def opened(scheme: str) -> float:
    """Return the milliseconds of one opening."""
    code = OPEN.format(size=SIZE, scheme=scheme)
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return float(ended.stdout)


if __name__ == "__main__":
    main()
