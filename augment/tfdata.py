"""A recipe as a function for ``tf.data.Dataset.map``, for people with input pipelines of their own.

Importing this module does not import TensorFlow; calling `mapper` does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from augment.engine.apply import apply
from augment.engine.recipe import Recipe

KEYS = ("images", "labels", "ids", "epoch")


def mapper(recipe: Recipe, seed: int, *, threads: int = 1) -> Callable[[dict[str, Any]], Any]:
    """Return a function over batches, to be used as ``dataset.batch(32).map(mapper(recipe, 7))``.

    It takes and returns a dict. Other entries pass through; these are needed:

    - images: uint8 (B, H, W, 3), RGB
    - labels: float32 (B, K), rows summing to 1
    - ids: int64 (B,), stable ids of the samples
    - epoch: int64, one number or (B,); without it every epoch would repeat the first

    The bytes are those that `augment.apply` gives, however many calls run in parallel.

    Args:
        recipe: What may happen.
        seed: Any integer.
        threads: Threads that share one batch; calls in parallel come on top.

    Raises:
        ValueError: While the pipeline is built, if an entry is missing; it names the entry.
    """
    import tensorflow as tf

    def augmented(images: Any, labels: Any, ids: Any, epoch: Any) -> tuple[Any, Any]:
        batch = apply(recipe, images, labels, ids=ids, seed=seed, epoch=epoch, threads=threads)
        return batch.images, batch.labels

    def map_batch(batch: dict[str, Any]) -> dict[str, Any]:
        missing = [key for key in KEYS if key not in batch]
        if missing:
            raise ValueError(
                f"the batch has no {' and no '.join(missing)}; augment.tfdata.mapper needs "
                f"{', '.join(KEYS)}"
            )
        # Not stateful: the same batch gives the same bytes, so TensorFlow may reorder the calls.
        images, labels = tf.numpy_function(
            augmented,
            [
                batch["images"],
                tf.cast(batch["labels"], tf.float32),
                tf.cast(batch["ids"], tf.int64),
                tf.cast(batch["epoch"], tf.int64),
            ],
            (tf.uint8, tf.float32),
            stateful=False,
        )
        images = tf.ensure_shape(images, batch["images"].shape)
        labels = tf.ensure_shape(labels, batch["labels"].shape)
        return {**batch, "images": images, "labels": labels}

    return map_batch
