"""The fixed parts of exported scripts, templates of `string`."""

from __future__ import annotations

from string import Template

KERAS_CV_SCRIPT = Template(
    '''\
"""Augmentation with keras_cv 0.9, from a recipe.

It needs the packages tensorflow and keras-cv. The layers draw from a generator that
the whole process shares, so neither a run nor an epoch can be repeated to the bit.
$about"""

$imports$size$helpers
LAYERS = $layers


def augment_batch(inputs):
    """Augment a batch.

    Args:
        inputs: A dict with "images", numbers (B, H, W, 3) from 0 to 255, and "labels",
            numbers (B, K), one-hot.

    Returns:
        A dict of the same entries, as float32 of the same shapes.
    """
    outputs = {key: tf.cast(inputs[key], tf.float32) for key in ("images", "labels")}
    for layer in LAYERS:
        outputs = layer(outputs)
    images = tf.ensure_shape(outputs["images"], inputs["images"].shape)
    return {"images": tf.clip_by_value(images, 0, 255), "labels": outputs["labels"]}


$ending'''
)

HELPERS = {
    "in_whole_levels": '''\
def in_whole_levels(layer):
    """Apply a layer that works on uint8 to pictures of floats, alone or in a batch."""

    def apply(inputs):
        levels = tf.saturate_cast(tf.round(inputs["images"]), tf.uint8)
        outputs = layer({**inputs, "images": levels})
        return {**outputs, "images": tf.cast(outputs["images"], tf.float32)}

    return apply
''',
    "for_some": '''\
def for_some(layer, rate, classes=None):
    """Apply a layer that needs the whole batch to some of its samples.

    keras_cv knows no classes, and its RandomApply cannot hold layers that mix samples.

    Args:
        layer: What to apply.
        rate: The probability that it happens to a sample.
        classes: The classes that it is for, or None for all. The class of a sample is
            the largest entry of its label by now, after what mixed it before.
    """

    def apply(inputs):
        outputs = layer(inputs)
        chosen = tf.random.uniform(tf.shape(inputs["labels"])[:1]) < rate
        if classes is not None:
            own_class = tf.argmax(inputs["labels"], axis=-1)[:, None]
            is_one = own_class == tf.constant(classes, tf.int64)
            chosen &= tf.reduce_any(is_one, axis=-1)
        pictures = chosen[:, None, None, None]
        return {
            "images": tf.where(pictures, outputs["images"], inputs["images"]),
            "labels": tf.where(chosen[:, None], outputs["labels"], inputs["labels"]),
        }

    return apply
''',
    "batch_pipeline": '''\
def batch_pipeline(layers, augmentations_per_image, rate):
    """Do what RandomAugmentationPipeline does, for layers that need the whole batch."""
    choice = keras_cv.layers.RandomChoice(layers=layers, batchwise=True)
    choice = for_some(layer=choice, rate=rate)

    def apply(inputs):
        for _ in range(augmentations_per_image):
            inputs = choice(inputs)
        return inputs

    return apply
''',
}
"""Functions that a script defines where it needs them, in this order."""

AUGMENT_SCRIPT = Template(
    '''\
"""Augmentation with the package augment, from a recipe.

Run it where augment can be imported, such as in the folder that holds it.$about
"""

$imports
SEED = $seed
${epoch}RECIPE = augment.Recipe.from_json(
    r"""
$recipe
"""
)


def augment_batch(images, labels, ids, epoch):
    """Augment a batch; the same seed, epoch and ids give the same bytes, always.

    Args:
        images: uint8 (B, H, W, 3), RGB.
        labels: float32 (B, K), rows summing to 1.
        ids: int64 (B,), stable ids of the samples.
        epoch: One number, or one per row.
    """
    batch = augment.apply(RECIPE, images, labels, ids=ids, seed=SEED, epoch=epoch)
    return batch.images, batch.labels


def augment_dataset(dataset):
    """Augment a tf.data.Dataset of batches, to the same bytes.

    Args:
        dataset: Of dicts with images, labels, ids and epoch, as in augment_batch.
    """
    return dataset.map(tfdata.mapper(RECIPE, SEED), num_parallel_calls=2)


$ending'''
)

AUGMENT_EXAMPLE = """\
if __name__ == "__main__":
    images = np.random.default_rng(0).integers(0, 256, (8, 224, 224, 3), np.uint8)
    labels = np.eye(4, dtype=np.float32)[np.arange(8) % 4]
    images, labels = augment_batch(images, labels, ids=np.arange(8), epoch=0)
    print(images.shape, labels.round(2).tolist())
"""

KERAS_CV_EXAMPLE = Template(
    """\
if __name__ == "__main__":
    images = tf.random.uniform((8, $height, $width, 3), maxval=255)
    labels = tf.one_hot(tf.range(8) % 4, 4)
    dataset = tf.data.Dataset.from_tensor_slices({"images": images, "labels": labels})
    dataset = dataset.batch(4).map(augment_batch, num_parallel_calls=tf.data.AUTOTUNE)
    for batch in dataset:
        print(batch["images"].shape, batch["labels"].shape)
"""
)

AUGMENT_SHOWN = Template(
    """\
$function

if __name__ == "__main__":
    given = $call
    plan = augment.draw(RECIPE, given.ids, seed=SEED, epoch=EPOCH, labels=given.labels)
    batch = augment.render(plan, given.images, given.labels)
    picture = Path(__file__).with_suffix(".png")
    picture.write_bytes(grid_png(given, RECIPE, plan, batch))
    print(picture)
"""
)

KERAS_CV_SHOWN = Template(
    """\
$function

if __name__ == "__main__":
    given = $call
    inputs = {"images": given.images, "labels": given.labels}
    dataset = tf.data.Dataset.from_tensor_slices(inputs).batch(len(given.ids))
    picture = Path(__file__).with_suffix(".png")
    for batch in dataset.map(augment_batch):
        levels = tf.saturate_cast(tf.round(batch["images"]), tf.uint8)
        side_by_side = tf.concat(tf.unstack(levels), axis=1)
        tf.io.write_file(str(picture), tf.io.encode_png(side_by_side))
    print(picture)
"""
)
