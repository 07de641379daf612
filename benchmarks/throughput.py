"""How many pictures a second: this engine against what one would use instead.

    python benchmarks/throughput.py [--seconds 4] [--rounds 3]

Every contender gets the same pictures and the same cores, and the contenders take turns, so that a
machine whose speed drifts is fair to all. The median round counts. What a pipeline made ahead in the
time of others does not. Every tf.data pipeline has two calls in parallel; this engine is also measured
with one, and the better counts. Each pipeline hands over batches of 32 pictures of 224 px as its users
get them: keras_cv, keras.layers and torchvision's mixing as float32, this engine, albumentations and
torchvision's RandAugment as uint8. torchvision has a `DataLoader` with two processes. A peer that is not
installed is left out.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import _results
from benchmarks._turns import said, seconds_per_call

# What is compared: the best of ours that begin so, over the peer; what it must reach, and the aim.
OURS = {"chain": "chain, this engine, tf.data", "always": "always, this engine, tf.data"}
RATIOS: dict[str, tuple[str, str, tuple[float, float] | None]] = {
    "guide chain over keras_cv": ("chain", "keras_cv, tf.data", (10, 25)),
    "guide chain over keras.layers": ("chain", "keras.layers, tf.data", (100, 300)),
    "guide chain over torchvision v2": ("chain", "torchvision v2, DataLoader", None),
    "three ops always on over albumentations": ("always", "albumentations, tf.data", (1.5, 3)),
    "three ops always on over torchvision v2": ("always", "torchvision v2, DataLoader", None),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4.0, help="per contender and round")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    # Not above, where the worker processes of a DataLoader would import all of it once more.
    from benchmarks import _contenders

    steps = {}
    for name, build in _contenders.contenders():
        said(f"building: {name}")
        steps[name] = build()
    times = seconds_per_call(steps, least=4, buffered=_contenders.BUFFERED, **vars(options))
    speeds = {name: _contenders.BATCH / seconds for name, seconds in times.items()}
    for name, speed in speeds.items():
        print(f"{speed:10,.0f} pictures/s  {name}")
    ratios = {}
    for title, (what, peer, targets) in RATIOS.items():
        if f"{what}, {peer}" in speeds:
            best = max(speed for name, speed in speeds.items() if name.startswith(OURS[what]))
            ratio = best / speeds[f"{what}, {peer}"]
            must, aim = targets or (None, None)
            ratios[title] = {"ratio": round(ratio, 2), "must": must, "aim": aim}
            print(f"{ratio:10.1f}x  {title}{f' (must {must}x, aim {aim}x)' if targets else ''}")
    packages = ["tensorflow", "keras", "keras-cv", "numpy", "opencv-python-headless"]
    packages += [peer for peer in ("albumentations", "torchvision") if _results.installed(peer)]
    path = _results.write(
        "throughput",
        {
            "machine": _results.machine(*packages),
            "setting": {
                "batch": _contenders.BATCH,
                "size": _contenders.SIZE,
                "parallel_calls": _contenders.PARALLEL,
                **vars(options),
            },
            "pictures_per_second": _results.rounded(speeds, 1),
            "ratios": ratios,
        },
    )
    print(f"written to {path}")


if __name__ == "__main__":
    main()
