"""Time per image by batch size, image size and threads, and memory by batch size.

    python -m benchmarks.scaling [--seconds 0.1] [--rounds 3]

Photographs are drawn and rendered by the guide's chain and by a typical recipe of each group of ops, each
against itself at a batch of 32, at 224 px and on one thread. All take turns and the median round counts;
the first call of a turn is not timed, because the previous one used arrays of another shape. The time per
image should not grow from a batch of 32 to one of 1,024, and memory should grow with the batch alone.
Memory is the peak of a process beyond its input images, in units of their bytes, so 1 is the result and
nothing else; it is measured on Linux only. A batch of one has no partners, so it mixes nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import augment
from augment.engine.op import GROUPS
from benchmarks import _measure
from benchmarks._inputs import CHAIN, ROOT, TYPICAL, one_hot, photographs, recipe
from benchmarks._measure import Step

BATCHES, SIZES, THREADS = (1, 8, 32, 128, 512, 1024), (32, 64, 128, 224, 448, 1024), (1, 2, 4)
BATCH, SIZE, CLASSES = 32, 224, 102
MEMORY_BATCHES = (32, 256, 1024)
RECIPES = {"guide chain": CHAIN, **{group: TYPICAL[group] for group in GROUPS}}
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")

Table = dict[str, dict[int, float]]


class Case(NamedTuple):
    """One thing to measure: a recipe, and the value of what the sweep varies."""

    sweep: str
    recipe: str
    value: int


def step(name: str, images: np.ndarray, threads: int = 1) -> Step:
    """Return a step that augments a batch, in another epoch each time."""
    measured, ids = recipe(RECIPES[name]), np.arange(len(images))
    labels, epochs = one_hot(len(images), CLASSES), iter(range(10**9))

    def augment_batch() -> Any:
        return augment.apply(
            measured, images, labels, ids=ids, seed=7, epoch=next(epochs), threads=threads
        )

    return augment_batch


def cases() -> Iterator[tuple[Case, int, Step]]:
    """Yield each case, the number of images in a call, and the call."""
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
    """Return microseconds per image by sweep, recipe and value."""
    every = {case: (pictures, call) for case, pictures, call in cases()}
    calls = {case: call for case, (_, call) in every.items()}
    times = _measure.seconds_per_call(calls, seconds=seconds, rounds=rounds, warmup=1, settling=1)
    tables: dict[str, Table] = {}
    for case, (pictures, _) in every.items():
        row = tables.setdefault(case.sweep, {}).setdefault(case.recipe, {})
        row[case.value] = times[case] / pictures * 1e6
    return tables


def memory() -> Table:
    """Return the memory needed beyond the images, in units of their bytes, by recipe and batch."""
    command = [sys.executable, "-m", "benchmarks.scaling", "--memory"]
    return {
        name: {
            batch: json.loads(
                subprocess.run(
                    [*command, name, str(batch)],
                    cwd=ROOT,
                    check=True,
                    stdout=subprocess.PIPE,
                    text=True,
                ).stdout
            )
            for batch in MEMORY_BATCHES
        }
        for name in RECIPES
    }


def memory_here(name: str, batch: int) -> float:
    """Return the figure of `memory` for one recipe and one batch, measured in this process."""
    few = photographs(min(batch, 64), SIZE)
    images = np.ascontiguousarray(few[np.arange(batch) % len(few)])
    step(name, images[:8])()
    CLEAR.write_text("5")  # resets the peak, VmHWM
    before, call = _kilobytes("VmRSS"), step(name, images)
    for _ in range(3):
        call()
    return (_kilobytes("VmHWM") - before) * 1024 / images.nbytes


def _kilobytes(field: str) -> int:
    [line] = [line for line in STATUS.read_text().splitlines() if line.startswith(f"{field}:")]
    return int(line.split()[1])


def show(title: str, table: Table, digits: int) -> None:
    print(f"\n{title}")
    print(" " * 14 + "".join(f"{value:>9,}" for value in next(iter(table.values()))))
    for name, row in table.items():
        print(f"{name:14}" + "".join(f"{number:9,.{digits}f}" for number in row.values()))


def relative(table: Table, reference: int, weight: int = 0) -> Table:
    """Return each number divided by that of the reference; per pixel if the weight is 2."""
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
        "batch": relative(tables["batch"], BATCH),
        "size": relative(tables["size"], SIZE, weight=2),
        "threads": relative(tables["threads"], 1),
    }
    show(f"us per image of {SIZE} px, by batch size", tables["batch"], 0)
    show(f"the same, relative to a batch of {BATCH}", ratios["batch"], 2)
    show(f"us per image, by its side in px (batch {BATCH})", tables["size"], 0)
    show(f"the same per pixel, relative to {SIZE} px", ratios["size"], 2)
    show(f"us per image, by threads (batch {BATCH}, {SIZE} px)", tables["threads"], 0)
    show("the same, relative to one thread", ratios["threads"], 2)
    needed = memory() if CLEAR.exists() else {}
    if needed:
        show("memory beyond the input, in units of the input, by batch size", needed, 2)
    _measure.write(
        "scaling",
        {
            "machine": _measure.machine("numpy", "opencv-python-headless"),
            "setting": {
                "batch": BATCH,
                "size": SIZE,
                "seconds": options.seconds,
                "rounds": options.rounds,
                "recipes": RECIPES,
            },
            "us_per_picture": _measure.rounded(tables, 1),
            "ratios": _measure.rounded(ratios, 3),
            "memory_over_pictures": _measure.rounded(needed, 2),
        },
    )


if __name__ == "__main__":
    main()
