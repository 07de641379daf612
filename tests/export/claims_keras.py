"""What the exporter says about `keras.layers`, found by running them.

``python -m tests.export.claims_keras FILE`` writes one JSON object, from a claim to what was measured.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from tests.export.measured import picture

PICTURE = picture().astype(np.float32)
CLAIMS: list[Callable[[], dict[str, Any]]] = []


def claim(measure: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    CLAIMS.append(measure)
    return measure


def batches(layer: Any, images: Any, count: int = 1) -> Iterator[dict[str, Any]]:
    """Yield what the layer makes of a batch in tf.data, so often."""
    given = {
        "images": np.asarray(images, np.float32),
        "labels": np.eye(len(images), dtype=np.float32),
    }
    for one in tf.data.Dataset.from_tensors(given).repeat(count).map(layer):
        yield {key: value.numpy() for key, value in one.items()}


def images_of(layer: Any, images: Any) -> Any:
    return next(batches(layer, images))["images"]


def same(count: int, one: Any = PICTURE) -> Any:
    return np.repeat(np.asarray(one, np.float32)[None], count, axis=0)


def changed(layer: Any) -> float:
    """Return the share of the pictures that a layer changes."""
    return float((np.abs(images_of(layer, same(400)) - PICTURE).max(axis=(1, 2, 3)) > 1).mean())


def refuses(make: Callable[[], Any]) -> bool:
    try:
        make()
    except (ValueError, AttributeError):
        return True
    return False


@claim
def rand_augment() -> dict[str, Any]:
    """A picture with every level shows posterization, and which batches have it."""
    ramp = np.broadcast_to(np.arange(256, dtype=np.float32)[None, :, None], (8, 256, 3))
    found: dict[str, Any] = {}
    for factor in (0.3, 0.9):
        layer = layers.RandAugment(num_ops=1, factor=factor)
        levels, alike = [], []
        for one in batches(layer, same(4, ramp), 50):
            counts = [len(np.unique(image)) for image in one["images"]]
            alike.append(len({count > 128 for count in counts}) == 1)
            if not (one["images"] % 1).any() and one["images"].max() < 255:
                levels += [count for count in counts if count <= 64]
        found[f"levels at {factor}"] = [min(levels, default=0), max(levels, default=0)]
        found[f"batches alike at {factor}"] = float(np.mean(alike))
    policy = layers.RandAugment(factor=0.3)
    grey = np.full_like(PICTURE, 100.0)
    brighter = images_of(policy.random_brightness, same(200, grey)) - 100
    half = np.zeros((65, 65, 3), np.float32)
    half[32, 40:] = 255.0
    turned = images_of(policy.random_rotation, same(200, half))[..., 0]
    down = turned[:, 33:].sum((1, 2)) > turned[:, :32].sum((1, 2))
    bar = np.zeros((80, 80, 3), np.float32)
    bar[:, 40] = 255.0
    moved = images_of(policy.random_translation, same(200, bar))[:, 40, :, 0]
    right = moved[:, 41:].sum(1) > moved[:, :40].sum(1)
    deviation = PICTURE.std((0, 1)).mean()
    contrast = images_of(policy.random_contrast, same(200)).std((1, 2)).mean(-1) / deviation
    return found | {
        "least brightening": float(brighter.min()),
        "turned the other way": float(min(down.mean(), 1 - down.mean())),
        "moved the other way": float(min(right.mean(), 1 - right.mean())),
        "least contrast": float(contrast.min()),
        "levels from the negative at 0.05": solarized(layers.RandAugment(factor=0.05)),
    }


def solarized(policy: Any) -> float:
    """Return how far from the negative of a ramp a policy's solarization is, in levels."""
    ramp = np.broadcast_to(np.arange(256, dtype=np.float32)[None, :, None], (4, 256, 3))
    return float(np.abs(images_of(policy.solarization, same(100, ramp)) - (255 - ramp)).mean())


@claim
def aug_mix() -> dict[str, Any]:
    """With one chain and no strength, which ops it has shows in the direction of the change."""

    def directions(count: int) -> list[Any]:
        layer = layers.AugMix(num_chains=1, chain_depth=1, factor=0.001, all_ops=False)
        changes = [one["images"][0] - PICTURE for one in batches(layer, same(1), count)]
        norms = [np.linalg.norm(change) for change in changes]
        return [c / n for c, n in zip(changes, norms, strict=True) if n > 500]

    within, first = 1.0, []
    for _ in range(10):
        found = directions(3)
        if found:
            first.append(found[0])
            within = min(within, *(float((found[0] * one).sum()) for one in found))
    between = min(float((a * b).sum()) for a in first for b in first)
    ramp = np.broadcast_to(np.arange(256, dtype=np.float32)[None, :, None], (4, 256, 3))
    policy = layers.AugMix(factor=0.2)
    return {
        "one chain for all batches": within,
        "another when traced again": between,
        "levels": len(np.unique(images_of(policy.random_posterization, same(20, ramp)))),
        "levels from the negative at 0.05": solarized(layers.AugMix(factor=0.05)),
    }


@claim
def cut_mix() -> dict[str, Any]:
    count = 200
    numbered = np.broadcast_to(
        np.arange(count, dtype=np.float32)[:, None, None, None], (count, 32, 32, 3)
    )
    one = next(batches(layers.CutMix((1.0, 1.0)), numbered))
    pasted = one["images"][..., 0] != np.arange(count)[:, None, None]
    heights, widths = pasted.any(axis=2).sum(axis=1), pasted.any(axis=1).sum(axis=1)
    label = np.diagonal(one["labels"])
    error = np.abs(1 - pasted.mean(axis=(1, 2)) - label) * 32 * 32
    centres = [
        np.abs(np.diagonal(batch["labels"]) - 0.5).mean()
        for batch in batches(layers.CutMix(1.0), numbered[:64], 40)
    ]
    own = [
        float((one["labels"].max(axis=1) == 1).mean())
        for one in batches(layers.CutMix((1.0, 1.0)), numbered[:4], 50)
    ]
    return {
        "refuses alpha 2": refuses(lambda: layers.CutMix((2.0, 2.0))),
        "rectangles clipped": int(np.abs(heights - widths).max()),
        "label off by": float(error.max()),
        "label off beyond its sides": float((error - heights - widths - 1).max()),
        "spread of the mean share over batches": float(np.std(centres)),
        "its own partner": float(np.mean(own)),
    }


@claim
def mix_up() -> dict[str, Any]:
    labels = next(batches(layers.MixUp(alpha=0.01), np.zeros((1000, 2, 2, 3))))["labels"]
    own = [
        float((one["labels"].max(axis=1) == 1).mean())
        for one in batches(layers.MixUp(alpha=10.0), np.zeros((4, 2, 2, 3)), 50)
    ]
    return {
        "exactly half": float((np.abs(np.diagonal(labels) - 0.5) < 1e-6).mean()),
        "its own partner": float(np.mean(own)),
    }


@claim
def erasing() -> dict[str, Any]:
    erased = images_of(
        layers.RandomErasing((1.0, 1.0), (0.02, 0.33), fill_value=7.0), np.zeros((400, 60, 60, 3))
    )
    box = erased[..., 0] == 7
    height, width = box.any(axis=2).sum(axis=1), box.any(axis=1).sum(axis=1)
    noise = images_of(layers.RandomErasing((1.0, 1.0), (0.3, 0.33)), np.full((50, 40, 40, 3), 77.0))
    return {
        "correlation of the sides": float(np.corrcoef(height, width)[0, 1]),
        "areas": [float(box.mean(axis=(1, 2)).min()), float(box.mean(axis=(1, 2)).max())],
        "squared side, mean": float((height**2).mean() / 60**2),
        "smallest side": int(min(height.min(), width.min())),
        "black in the noise": float((noise[noise != 77] == 0).mean()),
    }


@claim
def elastic() -> dict[str, Any]:
    across, down = np.meshgrid(np.arange(64.0), np.arange(64.0))
    place = np.stack([across, down, across], axis=-1)

    def moves(scale: tuple[float, float], size: int = 64) -> Any:
        layer = layers.RandomElasticTransform((1.0, 1.0), scale, value_range=(-1000, 1000))
        given = same(1, place[:size, :size])
        found = np.concatenate([one["images"] - given for one in batches(layer, given, 12)])
        edge = size // 4
        return found[:, edge:-edge, edge:-edge]

    moved, larger = moves((1.0, 1.0)), moves((0.999, 3.0))
    rough, smooth = moves((0.5, 0.5), 32), moves((1.0, 1.0))

    def likeness(field: Any) -> float:
        """Return how alike neighbouring pixels move."""
        return float(np.corrcoef(field[:, :, 1:, 0].ravel(), field[:, :, :-1, 0].ravel())[0, 1])

    return {
        "down less right": float(np.abs(moved[..., 0] - moved[..., 1]).max()),
        "typical at scale 1": float(np.sqrt((moved[..., 0] ** 2).mean()) / 64),
        "typical beyond 1": float(np.sqrt((larger[..., 0] ** 2).mean()) / 64),
        "neighbours alike": likeness(smooth),
        "neighbours alike below a pixel": likeness(rough),
        "refuses 2": refuses(lambda: layers.RandomElasticTransform(1.0, 2.0)),
    }


@claim
def geometry() -> dict[str, Any]:
    flipped = images_of(layers.RandomFlip("horizontal_and_vertical"), same(200))
    ways = {
        "not": (np.abs(flipped - PICTURE).max(axis=(1, 2, 3)) < 1).mean(),
        "half a turn": (np.abs(flipped - PICTURE[::-1, ::-1]).max(axis=(1, 2, 3)) < 1).mean(),
    }
    across, down = np.meshgrid(np.arange(50.0, 114.0), np.arange(50.0, 98.0))
    place = np.stack([across, down, np.full_like(across, 100.0)], axis=-1)
    tilted = images_of(layers.RandomPerspective((1.0, 1.0), 0.2), same(200, place))
    seen = tilted[:, 0, 1:60, :]  # the first row comes from a row that nothing moved
    along = seen[seen[..., 2] > 99.9]
    crops = images_of(layers.RandomCrop(20, 20), same(8))
    zoomed = images_of(
        layers.RandomZoom((0.5, 0.5)),
        same(1, np.pad(np.ones((20, 20, 3)), ((10, 10), (10, 10), (0, 0)))),
    )
    return {
        "flipped": {name: float(share) for name, share in ways.items()},
        "upper left corner": float(np.abs(tilted[:, 0, 0, :2] - 50).max()),
        "first row moved down": float(np.abs(along[:, 1] - 50).max()) if len(along) else -1.0,
        "crops alike": float(np.abs(crops - crops[0]).max()),
        "white after zooming by 0.5": float((zoomed > 0.5).mean() / 0.25),
        "refuses to zoom by more": refuses(lambda: layers.RandomZoom((0.0, 1.5))),
    }


@claim
def colour() -> dict[str, Any]:
    vivid = np.broadcast_to(np.array([200.0, 100.0, 20.0]), (2, 4, 4, 3))
    triple = [
        layers.RandomSaturation((0.75, 0.75), value_range=ends) for ends in ((0, 255), (0, 1))
    ]
    degenerated = images_of(layers.RandomColorDegeneration(0.5), same(200))
    spread = np.ptp(degenerated, axis=-1).mean(axis=(1, 2)) / np.ptp(PICTURE, axis=-1).mean()
    sharpness = images_of(layers.RandomSharpness((0.0, 0.0)), same(1, np.full((9, 9, 3), 200.0)))[0]
    unchanged = images_of(layers.RandomSharpness((0.5, 0.5)), same(1))[0]
    blur = layers.RandomGaussianBlur((1.0, 1.0), 7, (0.0, 1.0))
    blurred = [one["images"] for one in batches(blur, same(4), 8)]
    wide = layers.RandomGaussianBlur((1.0, 1.0), 19, (0.999, 3.0))
    stripes = np.zeros((40, 40, 3), np.float32)
    stripes[:, ::4] = stripes[:, 1::4] = 255.0
    left = [
        float(one["images"][0, 15:25, 15:25].std()) for one in batches(wide, same(1, stripes), 12)
    ]
    at_one = images_of(layers.RandomGaussianBlur((1.0, 1.0), 19, (1.0, 1.0)), same(1, stripes))[0]
    return {
        "least level, saturation to 255": float(images_of(triple[0], vivid).min()),
        "least level, saturation to 1": float(images_of(triple[1], vivid).min()),
        "most vivid by a number": float(spread.max()),
        "grayscale refuses a dict": refuses(
            lambda: next(batches(layers.RandomGrayscale(1.0), same(1)))
        ),
        "edge of a flat picture, smoothed": [float(sharpness[0, 4, 0]), float(sharpness[4, 4, 0])],
        "sharpness 0.5": float(np.abs(unchanged - PICTURE).max()),
        "blur in a batch alike": max(float(np.abs(one - one[0]).max()) for one in blurred),
        "blur of batches differs": float(
            np.ptp([one[0, 20, 28, 0] - one[0, 0, 28, 0] for one in blurred])
        ),
        "blur darkens the edge": float((blurred[0][0, 0] - PICTURE[0]).mean()),
        "more blur beyond 1": float(at_one[15:25, 15:25].std()) - min(left),
        "refuses sigma 2": refuses(lambda: layers.RandomGaussianBlur(1.0, 7, 2.0)),
        "refuses noise of 2 levels": refuses(lambda: layers.GaussianNoise(2.0)),
    }


@claim
def tone() -> dict[str, Any]:
    ramp = np.broadcast_to(np.arange(256, dtype=np.float32)[None, :, None], (2, 256, 3))
    flat = 100 + (PICTURE - PICTURE.mean((0, 1))) / 4

    def multipliers(layer: Any) -> list[float]:
        outputs = images_of(layer, same(200, flat))
        found = outputs.std(axis=(1, 2)).mean(axis=-1) / flat.std(axis=(0, 1)).mean()
        return [float(found.min()), float(found.max())]

    def bits(factor: Any) -> list[int]:
        outputs = images_of(layers.RandomPosterization(factor), same(200, ramp))
        return sorted({int(np.log2(len(np.unique(image)))) for image in outputs})

    dark, light = PICTURE * 0.4, PICTURE * 0.4 + 150
    alone = images_of(layers.Equalization(), dark[None])[0]
    together = images_of(layers.Equalization(), np.stack([dark, light]))[0]
    white = images_of(layers.Solarization(0.0, 1.0), same(200, ramp))[:, 0, 255, 0]
    return {
        "contrast by a number": multipliers(layers.RandomContrast(0.3)),
        "contrast by a range": multipliers(layers.RandomContrast((0.3, 0.3))),
        "inverted by a number": changed(layers.RandomInvert(0.5)),
        "bits by 4": bits(4),
        "bits by 4 to 9": bits((4, 9)),
        "equalized alone, lightest": float(alone.max()),
        "equalized together, lightest": float(together.max()),
        "lightest of white solarized": float(white.max()),
    }


if __name__ == "__main__":
    keras.utils.set_random_seed(3)
    results: dict[str, Any] = {}
    for measure in CLAIMS:
        results[measure.__name__] = measure()
    Path(sys.argv[1]).write_text(json.dumps(results), encoding="utf-8")
