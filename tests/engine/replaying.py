"""Renders recipes with every op, in any process: what `test_replay.py` compares."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

import augment
from augment import Recipe
from augment.engine import compiled
from augment.train import RunConfig
from augment.train.epoch_batches import EpochBatches
from tests import contract
from tests.conftest import ROOT

EPOCHS = range(8)
SEED = 2**32 - 7

Digests = dict[str, list[str]]


def mixes() -> list[str]:
    return [op.name for op in augment.registry().values() if op.mixes]


def recipe(mixing: str | None) -> Recipe:
    """Return a recipe in which each op that does not mix may happen, and around these one that does."""
    ops = augment.registry().values()
    names = [op.name for op in ops if not op.mixes and not op.takes_steps]
    nested = {"op": "one_of", "steps": [{"op": "flip"}, {"op": "cutout"}]}
    each = [*({"op": name, "id": name} for name in names), nested]
    steps: list[dict[str, Any]] = [
        {"op": "random_pipeline", "augmentations_per_image": 8, "steps": each},
        {"op": "rand_augment", "probability": 0.5},
    ]
    if mixing:
        steps.insert(1, {"op": mixing, "id": "mix", "probability": 0.9})
        steps.append({"op": mixing, "id": "again", "classes": [0, 1, 3]})
    return Recipe.from_dict({"version": 1, "steps": steps})


def digests(*, order: int, threads: int, batch_size: int, way: str = "") -> Digests:
    """Return what was rendered for each sample and epoch, one text each.

    Args:
        order: The seed of the order of the samples.
        threads: Of the engine.
        batch_size: Where nothing mixes; with mixing all samples are one batch.
        way: "plain" or "compiled", how the process renders; as it would by itself if empty.
    """
    if way == "plain":
        compiled.stay_plain()
    elif way == "compiled":
        compiled.load()
    assert not way or compiled.is_used() == (way == "compiled")
    rows = np.random.default_rng(order).permutation(contract.BATCH)
    found = {"": _rendered(recipe(None), rows, threads, batch_size)}
    for mixing in mixes():
        found[mixing] = _rendered(recipe(mixing), rows, threads, contract.BATCH)
    return found


def _rendered(
    steps: Recipe, rows: np.ndarray[Any, Any], threads: int, batch_size: int
) -> list[str]:
    by_sample: dict[tuple[int, int], str] = {}
    for epoch in EPOCHS:
        for start in range(0, len(rows), batch_size):
            chosen = rows[start : start + batch_size]
            batch = contract.applied(steps, chosen, seed=SEED, epoch=epoch, threads=threads)
            by_sample |= zip(
                ((epoch, row) for row in chosen.tolist()), digests_of(batch), strict=True
            )
    return [by_sample[key] for key in sorted(by_sample)]


def digests_of(batch: augment.Batch) -> Iterator[str]:
    """Yield a digest of each picture with its label."""
    assert batch.labels is not None
    for image, label in zip(batch.images, batch.labels, strict=True):
        yield hashlib.sha256(image.tobytes() + label.tobytes()).hexdigest()


def rebuilt(*, config: dict[str, Any], epoch: int) -> Digests:
    """Return what a run with this configuration sees in an epoch, batch by batch."""
    run = RunConfig.from_dict(config)
    batches = EpochBatches(run, run.prepared())
    seen = (batches.pictures(epoch, index) for index in range(batches.steps(epoch)))
    found = {
        str(index): list(digests_of(augment.Batch(each.images, each.labels)))
        for index, each in enumerate(seen)
    }
    assert "keras" not in sys.modules
    return found


def elsewhere(function: str, hash_seed: int, **arguments: Any) -> Digests:
    """Return what a function here returns in a fresh process with other settings."""
    code = (
        "import json, sys\nfrom tests.engine import replaying\n"
        f"found = replaying.{function}(**json.loads(sys.argv[1]))\n"
        "sys.stdout.write(json.dumps(found))"
    )
    settings = {"PYTHONHASHSEED": str(hash_seed), "OPENCV_FOR_THREADS_NUM": str(hash_seed)}
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(arguments)],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: Digests = json.loads(done.stdout)
    return found
