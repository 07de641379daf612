"""Run exported scripts, all in one process: ``python -m tests.export.exported FOLDER SCRIPT...``.

Every script with keras_cv or Keras maps a dataset, and what became of it is written to a ``.json`` beside
it; so is, for ``augment_*.py``, the digest of what its dataset gave, and for ``measured_*.py`` what
`tests.export.measured` measures. Those of the guide also run as people run them, with the example at
their end.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tests.export.exported_batch import batch, digest, run_all
from tests.export.measured import copies, statistics


def run_layers(script: dict[str, Any]) -> dict[str, Any]:
    """Map two batches, and say which pictures changed, by how much, and which labels."""
    given = batch()
    dataset = tf.data.Dataset.from_tensor_slices(given).batch(8, drop_remainder=True)
    mapped = [
        {k: v.numpy() for k, v in one.items()} for one in dataset.map(script["augment_batch"])
    ]
    images = np.concatenate([one["images"] for one in mapped])
    labels = np.concatenate([one["labels"] for one in mapped])
    assert images.shape == given["images"].shape, images.shape
    assert images.dtype == np.float32, images.dtype
    assert np.isfinite(images).all()
    assert images.min() >= 0
    assert images.max() <= 255
    assert labels.shape == given["labels"].shape, labels.shape
    np.testing.assert_allclose(labels.sum(axis=1), 1.0, atol=1e-5)
    distance = np.abs(images - given["images"])
    return {
        "changed": (distance.max(axis=(1, 2, 3)) > 0.5).tolist(),
        "mixed": (labels.max(axis=1) < 1).tolist(),
        "distance": float(distance.mean()),
    }


def run_augment(script: dict[str, Any]) -> dict[str, Any]:
    """Return the digest of a batch that the script's dataset gave."""
    given = {**batch(), "ids": np.arange(16), "epoch": np.full(16, 3)}
    dataset = tf.data.Dataset.from_tensor_slices(given).batch(16)
    [mapped] = script["augment_dataset"](dataset)
    return {"digest": digest(mapped["images"], mapped["labels"])}


def run_measured(script: dict[str, Any]) -> dict[str, Any]:
    """Return what became of copies of one picture."""
    given = copies()
    dataset = tf.data.Dataset.from_tensor_slices(given).batch(len(given["images"]))
    [mapped] = dataset.map(script["augment_batch"])
    return statistics(given, mapped["images"].numpy(), mapped["labels"].numpy())


RUN = {"augment": run_augment, "measured": run_measured}
"""How the scripts whose names begin with these words are run."""


def run(name: str, script: dict[str, Any]) -> dict[str, Any]:
    return RUN.get(name.partition("_")[0], run_layers)(script)


if __name__ == "__main__":
    run_all(Path(sys.argv[1]), sys.argv[2:], run, seed=tf.random.set_seed, with_example=("guide",))
