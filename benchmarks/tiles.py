"""The cost of a slider change to the server: nine tiles of 224 px, drawn, rendered and encoded.

    python -m benchmarks.tiles [--repeats 200]

Milliseconds on the images, the recipe (that of the Keras guide) and the code of the page Explore, against
the target of the design. The median counts.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np

import augment
from augment import data
from augment.engine import compiled
from benchmarks import _measure
from pages.components.parts.image_grid.image_grid import contact_sheet

TILES, SIZE, WARMUP, MUST_MS, AIM_MS = 9, 224, 5, 4, 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=200)
    repeats = parser.parse_args().repeats
    compiled.stay_plain()  # as the web server
    split = data.open_prepared("bundled", SIZE).split("photographs")
    rows = np.arange(TILES)
    images, labels, ids = split.images[rows], split.one_hot(rows), split.ids[rows]
    recipe = augment.presets.PRESETS["guide"].recipe
    parts: dict[str, list[float]] = {"draw": [], "render": [], "encode": []}
    for epoch in range(repeats + WARMUP):
        marks = [time.perf_counter()]
        plan = augment.draw(recipe, ids, seed=7, epoch=epoch, labels=labels)
        marks.append(time.perf_counter())
        batch = augment.render(plan, images, labels)
        marks.append(time.perf_counter())
        contact_sheet(batch.images)
        marks.append(time.perf_counter())
        if epoch >= WARMUP:
            for name, start, end in zip(parts, marks, marks[1:], strict=False):
                parts[name].append((end - start) * 1e3)
    medians = {name: round(statistics.median(times), 2) for name, times in parts.items()}
    total = round(statistics.median(map(sum, zip(*parts.values(), strict=True))), 2)
    for name, milliseconds in medians.items():
        print(f"{milliseconds:8.2f} ms  {name}")
    print(f"{total:8.2f} ms  all (must {MUST_MS}, aim {AIM_MS})")
    _measure.write(
        "tiles",
        {
            "machine": _measure.machine("numpy", "opencv-python-headless"),
            "setting": {"tiles": TILES, "size": SIZE, "repeats": repeats},
            "milliseconds": {**medians, "all": total, "must": MUST_MS, "aim": AIM_MS},
        },
    )


if __name__ == "__main__":
    main()
