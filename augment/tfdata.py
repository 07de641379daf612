"""A recipe as a function for ``tf.data.Dataset.map``, for users with their own input pipelines.

Importing this module does not import TensorFlow; calling `mapper` does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from augment.engine import arrays, compiled
from augment.engine.apply import apply
from augment.engine.draw import check_recipe
from augment.engine.recipe import Recipe
from augment.errors import ArrayError

KEYS = ("images", "labels", "ids", "epoch")
_BATCHES = "augment.tfdata.mapper takes batches that are dicts with images, labels, ids and epoch"


def mapper(recipe: Recipe, seed: int, *, threads: int = 1) -> Callable[..., Any]:
    """Return a function over batches, to be used as ``dataset.batch(32).map(mapper(recipe, 7))``.

    It takes and returns a dict. Other entries pass through; these are needed:

    - images: uint8 (B, H, W, 3), RGB
    - labels: float32 (B, K), shares from 0, rows summing to 1, one-hot for example
    - ids: integers (B,), stable ids of the samples; one repeated within an epoch is augmented
      alike, except for the partner of a mix
    - epoch: integers from 0, one number or (B,); without it every epoch would repeat the first

    The bytes are those that `augment.apply` gives, however many calls run in parallel. The first time
    ever, this takes half a minute: the ops are compiled, once for an installation.

    From a set with class numbers, as ``tfds.load(..., as_supervised=True)`` and
    ``keras.utils.image_dataset_from_directory(..., batch_size=None, shuffle=False)`` give it: number the
    samples before they are shuffled, and make each epoch a dataset of its own.

        >>> import numpy as np, tensorflow as tf, augment
        >>> from augment.tfdata import mapper
        >>> recipe = augment.presets.PRESETS["guide"].recipe
        >>> pictures = np.zeros((10, 32, 32, 3), np.float32)  # 0 to 255
        >>> numbers = np.arange(10) % 4
        >>> samples = tf.data.Dataset.from_tensor_slices((pictures, numbers))
        >>> def one_epoch(epoch):
        ...     def entry(number, sample):
        ...         image, label = sample
        ...         return {
        ...             "images": tf.cast(tf.round(image), tf.uint8),
        ...             "labels": tf.one_hot(label, 4),
        ...             "ids": number,
        ...             "epoch": epoch,
        ...         }
        ...     return samples.enumerate().map(entry).shuffle(1000, seed=epoch).batch(4)
        >>> batches = tf.data.Dataset.range(3).flat_map(one_epoch)
        >>> augmented = batches.map(mapper(recipe, 7), num_parallel_calls=2)
        >>> for_fit = augmented.map(lambda batch: (batch["images"], batch["labels"]))
        >>> [labels.shape.as_list() for images, labels in for_fit]
        [[4, 4], [4, 4], [2, 4], [4, 4], [4, 4], [2, 4], [4, 4], [4, 4], [2, 4]]

    ``model.fit(for_fit, epochs=3, steps_per_epoch=3)`` then trains on it.

    Args:
        recipe: What may happen.
        seed: A whole number from 0 to 2**32 - 1.
        threads: Threads that share one batch; calls in parallel come on top.

    Raises:
        ArrayError: It is a ValueError. While the pipeline is built: an entry is missing, or has
            another dtype or rank; the message says how to correct it. Wrong values are found when
            a batch is made, as an error of TensorFlow that contains the message.
    """
    import tensorflow as tf

    check_recipe(recipe)
    seed = arrays.read_seed(seed)
    threads = arrays.read_count("number of threads", threads)
    compiled.load()

    def augmented(images: Any, labels: Any, ids: Any, epoch: Any) -> tuple[Any, Any]:
        batch = apply(recipe, images, labels, ids=ids, seed=seed, epoch=epoch, threads=threads)
        return batch.images, batch.labels

    # Otherwise TensorFlow would translate it to a graph, and replace every error by one of its own.
    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
    def map_batch(*elements: Any) -> dict[str, Any]:
        batch = _dict_of(elements)
        images, labels, ids, epoch = (_tensor(key, batch[key]) for key in KEYS)
        _check_images(images)
        _check_labels(labels)
        _check_ids(ids)
        _check_epoch(epoch)
        # Not stateful: the same batch gives the same bytes, so TensorFlow may reorder the calls.
        pictures, shares = tf.numpy_function(
            augmented,
            # NumPy itself has no bfloat16.
            [
                images,
                tf.cast(labels, tf.float32) if labels.dtype == tf.bfloat16 else labels,
                ids,
                epoch,
            ],
            (tf.uint8, tf.float32),
            stateful=False,
        )
        pictures = tf.ensure_shape(pictures, images.shape)
        shares = tf.ensure_shape(shares, labels.shape)
        return {**batch, "images": pictures, "labels": shares}

    return cast(Callable[..., Any], map_batch)


def _dict_of(elements: tuple[Any, ...]) -> dict[str, Any]:
    if len(elements) != 1 or not isinstance(elements[0], dict):
        given = f"{len(elements)} values" if len(elements) > 1 else type(elements[0]).__name__
        raise ArrayError(
            f"{_BATCHES}, but was given {given}: number the samples with dataset.enumerate() and make "
            "dicts of them, as the example of its documentation does."
        )
    batch = elements[0]
    missing = [key for key in KEYS if key not in batch]
    if missing:
        remedy = "make such a dict of it, as the example of its documentation does"
        if missing == ["epoch"]:
            remedy = "add the number of the epoch, or every epoch would repeat the first"
        elif missing == ["ids"]:
            remedy = "number the samples with dataset.enumerate() before they are shuffled"
        raise ArrayError(
            f"{_BATCHES}; the batch has no {' and no '.join(missing)}, but {', '.join(map(str, batch))}: "
            f"{remedy}."
        )
    return batch


def _tensor(key: str, value: Any) -> Any:
    import tensorflow as tf

    if isinstance(value, tf.RaggedTensor | tf.SparseTensor):
        remedy = "tf.image.resize" if key == "images" else "tf.RaggedTensor.to_tensor"
        raise ArrayError(
            f"The {key} of the batch are a {type(value).__name__}; they must be one tensor: make all "
            f"of a size before batching, by {remedy}."
        )
    try:
        return tf.convert_to_tensor(value)
    except (TypeError, ValueError) as error:
        raise ArrayError(
            f"The {key} of the batch are a {type(value).__name__}; they must be one tensor."
        ) from error


def _are(key: str, tensor: Any) -> str:
    verb = "is" if key == "epoch" else "are"
    return f"The {key} of the batch {verb} {tensor.dtype.name} of shape {tensor.shape}"


def _check_images(images: Any) -> None:
    import tensorflow as tf

    remedy = ""
    rank, channels = images.shape.rank, images.shape[-1] if images.shape.rank else None
    if rank == 3 and channels == 3:
        remedy = ": put .batch(32) before .map"
    elif rank == 3:
        remedy = ": make grey RGB by tf.image.grayscale_to_rgb(images[..., None])"
    elif rank == 5:
        remedy = ": they are batched twice, so leave one .batch out"
    elif rank == 4 and channels == 1:
        remedy = ": make grey RGB by tf.image.grayscale_to_rgb"
    elif rank == 4 and channels == 4:
        remedy = ": drop alpha with images[..., :3]"
    elif rank == 4 and images.shape[1] == 3 and channels != 3:
        remedy = ": put the channels last by tf.transpose(images, [0, 2, 3, 1])"
    elif images.dtype.is_floating:
        remedy = (
            ": use tf.cast(tf.round(images), tf.uint8) where they are from 0 to 255, and "
            "tf.cast(tf.round(images * 255), tf.uint8) where they are from 0 to 1"
        )
    elif images.dtype.is_integer:
        remedy = ": use tf.cast(images, tf.uint8)"
    elif images.dtype == tf.string:
        remedy = ": decode them by tf.io.decode_image"
    if rank not in (4, None) or channels not in (3, None) or images.dtype != tf.uint8:
        raise ArrayError(
            f"{_are('images', images)}; they must be uint8 of shape (B, H, W, 3){remedy}."
        )


def _check_labels(labels: Any) -> None:
    import tensorflow as tf

    rank, columns = labels.shape.rank, labels.shape[-1] if labels.shape.rank else None
    a_number = labels.dtype.is_floating or labels.dtype.is_integer or labels.dtype.is_bool
    if a_number and rank in (2, None) and columns != 1:
        return
    what, remedy = "", ""
    numbers = "labels" if labels.dtype in (tf.int32, tf.int64) else "tf.cast(labels, tf.int32)"
    if not a_number:
        remedy = (
            ": number the classes, and then use tf.one_hot(labels, K), K being how many there are"
        )
    elif rank == 0:
        remedy = (
            ": put .batch(32) before .map, and make class numbers one-hot by tf.one_hot(labels, K)"
        )
    elif rank == 1:
        what = ", class numbers"
        remedy = f": use tf.one_hot({numbers}, K), K being the number of classes"
    elif rank == 2:
        what = ", class numbers"
        remedy = f": use tf.one_hot(tf.reshape({numbers}, [-1]), K), K being the number of classes"
    elif rank == 3 and labels.shape[1] == 1:
        remedy = ": use labels[:, 0]"
    raise ArrayError(
        f"{_are('labels', labels)}{what}; they must be shares of shape (B, K), each row summing to 1"
        f"{remedy}."
    )


def _check_ids(ids: Any) -> None:
    import tensorflow as tf

    remedy = ""
    if ids.shape.rank == 0:
        remedy = ": put .batch(32) before .map, and .enumerate() before .batch"
    elif ids.dtype == tf.string:
        remedy = ": use tf.strings.to_hash_bucket_fast(ids, 2**62)"
    elif not ids.dtype.is_integer:
        remedy = ": number the samples with dataset.enumerate(); nothing is rounded"
    elif ids.shape.rank == 2:
        remedy = ": use tf.reshape(ids, [-1])"
    if ids.shape.rank not in (1, None) or not ids.dtype.is_integer:
        raise ArrayError(f"{_are('ids', ids)}; they must be integers of shape (B,){remedy}.")


def _check_epoch(epoch: Any) -> None:
    if epoch.shape.rank in (0, 1, None) and epoch.dtype.is_integer:
        return
    remedy = ": use tf.reshape(epoch, [-1])" if epoch.dtype.is_integer else "; nothing is rounded"
    raise ArrayError(
        f"{_are('epoch', epoch)}; it must be one integer, or integers of shape (B,){remedy}."
    )
