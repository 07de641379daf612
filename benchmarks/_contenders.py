"""Who takes part in `benchmarks/throughput.py`: each contender is a step that gives one batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import cv2
import keras
import numpy as np
import tensorflow as tf

import augment
from augment import tfdata
from augment.kerasdata import AugmentedBatches
from benchmarks._pictures import one_hot, photographs
from benchmarks._recipes import ALWAYS, CHAIN, recipe
from benchmarks._results import installed
from benchmarks._turns import Step

BATCH, SIZE, CLASSES, PARALLEL = 32, 224, 102, 2
BUFFERED = 4  # what each pipeline makes ahead: two batches a call, a process or a thread
IMAGES = photographs(256, SIZE)
LABELS = one_hot(len(IMAGES), CLASSES)
IDS = np.arange(len(IMAGES))


def contenders() -> Iterator[tuple[str, Callable[[], Step]]]:
    """Yield a name and what builds the step, for each contender that is installed."""
    yield "floor: tf.data passing through", lambda: pipeline(None)
    yield "floor: copying the batch", lambda: lambda: IMAGES[:BATCH].copy()
    yield "chain, this engine, 1 thread", lambda: engine(CHAIN, 1)
    yield "chain, this engine, 2 threads", lambda: engine(CHAIN, 2)
    yield "chain, this engine, PyDataset", lambda: pydataset(CHAIN)
    for calls in (1, PARALLEL):
        yield f"chain, this engine, tf.data, {calls} calls", _mapped(CHAIN, calls)
        yield f"always, this engine, tf.data, {calls} calls", _mapped(ALWAYS, calls)
    if installed("keras_cv"):
        yield "chain, keras_cv, tf.data", keras_cv_chain
    yield "chain, keras.layers, tf.data", keras_chain
    if installed("albumentations"):
        yield "always, albumentations, tf.data", albumentations_always
    if installed("torchvision"):
        # It has no rate; 3 ops at a rate of one half are 1.5 ops, so it gets 2.
        yield "chain, torchvision v2, DataLoader", lambda: torchvision(ops=2, mixing=True)
        yield "always, torchvision v2, DataLoader", lambda: torchvision(ops=3, mixing=False)


def _mapped(steps: list[dict[str, Any]], calls: int) -> Callable[[], Step]:
    return lambda: pipeline(tfdata.mapper(recipe(steps), 7), calls)


def pipeline(map_batch: Callable[[Any], Any] | None, calls: int = PARALLEL) -> Step:
    """Return a step that takes one batch out of tf.data, mapped by so many calls in parallel."""
    slices = {"images": IMAGES, "labels": LABELS, "ids": IDS, "epoch": np.zeros_like(IDS)}
    dataset = tf.data.Dataset.from_tensor_slices(slices).repeat().batch(BATCH)
    if map_batch is not None:
        dataset = dataset.map(map_batch, num_parallel_calls=calls)
    batches = iter(dataset.prefetch(2))
    return lambda: next(batches)


def engine(steps: list[dict[str, Any]], threads: int) -> Step:
    """Return a step that calls the engine, with nothing around it."""
    epochs, read = iter(range(10**9)), recipe(steps)

    def step() -> Any:
        epoch = next(epochs)
        rows = np.arange(epoch * BATCH, (epoch + 1) * BATCH) % len(IMAGES)
        return augment.apply(
            read, IMAGES[rows], LABELS[rows], ids=IDS[rows], seed=7, epoch=epoch, threads=threads
        )

    return step


def pydataset(steps: list[dict[str, Any]]) -> Step:
    """Return a step that takes one batch out of epochs of 1,024 pictures."""
    repeats = 1024 // len(IMAGES)
    images, labels = np.tile(IMAGES, (repeats, 1, 1, 1)), np.tile(LABELS, (repeats, 1))
    batches = AugmentedBatches(
        recipe(steps), images, labels, batch_size=BATCH, seed=7, workers=PARALLEL
    )

    def served() -> Iterator[Any]:
        for epoch in range(10**9):
            batches.begin_epoch(epoch)
            yield from batches

    endless = served()
    return lambda: next(endless)


def keras_step(*layers: Callable[[Any], Any]) -> Step:
    """Return a step with layers that take and return a batch as a dict."""

    def map_batch(batch: Any) -> Any:
        inputs = {"images": tf.cast(batch["images"], tf.float32), "labels": batch["labels"]}
        for layer in layers:
            inputs = layer(inputs)
        return inputs

    return pipeline(map_batch)


def keras_cv_chain() -> Step:
    import keras_cv

    return keras_step(
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
    # Its RandAugment has no rate; 3 ops at a rate of one half are 1.5 ops, so it gets 2.
    layers = (
        keras.layers.RandAugment(value_range=(0, 255), num_ops=2, factor=0.3),
        keras.layers.CutMix(factor=1.0),
        keras.layers.MixUp(alpha=0.2),
    )
    return keras_step(
        *(lambda inputs, layer=layer: layer(inputs, training=True) for layer in layers)
    )


def albumentations_always() -> Step:
    import albumentations as A  # noqa: N812 - its users' name for it

    reflected = {"border_mode": cv2.BORDER_REFLECT, "p": 1}
    some = A.SomeOf(
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

    def map_batch(batch: Any) -> Any:
        def each(images: Any) -> Any:
            return np.stack([some(image=image)["image"] for image in images])

        return {**batch, "images": tf.numpy_function(each, [batch["images"]], tf.uint8)}

    return pipeline(map_batch)


def torchvision(*, ops: int, mixing: bool) -> Step:
    from benchmarks import _torchvision

    return _torchvision.batches(
        IMAGES, classes=CLASSES, ops=ops, mixing=mixing, batch=BATCH, workers=PARALLEL
    )
