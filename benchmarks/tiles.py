"""What a change of a slider costs the server: nine tiles of 224 px, drawn, rendered and encoded.

    python benchmarks/tiles.py [--repeats 200]

The pictures, the recipe (the Keras guide's) and the code are those of the page. The median counts.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

import augment
from augment import data
from benchmarks import _results
from pages.components.parts.image_grid.image_grid import contact_sheet

TILES, SIZE, MUST_MS, AIM_MS = 9, 224, 25, 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=200)
    repeats = parser.parse_args().repeats
    split = data.open_prepared("bundled", SIZE).split("photographs")
    rows = np.arange(TILES)
    images, labels, ids = split.images[rows], split.one_hot(rows), split.ids[rows]
    recipe = augment.presets.PRESETS["guide"].recipe
    parts: dict[str, list[float]] = {"draw": [], "render": [], "encode": []}
    for epoch in range(repeats + 5):
        marks = [time.perf_counter()]
        plan = augment.draw(recipe, ids, seed=7, epoch=epoch, labels=labels)
        marks.append(time.perf_counter())
        batch = augment.render(plan, images, labels)
        marks.append(time.perf_counter())
        contact_sheet(batch.images)
        marks.append(time.perf_counter())
        if epoch >= 5:
            for name, start, end in zip(parts, marks, marks[1:], strict=False):
                parts[name].append((end - start) * 1e3)
    medians = {name: round(statistics.median(times), 2) for name, times in parts.items()}
    total = round(statistics.median(map(sum, zip(*parts.values(), strict=True))), 2)
    for name, milliseconds in medians.items():
        print(f"{milliseconds:8.2f} ms  {name}")
    print(f"{total:8.2f} ms  all (must {MUST_MS}, aim {AIM_MS})")
    path = _results.write(
        "tiles",
        {
            "machine": _results.machine("numpy", "opencv-python-headless"),
            "setting": {"tiles": TILES, "size": SIZE, "repeats": repeats},
            "milliseconds": {**medians, "all": total, "must": MUST_MS, "aim": AIM_MS},
        },
    )
    print(f"written to {path}")


if __name__ == "__main__":
    main()
