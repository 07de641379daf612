"""What each op costs alone, for a picture of 224 px, and what its like costs elsewhere.

    python benchmarks/ops.py [--seconds 0.1] [--rounds 3] [--ops NAME ...]

Microseconds per picture, in a batch of 32 on one thread: to draw, and to render what was drawn before,
each op at its defaults and always on. The floor is copying the picture. For keras_cv, whose layers run as
graphs on every core, and for Pillow and albumentations it is the like at similar strength, drawing
included where they cannot do without. All take turns and the median round counts.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

import augment
from benchmarks import _peers, _results
from benchmarks._pictures import one_hot, photographs
from benchmarks._recipes import recipe
from benchmarks._turns import Step, seconds_per_call

BATCH, SIZE, CLASSES, EPOCHS = 32, 224, 102, 4
IMAGES, LABELS, IDS = photographs(BATCH, SIZE), one_hot(BATCH, CLASSES), np.arange(BATCH)
CHILDREN = [{"op": "solarize"}, {"op": "shear_x"}, {"op": "grayscale"}]
COLUMNS = ("draw", "render", "keras_cv", "pillow", "albumentations")


def alone(name: str) -> augment.Recipe:
    """Return a recipe of one op that always happens."""
    op = augment.registry()[name]
    rate = {"rate": 1.0} if "rate" in op.params else {}
    children = {"steps": CHILDREN} if op.takes_steps else {}
    return recipe([{"op": name, **rate, **children}])


def drawing(read: augment.Recipe) -> Step:
    epochs = itertools.count()
    return lambda: augment.draw(read, IDS, seed=7, epoch=next(epochs), labels=LABELS)


def rendering(read: augment.Recipe) -> Step:
    plans = [augment.draw(read, IDS, seed=7, epoch=epoch, labels=LABELS) for epoch in range(EPOCHS)]
    drawn = itertools.cycle(plans)
    return lambda: augment.render(next(drawn), IMAGES, LABELS)


def steps(names: list[str]) -> dict[tuple[str, str], Step]:
    """Return what is measured, by column and op."""
    recipes = {name: alone(name) for name in names}
    columns: dict[str, Any] = {
        "draw": {name: drawing(read) for name, read in recipes.items()},
        "render": {name: rendering(read) for name, read in recipes.items()},
        "pillow": _peers.pillow(IMAGES),
    }
    if _results.installed("keras_cv"):
        columns["keras_cv"] = _peers.keras_cv(recipes, IMAGES, LABELS)
    if _results.installed("albumentations"):
        columns["albumentations"] = _peers.albumentations(IMAGES)
    return {
        (column, name): step
        for column, by_name in columns.items()
        for name, step in by_name.items()
        if name in recipes
    }


def main() -> None:
    every = list(augment.registry())
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=0.1, help="per op and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ops", nargs="+", choices=every, default=every, metavar="NAME")
    options = parser.parse_args()
    measured = {
        ("floor", "copying"): lambda: [image.copy() for image in IMAGES],
        ("floor", "an empty recipe"): rendering(recipe([])),
        **steps(options.ops),
    }
    times = seconds_per_call(measured, seconds=options.seconds, rounds=options.rounds)
    cost = {case: seconds / BATCH * 1e6 for case, seconds in times.items()}
    for (column, name), each in cost.items():
        if column == "floor":
            print(f"{name:20}{each:8,.1f} us")
    print(" " * 20 + "".join(f"{column:>15}" for column in COLUMNS))
    for name in options.ops:
        numbers = (cost.get((column, name)) for column in COLUMNS)
        print(
            f"{name:20}" + "".join(f"{number:15,.1f}" if number else " " * 15 for number in numbers)
        )
    table: dict[str, dict[str, float]] = {}
    for (column, name), each in cost.items():
        table.setdefault(name, {})["us" if column == "floor" else column] = each
    packages = ["numpy", "opencv-python-headless", "pillow"]
    packages += [peer for peer in ("keras-cv", "albumentations") if _results.installed(peer)]
    path = _results.write(
        "ops",
        {
            "machine": _results.machine(*packages),
            "setting": {
                "batch": BATCH,
                "size": SIZE,
                "seconds": options.seconds,
                "rounds": options.rounds,
            },
            "us_per_picture": _results.rounded(table, 2),
        },
    )
    print(f"written to {path}")


if __name__ == "__main__":
    main()
