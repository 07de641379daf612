"""How many pictures a second: this engine against what one would use instead.

    python benchmarks/throughput.py [--seconds 4] [--rounds 3]

Every contender gets the same pictures and the same cores, and the contenders take turns, so that a
machine whose speed drifts is fair to all. The median round counts. Every tf.data pipeline has two calls
in parallel; this engine is also measured with one, because two threads of Python get in each other's
way, and the better counts. Each pipeline hands over batches of
32 pictures of 224 px as its users get them: keras_cv and keras.layers as float32, this engine and
albumentations as uint8. A peer that is not installed is left out, by name.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import cv2
import numpy as np
import tensorflow as tf

import augment
from augment import tfdata
from benchmarks import _results

BATCH, SIZE, CLASSES, PARALLEL = 32, 224, 102, 2
PHOTOGRAPHS = Path(__file__).resolve().parent.parent / "assets" / "flowers"

RAND_AUGMENT = {
    "op": "rand_augment",
    "augmentations_per_image": 3,
    "magnitude": 0.3,
    "magnitude_stddev": 0.2,
    "rate": 0.5,
}
CHAIN: list[dict[str, Any]] = [
    RAND_AUGMENT,
    {"op": "cut_mix", "alpha": 1.0},
    {"op": "mix_up", "alpha": 0.2},
]
ALWAYS: list[dict[str, Any]] = [{**RAND_AUGMENT, "rate": 1.0}]

Step = Callable[[], Any]


def recipe(steps: list[dict[str, Any]]) -> augment.Recipe:
    return augment.Recipe.from_dict({"version": 1, "steps": steps})


def photographs() -> np.ndarray:
    """Return 256 different crops of the bundled photographs, uint8 (256, 224, 224, 3)."""
    whole = [cv2.imread(str(path))[..., ::-1] for path in sorted(PHOTOGRAPHS.glob("*.jpg"))]
    drawn = np.random.default_rng(0)
    crops = []
    for index in range(256):
        picture = whole[index % len(whole)]
        side = int(min(picture.shape[:2]) * drawn.uniform(0.6, 1.0))
        y, x = (drawn.integers(0, extent - side + 1) for extent in picture.shape[:2])
        crops.append(
            cv2.resize(
                np.ascontiguousarray(picture[y : y + side, x : x + side]),
                (SIZE, SIZE),
                interpolation=cv2.INTER_AREA,
            )
        )
    return np.stack(crops)


IMAGES = photographs()
LABELS = np.eye(CLASSES, dtype=np.float32)[np.arange(len(IMAGES)) % CLASSES]
IDS = np.arange(len(IMAGES))


def pipeline(map_batch: Callable[[Any], Any] | None, calls: int = PARALLEL) -> Step:
    """Return a step that takes one batch out of tf.data, mapped by so many calls in parallel."""
    slices = {"images": IMAGES, "labels": LABELS, "ids": IDS, "epoch": np.zeros_like(IDS)}
    dataset = tf.data.Dataset.from_tensor_slices(slices).repeat().batch(BATCH)
    if map_batch is not None:
        dataset = dataset.map(map_batch, num_parallel_calls=calls)
    batches = iter(dataset.prefetch(2))
    return lambda: next(batches)


def engine(steps: list[dict[str, Any]], threads: int) -> Step:
    epochs, read = iter(range(10**9)), recipe(steps)

    def step() -> Any:
        epoch = next(epochs)
        rows = np.arange(epoch * BATCH, (epoch + 1) * BATCH) % len(IMAGES)
        return augment.apply(
            read,
            IMAGES[rows],
            LABELS[rows],
            ids=IDS[rows],
            seed=7,
            epoch=epoch,
            threads=threads,
        )

    return step


def kerascv_step(*layers: Any) -> Step:
    def map_batch(batch: Any) -> Any:
        inputs = {"images": tf.cast(batch["images"], tf.float32), "labels": batch["labels"]}
        for layer in layers:
            inputs = layer(inputs)
        return inputs

    return pipeline(map_batch)


def keras_step(*layers: Any) -> Step:
    return kerascv_step(
        *(lambda inputs, layer=layer: layer(inputs, training=True) for layer in layers)
    )


def albumentations_step() -> Step:
    import albumentations as A  # noqa: N812 - its users' name for it

    some = A.SomeOf(
        [
            A.AutoContrast(p=1),
            A.Equalize(p=1),
            A.Solarize(threshold_range=(0.55, 0.85), p=1),
            A.ToGray(p=1),
            A.RandomBrightnessContrast(brightness_limit=0, contrast_limit=0.3, p=1),
            A.RandomBrightnessContrast(brightness_limit=0.3, contrast_limit=0, p=1),
            A.Affine(shear={"x": (-17, 17), "y": (0, 0)}, border_mode=cv2.BORDER_REFLECT, p=1),
            A.Affine(shear={"x": (0, 0), "y": (-17, 17)}, border_mode=cv2.BORDER_REFLECT, p=1),
            A.Affine(
                translate_percent={"x": (-0.3, 0.3), "y": 0}, border_mode=cv2.BORDER_REFLECT, p=1
            ),
            A.Affine(
                translate_percent={"x": 0, "y": (-0.3, 0.3)}, border_mode=cv2.BORDER_REFLECT, p=1
            ),
        ],
        n=3,
        replace=True,
        p=1,
    )

    def map_batch(batch: Any) -> Any:
        def each(images: Any) -> Any:
            return np.stack([some(image=image)["image"] for image in images])

        return {**batch, "images": tf.numpy_function(each, [batch["images"]], tf.uint8)}

    return pipeline(map_batch)


def contenders() -> Iterator[tuple[str, Callable[[], Step]]]:
    """Yield a name and what builds the step, for each contender that is installed."""
    yield "floor: tf.data passing through", lambda: pipeline(None)
    yield "floor: copying the batch", lambda: lambda: IMAGES[:BATCH].copy()
    yield "chain, this engine, 1 thread", lambda: engine(CHAIN, 1)
    yield "chain, this engine, 2 threads", lambda: engine(CHAIN, 2)
    for calls in (1, PARALLEL):
        yield f"chain, this engine, tf.data, {calls} calls", _mapped(CHAIN, calls)
        yield f"always, this engine, tf.data, {calls} calls", _mapped(ALWAYS, calls)
    if importlib.util.find_spec("keras_cv"):
        yield "chain, keras_cv, tf.data", _kerascv_chain
    yield "chain, keras.layers, tf.data", _keras_chain
    if importlib.util.find_spec("albumentations"):
        yield "always, albumentations, tf.data", albumentations_step


def _mapped(steps: list[dict[str, Any]], calls: int) -> Callable[[], Step]:
    return lambda: pipeline(tfdata.mapper(recipe(steps), 7), calls)


def _kerascv_chain() -> Step:
    import keras_cv

    return kerascv_step(
        keras_cv.layers.RandAugment(
            value_range=(0, 255),
            augmentations_per_image=3,
            magnitude=0.3,
            magnitude_stddev=0.2,
            rate=0.5,
        ),
        keras_cv.layers.CutMix(alpha=1.0),
        keras_cv.layers.MixUp(alpha=0.2),
    )


def _keras_chain() -> Step:
    import keras

    # Its RandAugment has no rate; 3 ops at a rate of one half are 1.5 ops, so it gets 2.
    return keras_step(
        keras.layers.RandAugment(value_range=(0, 255), num_ops=2, factor=0.3),
        keras.layers.CutMix(factor=1.0),
        keras.layers.MixUp(alpha=0.2),
    )


# What is compared: the better of ours that begin so, over the peer.
RATIOS = {
    "guide chain over keras_cv": (
        "chain, this engine, tf.data",
        "chain, keras_cv, tf.data",
        (10, 25),
    ),
    "guide chain over keras.layers": (
        "chain, this engine, tf.data",
        "chain, keras.layers, tf.data",
        (100, 300),
    ),
    "three ops always on over albumentations": (
        "always, this engine, tf.data",
        "always, albumentations, tf.data",
        (1.5, 3),
    ),
}


def measure(seconds: float, rounds: int) -> dict[str, list[float]]:
    """Return pictures per second, one figure a round, for each contender."""
    steps = {name: build() for name, build in contenders()}
    for name, step in steps.items():
        print(f"warming up: {name}", file=sys.stderr)
        for _ in range(2):
            step()
    speeds: dict[str, list[float]] = {name: [] for name in steps}
    for number in range(rounds):
        for name, step in steps.items():
            print(f"round {number + 1}: {name}", file=sys.stderr)
            done, start = 0, time.perf_counter()
            while (elapsed := time.perf_counter() - start) < seconds:
                step()
                done += BATCH
            speeds[name].append(done / elapsed)
    return speeds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4.0, help="per contender and round")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(0)
    speeds = {name: statistics.median(each) for name, each in measure(**vars(options)).items()}
    for name, speed in speeds.items():
        print(f"{speed:10,.0f} pictures/s  {name}")
    ratios = {}
    for title, (ours, peer, (must, aim)) in RATIOS.items():
        if peer in speeds:
            best = max(speed for name, speed in speeds.items() if name.startswith(ours))
            ratios[title] = {"ratio": round(best / speeds[peer], 2), "must": must, "aim": aim}
    for title, row in ratios.items():
        print(f"{row['ratio']:10.1f}x  {title} (must {row['must']}x, aim {row['aim']}x)")
    packages = ("tensorflow", "keras", "keras-cv", "numpy", "opencv-python-headless")
    path = _results.write(
        "throughput",
        {
            "machine": _results.machine(*packages),
            "setting": {"batch": BATCH, "size": SIZE, "parallel_calls": PARALLEL, **vars(options)},
            "pictures_per_second": {name: round(speed, 1) for name, speed in speeds.items()},
            "ratios": ratios,
        },
    )
    print(f"written to {path}")


if __name__ == "__main__":
    main()
