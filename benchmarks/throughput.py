"""Images per second: this engine against keras_cv, keras.layers and four libraries without Keras.

    python -m benchmarks.throughput [--seconds 4] [--rounds 3] [--name throughput]

All contenders get the same photographs and the same cores, and take turns; the median round counts.
Batches that a pipeline prepared during the turns of others are not counted. Every tf.data pipeline has
two parallel calls; this engine is also measured with one, and the better of the two counts. It is also
measured in threads of Python, one and two, each of which makes batches of its own. Each
pipeline yields batches of 32 images of 224 px as its users get them: keras_cv, keras.layers and
torchvision's mixing as float32; this engine, albumentations and torchvision's RandAugment as uint8.
torchvision has a `DataLoader` with two processes. Kornia and the CPU backend of DALI are only reported:
their RandAugment has ops and magnitudes of its own; each has two threads in a process of its own. A peer
that is not installed is left out. With `NUMBA_CPU_NAME=generic` in the environment, this engine is
compiled for any processor of the kind.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import importlib
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

import augment
from augment.engine import compiled
from benchmarks import _measure
from benchmarks._inputs import ALWAYS, CHAIN, CHEAP, one_hot, photographs, recipe
from benchmarks._measure import Step

# TensorFlow and the peers are imported where they are used: the worker processes of torchvision's
# DataLoader import this module again.

BATCH, SIZE, CLASSES, PARALLEL = 32, 224, 102, 2
BUFFERED = 4  # batches that a pipeline prepares ahead: two per call, process or thread

OURS = {what: f"{what}, this engine, tf.data" for what in ("chain", "always", "cheap")}
OURS["two threads"] = "chain, this engine, 2 threads"
RATIOS: dict[str, tuple[str, str, tuple[float, float] | None]] = {
    "guide chain over keras_cv": ("chain", "keras_cv, tf.data", (15, 25)),
    "guide chain over keras.layers": ("chain", "keras.layers, tf.data", (150, 300)),
    "guide chain over torchvision v2": ("chain", "torchvision v2, DataLoader", None),
    "three ops always on over albumentations": ("always", "albumentations, tf.data", (3, 5)),
    "three ops always on over torchvision v2": ("always", "torchvision v2, DataLoader", (3, 5)),
    "three ops always on over Kornia": ("always", "Kornia, batches of tensors", None),
    "three ops always on over DALI": ("always", "DALI, CPU", None),
    "flip, crop, brightness, saturation over albumentations": (
        "cheap",
        "albumentations, tf.data",
        (1.5, 4),
    ),
    "two threads over one": ("two threads", "chain, this engine, 1 thread", (1.8, 1.95)),
}
"""What is compared: the best contender of ours whose name starts so, the peer, and must and aim."""


class Inputs(NamedTuple):
    """What every contender augments."""

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.float32]
    ids: npt.NDArray[np.int64]


@functools.cache
def inputs() -> Inputs:
    """Return 256 different photographs with labels and ids."""
    images = photographs(256, SIZE)
    return Inputs(images, one_hot(len(images), CLASSES), np.arange(len(images)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4.0, help="per contender and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--name", default="throughput", help="the name of the result file")
    options = parser.parse_args()
    file = vars(options).pop("name")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    steps = {}
    for name, build in contenders():
        _measure.show_progress(f"building: {name}")
        steps[name] = build()
    times = _measure.seconds_per_call(steps, min_calls=4, buffered=BUFFERED, **vars(options))
    speeds = {name: BATCH / seconds for name, seconds in times.items()}
    for name, speed in speeds.items():
        print(f"{speed:10,.0f} images/s  {name}")
    ratios = {}
    for title, (what, peer, targets) in RATIOS.items():
        other = speeds.get(peer) or speeds.get(f"{what}, {peer}")
        if other:
            best = max(speed for name, speed in speeds.items() if name.startswith(OURS[what]))
            ratio = best / other
            must, aim = targets or (None, None)
            ratios[title] = {"ratio": round(ratio, 2), "must": must, "aim": aim}
            print(f"{ratio:10.1f}x  {title}{f' (must {must}x, aim {aim}x)' if targets else ''}")
    packages = ["tensorflow", "keras", "numpy", "opencv-python-headless"]
    peers = ("keras-cv", "albumentations", "torchvision", "kornia")
    packages += [peer for peer in peers if _measure.installed(peer)]
    packages += ["nvidia-dali-cuda120"] if _measure.installed("nvidia.dali") else []
    _measure.write(
        file,
        {
            "machine": _measure.machine(*packages),
            "compiled for": os.environ.get("NUMBA_CPU_NAME", "this processor"),
            "setting": {
                "batch": BATCH,
                "size": SIZE,
                "parallel_calls": PARALLEL,
                **vars(options),
            },
            "pictures_per_second": _measure.rounded(speeds, 1),
            "ratios": ratios,
        },
    )


def contenders() -> Iterator[tuple[str, Callable[[], Step]]]:
    """Yield each contender that is installed: its name, and a function that builds its step."""
    yield "floor: tf.data passing through", lambda: pipeline(None)
    yield "floor: copying the batch", lambda: lambda: inputs().images[:BATCH].copy()
    for threads in (1, PARALLEL):
        yield (
            f"chain, this engine, {threads} thread{'s' if threads > 1 else ''}",
            lambda threads=threads: engine(CHAIN, threads),
        )
    yield "chain, this engine, PyDataset", lambda: pydataset(CHAIN)
    for calls in (1, PARALLEL):
        yield (
            f"chain, this engine, tf.data, {calls} calls",
            lambda calls=calls: mapped(CHAIN, calls),
        )
        yield (
            f"always, this engine, tf.data, {calls} calls",
            lambda calls=calls: mapped(ALWAYS, calls),
        )
        yield (
            f"cheap, this engine, tf.data, {calls} calls",
            lambda calls=calls: mapped(CHEAP, calls),
        )
    if _measure.installed("keras_cv"):
        yield "chain, keras_cv, tf.data", keras_cv_chain
    yield "chain, keras.layers, tf.data", keras_chain
    if _measure.installed("albumentations"):
        yield "always, albumentations, tf.data", albumentations_always
        yield "cheap, albumentations, tf.data", albumentations_cheap
    if _measure.installed("torchvision"):
        # Its RandAugment has no rate; 3 ops at a rate of one half are 1.5 ops, so it gets 2.
        yield "chain, torchvision v2, DataLoader", lambda: torchvision(ops=2, mixing=True)
        yield "always, torchvision v2, DataLoader", lambda: torchvision(ops=3, mixing=False)
    if _measure.installed("kornia"):
        yield "always, Kornia, batches of tensors", lambda: in_a_process("_kornia")
    if _measure.installed("nvidia.dali"):
        yield "always, DALI, CPU", lambda: in_a_process("_dali")


def pipeline(map_batch: Callable[[Any], Any] | None, calls: int = PARALLEL) -> Step:
    """Return a step that takes one batch from tf.data, mapped by this many parallel calls."""
    import tensorflow as tf

    images, labels, ids = inputs()
    slices = {"images": images, "labels": labels, "ids": ids, "epoch": np.zeros_like(ids)}
    dataset = tf.data.Dataset.from_tensor_slices(slices).repeat().batch(BATCH)
    if map_batch is not None:
        dataset = dataset.map(map_batch, num_parallel_calls=calls)
    batches = iter(dataset.prefetch(2))
    return lambda: next(batches)


def engine(steps: list[dict[str, Any]], threads: int) -> Step:
    """Return a step that takes one batch of those that threads make ahead."""
    images, labels, ids = inputs()
    measured = recipe(steps)
    compiled.load()

    def made(epoch: int) -> Any:
        rows = slice(at := epoch * BATCH % len(images), at + BATCH)
        return augment.apply(
            measured, images[rows], labels[rows], ids=ids[rows], seed=7, epoch=epoch
        )

    pool, epochs = ThreadPoolExecutor(threads), iter(range(10**9))
    ahead = deque(pool.submit(made, next(epochs)) for _ in range(BUFFERED))

    def step() -> Any:
        ahead.append(pool.submit(made, next(epochs)))
        return ahead.popleft().result()

    return step


def mapped(steps: list[dict[str, Any]], calls: int) -> Step:
    """Return a step that takes one batch from tf.data with this engine's mapper."""
    from augment import tfdata

    return pipeline(tfdata.mapper(recipe(steps), 7), calls)


def pydataset(steps: list[dict[str, Any]]) -> Step:
    """Return a step that takes one batch from epochs of 1,024 images."""
    from augment.kerasdata import AugmentedBatches

    images, labels, _ = inputs()
    repeats = 1024 // len(images)
    images, labels = np.tile(images, (repeats, 1, 1, 1)), np.tile(labels, (repeats, 1))
    batches = AugmentedBatches(
        recipe(steps), images, labels, batch_size=BATCH, seed=7, workers=PARALLEL
    )

    def endless() -> Iterator[Any]:
        for epoch in range(10**9):
            batches.begin_epoch(epoch)
            yield from batches

    stream = endless()
    return lambda: next(stream)


def layers_step(*layers: Callable[[Any], Any]) -> Step:
    """Return a step with Keras layers, which take and return a batch as a dict."""
    import tensorflow as tf

    def map_batch(batch: Any) -> Any:
        augmented = {"images": tf.cast(batch["images"], tf.float32), "labels": batch["labels"]}
        for layer in layers:
            augmented = layer(augmented)
        return augmented

    return pipeline(map_batch)


def keras_cv_chain() -> Step:
    import keras_cv

    return layers_step(
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


def keras_chain() -> Step:
    import keras

    # Its RandAugment has no rate; 3 ops at a rate of one half are 1.5 ops, so it gets 2.
    layers = (
        keras.layers.RandAugment(value_range=(0, 255), num_ops=2, factor=0.3),
        keras.layers.CutMix(factor=1.0),
        keras.layers.MixUp(alpha=0.2),
    )
    return layers_step(
        *(lambda batch, layer=layer: layer(batch, training=True) for layer in layers)
    )


def albumentations_always() -> Step:
    import albumentations as A  # noqa: N812 - the usual alias
    import cv2

    reflected = {"border_mode": cv2.BORDER_REFLECT, "p": 1}
    transform = A.SomeOf(
        [
            A.AutoContrast(p=1),
            A.Equalize(p=1),
            A.Solarize(threshold_range=(0.55, 0.85), p=1),
            A.ToGray(p=1),
            A.RandomBrightnessContrast(brightness_limit=0, contrast_limit=0.3, p=1),
            A.RandomBrightnessContrast(brightness_limit=0.3, contrast_limit=0, p=1),
            A.Affine(shear={"x": (-17, 17), "y": (0, 0)}, **reflected),
            A.Affine(shear={"x": (0, 0), "y": (-17, 17)}, **reflected),
            A.Affine(translate_percent={"x": (-0.3, 0.3), "y": 0}, **reflected),
            A.Affine(translate_percent={"x": 0, "y": (-0.3, 0.3)}, **reflected),
        ],
        n=3,
        replace=True,
        p=1,
    )

    return _mapped_one_by_one(transform)


def albumentations_cheap() -> Step:
    import albumentations as A  # noqa: N812 - the usual alias
    import cv2

    margin = SIZE // 10
    return _mapped_one_by_one(
        A.Compose(
            [
                A.HorizontalFlip(p=0.5),
                A.Pad(margin, border_mode=cv2.BORDER_REFLECT),
                A.RandomCrop(SIZE, SIZE, p=1),
                A.ColorJitter(brightness=0.2, contrast=0, saturation=0.5, hue=0, p=1),
            ]
        )
    )


def _mapped_one_by_one(transform: Callable[..., Any]) -> Step:
    import tensorflow as tf

    def map_batch(batch: Any) -> Any:
        def each(images: Any) -> Any:
            return np.stack([transform(image=image)["image"] for image in images])

        return {**batch, "images": tf.numpy_function(each, [batch["images"]], tf.uint8)}

    return pipeline(map_batch)


def torchvision(*, ops: int, mixing: bool) -> Step:
    from benchmarks import _torchvision

    return _torchvision.batches(
        inputs().images, classes=CLASSES, ops=ops, mixing=mixing, batch=BATCH, workers=PARALLEL
    )


def in_a_process(module: str) -> Step:
    """Return a step that takes one batch in another process, without TensorFlow in it."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    context.Process(target=_serve, args=(there, module, inputs().images), daemon=True).start()

    def step() -> None:
        here.send(None)
        here.recv()

    return step


def _serve(asked: Connection, module: str, images: npt.NDArray[np.uint8]) -> None:
    made = importlib.import_module(f"benchmarks.{module}")
    step = made.batches(images, ops=3, batch=BATCH, threads=PARALLEL)
    with contextlib.suppress(EOFError):  # the other end is gone
        while True:
            asked.recv()
            step()
            asked.send(None)


if __name__ == "__main__":
    main()
