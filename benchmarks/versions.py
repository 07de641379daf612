"""Pictures a second of the engine of this checkout against that of another one of this repository.

    git worktree add ../other c6d95c2
    python -m benchmarks.versions ../other [--seconds 1] [--rounds 5]

Both run in processes of their own, one after the other in each round; the median round counts. A turn is
`augment.apply` on batches of 32 photographs, by the recipes of `benchmarks._inputs` at 64 and at 224 px:
in one thread on one core, and in two threads with a core each, as a training makes its batches.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import _measure
from benchmarks._inputs import ALWAYS, CHAIN, CHEAP, ROOT, photographs

BATCH = 32
RECIPES = {
    "guide chain": CHAIN,
    "three ops always on": ALWAYS,
    "flip, crop, brightness, saturation": CHEAP,
}
SIZES = (64, 224)
# What every version understands; it runs in the root of that version.
TURN = """
import json, sys, time
from concurrent.futures import ThreadPoolExecutor
import numpy as np
import augment
try:
    from augment.engine import compiled
    compiled.load()
except ImportError:
    pass
asked = json.loads(sys.argv[1])
recipe = augment.Recipe.from_dict({"version": 1, "steps": asked["steps"]})
images = np.load(asked["images"])
labels, ids = np.eye(102, dtype=np.float32)[np.arange(128) % 102], np.arange(128)

def batch(number):
    rows = slice(at := 32 * number % 128, at + 32)
    augment.apply(recipe, images[rows], labels[rows], ids=ids[rows], seed=7, epoch=number)

for number in range(8):
    batch(number)
begun = time.perf_counter()

def work(first):
    number = first
    while time.perf_counter() - begun < asked["seconds"]:
        batch(number)
        number += asked["threads"]
    return (number - first) // asked["threads"]

with ThreadPoolExecutor(asked["threads"]) as pool:
    made = sum(pool.map(work, range(asked["threads"])))
print(32 * made / (time.perf_counter() - begun))
"""


def turn(
    root: Path, steps: list[dict[str, Any]], images: Path, threads: int, seconds: float
) -> float:
    """Return the pictures a second of a version."""
    cores = ",".join(map(str, sorted(os.sched_getaffinity(0))[:threads]))
    asked = json.dumps(
        {"steps": steps, "images": str(images), "threads": threads, "seconds": seconds}
    )
    done = subprocess.run(
        ["taskset", "-c", cores, sys.executable, "-c", TURN, asked],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return float(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other", type=Path, help="the root of the other checkout")
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        images = Path(folder) / "images.npy"
        for threads, size, (name, steps) in itertools.product((1, 2), SIZES, RECIPES.items()):
            np.save(images, photographs(128, size))
            speeds = [
                [
                    turn(root, steps, images, threads, options.seconds)
                    for root in (ROOT, options.other.resolve())
                ]
                for _ in range(options.rounds)
            ]
            ours, theirs = (statistics.median(each) for each in zip(*speeds, strict=True))
            what = f"{name}, {size} px, {threads} thread{'s' if threads > 1 else ''}"
            found[what] = {
                "this": round(ours),
                "other": round(theirs),
                "ratio": round(ours / theirs, 2),
            }
            print(f"{ours:10,.0f}  {theirs:10,.0f} pictures/s  {ours / theirs:5.1f}x  {what}")
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=options.other,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.strip()
    _measure.write("versions", {"machine": _measure.machine(), "other": commit, "found": found})


if __name__ == "__main__":
    main()
