"""What a picture costs by the size of the batch, by its own size and by threads, and what memory.

    python benchmarks/scaling.py [--seconds 0.1] [--rounds 3]

Drawn and rendered on photographs, by the guide's chain and by a typical recipe of each group of ops.
All take turns and the median round counts; the first call of a turn, which finds arrays of another shape,
does not. Time per picture should stay flat from a batch of 32 to one
of 1,024, and memory grow with the batch alone: it is the highest that a process of its own needs beyond
the pictures that it is given, in units of those pictures' bytes, so 1 is the result and nothing else. A
batch of one has no partner, so nothing is mixed in it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

import augment
from augment.engine.op import GROUPS
from benchmarks import _results
from benchmarks._pictures import one_hot, photographs
from benchmarks._recipes import CHAIN, TYPICAL, recipe
from benchmarks._turns import Step, seconds_per_call

BATCHES, SIZES, THREADS = (1, 8, 32, 128, 512, 1024), (32, 64, 128, 224, 448, 1024), (1, 2, 4)
BATCH, SIZE, CLASSES = 32, 224, 102
MEMORY_BATCHES = (32, 256, 1024)
RECIPES = {"guide chain": CHAIN, **{group: TYPICAL[group] for group in GROUPS}}
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")

Table = dict[str, dict[int, float]]


class Case(NamedTuple):
    """One thing to measure: a recipe, and what the sweep varies."""

    sweep: str
    recipe: str
    value: int


def step(name: str, images: np.ndarray, threads: int = 1) -> Step:
    """Return what augments a batch, in another epoch each time."""
    read, ids = recipe(RECIPES[name]), np.arange(len(images))
    labels, epochs = one_hot(len(images), CLASSES), iter(range(10**9))

    def augmented() -> Any:
        return augment.apply(
            read, images, labels, ids=ids, seed=7, epoch=next(epochs), threads=threads
        )

    return augmented


def cases() -> Iterator[tuple[Case, int, Step]]:
    """Yield each case, how many pictures a call takes, and the call."""
    many = photographs(max(BATCHES), SIZE)
    sized = {size: photographs(BATCH, size) for size in SIZES}
    for name in RECIPES:
        for batch in BATCHES:
            yield Case("batch", name, batch), batch, step(name, many[:batch])
        for size in SIZES:
            yield Case("size", name, size), BATCH, step(name, sized[size])
        for threads in THREADS:
            yield Case("threads", name, threads), BATCH, step(name, many[:BATCH], threads)


def measure(seconds: float, rounds: int) -> dict[str, Table]:
    """Return microseconds per picture, by sweep, recipe and what the sweep varies."""
    every = {case: (pictures, call) for case, pictures, call in cases()}
    calls = {case: call for case, (_, call) in every.items()}
    times = seconds_per_call(calls, seconds=seconds, rounds=rounds, warm=1, settling=1)
    tables: dict[str, Table] = {}
    for case, (pictures, _) in every.items():
        row = tables.setdefault(case.sweep, {}).setdefault(case.recipe, {})
        row[case.value] = times[case] / pictures * 1e6
    return tables


def memory() -> Table:
    """Return the memory needed beyond the pictures, in units of their bytes, by recipe and batch."""
    command = [sys.executable, __file__, "--memory"]
    return {
        name: {
            batch: json.loads(
                subprocess.run(
                    [*command, name, str(batch)], check=True, capture_output=True, text=True
                ).stdout
            )
            for batch in MEMORY_BATCHES
        }
        for name in RECIPES
    }


def memory_here(name: str, batch: int) -> float:
    """Return what `memory` does for one recipe and one batch, measured in this process."""
    few = photographs(min(batch, 64), SIZE)
    images = np.ascontiguousarray(few[np.arange(batch) % len(few)])
    step(name, images[:8])()
    # From here on the system notes the highest that the process has needed anew.
    CLEAR.write_text("5")
    before, augmented = _kilobytes("VmRSS"), step(name, images)
    for _ in range(3):
        augmented()
    return (_kilobytes("VmHWM") - before) * 1024 / images.nbytes


def _kilobytes(field: str) -> int:
    [line] = [line for line in STATUS.read_text().splitlines() if line.startswith(f"{field}:")]
    return int(line.split()[1])


def printed(title: str, table: Table, digits: int) -> None:
    print(f"\n{title}")
    print(" " * 14 + "".join(f"{value:>9,}" for value in next(iter(table.values()))))
    for name, row in table.items():
        print(f"{name:14}" + "".join(f"{number:9,.{digits}f}" for number in row.values()))


def over(table: Table, reference: int, weight: int = 0) -> Table:
    """Return each number over that of the reference; per pixel if the weight is 2."""
    return {
        name: {
            value: number / row[reference] * (reference / value) ** weight
            for value, number in row.items()
        }
        for name, row in table.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=0.1, help="per case and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", nargs=2, metavar=("RECIPE", "BATCH"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        print(json.dumps(memory_here(options.memory[0], int(options.memory[1]))))
        return
    tables = measure(options.seconds, options.rounds)
    ratios = {
        "batch": over(tables["batch"], BATCH),
        "size": over(tables["size"], SIZE, weight=2),
        "threads": over(tables["threads"], 1),
    }
    printed(f"us per picture of {SIZE} px, by pictures in the batch", tables["batch"], 0)
    printed(f"the same, over a batch of {BATCH}", ratios["batch"], 2)
    printed(f"us per picture, by its side in px (batch {BATCH})", tables["size"], 0)
    printed(f"the same per pixel, over {SIZE} px", ratios["size"], 2)
    printed(f"us per picture, by threads (batch {BATCH}, {SIZE} px)", tables["threads"], 0)
    printed("the same, over one thread", ratios["threads"], 2)
    needed = memory() if CLEAR.exists() else {}
    if needed:
        printed("memory beyond the pictures, over the pictures, by pictures", needed, 2)
    path = _results.write(
        "scaling",
        {
            "machine": _results.machine("numpy", "opencv-python-headless"),
            "setting": {
                "batch": BATCH,
                "size": SIZE,
                "seconds": options.seconds,
                "rounds": options.rounds,
                "recipes": RECIPES,
            },
            "us_per_picture": _results.rounded(tables, 1),
            "ratios": _results.rounded(ratios, 3),
            "memory_over_pictures": _results.rounded(needed, 2),
        },
    )
    print(f"\nwritten to {path}")


if __name__ == "__main__":
    main()
