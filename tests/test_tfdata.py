from __future__ import annotations

import doctest
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import augment
from augment import tfdata
from tests import contract

pytestmark = pytest.mark.slow

GUIDE = augment.presets.PRESETS["guide"].recipe


def dataset(at_epoch: int, **changed: Any) -> Any:
    import tensorflow as tf

    entries = {
        "images": contract.pictures(),
        "labels": contract.one_hot(),
        "ids": contract.IDS,
        "epoch": np.full(contract.BATCH, at_epoch, np.int64),
        **changed,
    }
    slices = {key: value for key, value in entries.items() if value is not None}
    return tf.data.Dataset.from_tensor_slices(slices).batch(6)


def test_gives_the_bytes_of_the_engine_with_calls_in_parallel() -> None:
    mapped = dataset(3).map(tfdata.mapper(GUIDE, 7), num_parallel_calls=2)
    assert mapped.element_spec["images"].shape.as_list() == [None, 40, 56, 3]
    for number, batch in enumerate(mapped.as_numpy_iterator()):
        rows = np.arange(number * 6, number * 6 + 6)
        expected = contract.applied(GUIDE, rows)
        np.testing.assert_array_equal(batch["images"], expected.images)
        np.testing.assert_array_equal(batch["labels"], expected.labels)
        np.testing.assert_array_equal(batch["ids"], contract.IDS[rows])


def test_epochs_differ() -> None:
    first, second = (
        next(dataset(epoch).map(tfdata.mapper(GUIDE, 7)).as_numpy_iterator()) for epoch in (0, 1)
    )
    assert (first["images"] != second["images"]).any()


NUMBERS = contract.one_hot().argmax(axis=1)
PIXELS = contract.pictures()
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no ids": ({"ids": None}, r"has no ids, .*dataset.enumerate\(\)"),
    "no epoch": ({"epoch": None}, r"has no epoch, but images, labels, ids: add the number"),
    "no labels, no ids": ({"ids": None, "labels": None}, "no labels and no ids, .*the example"),
    "numbers": ({"labels": NUMBERS}, r"int64 of shape \(None,\), class .*tf.one_hot\(labels, K\)"),
    "a column of numbers": (
        {"labels": NUMBERS[:, None].astype(np.uint8)},
        r"\(None, 1\), class .*tf.one_hot\(tf.reshape\(tf.cast\(labels, tf.int32\), \[-1\]\), K\)",
    ),
    "float numbers": (
        {"labels": NUMBERS.astype(np.float32)},
        r"one_hot\(tf.cast\(labels, tf.int32",
    ),
    "a column of floats": ({"labels": NUMBERS[:, None] * 1.0}, r"one_hot\(tf.reshape\("),
    "words": (
        {"labels": NUMBERS.astype(bytes)},
        "labels of the batch are string .*number the classes",
    ),
    "labels with a third axis": (
        {"labels": contract.one_hot()[:, None]},
        r"shares of shape .*use labels\[:, 0\]",
    ),
    "float images": (
        {"images": PIXELS.astype(np.float32)},
        r"tf.cast\(tf.round\(images\), tf.uint8\)",
    ),
    "integer images": ({"images": PIXELS.astype(np.int32)}, r"use tf.cast\(images, tf.uint8\)"),
    "grey": ({"images": PIXELS[..., :1]}, "grayscale_to_rgb"),
    "grey without an axis": ({"images": PIXELS[..., 0]}, "grayscale_to_rgb"),
    "alpha": ({"images": np.repeat(PIXELS[..., :1], 4, axis=3)}, r"images\[..., :3\]"),
    "channels first": ({"images": np.moveaxis(PIXELS, 3, 1)}, "tf.transpose"),
    "batched twice": ({"images": PIXELS[:, None]}, "batched twice, so leave one .batch out"),
    "files": ({"images": contract.IDS.astype(bytes)}, "tf.io.decode_image"),
    "float ids": ({"ids": contract.IDS + 0.5}, "ids of the batch are float64"),
    "names": ({"ids": contract.IDS.astype(bytes)}, "tf.strings.to_hash_bucket_fast"),
    "a column of ids": ({"ids": contract.IDS[:, None]}, r"tf.reshape\(ids, \[-1\]\)"),
    "a float epoch": ({"epoch": np.full(contract.BATCH, 1.7)}, "epoch of the batch is float64"),
    "a column of epochs": ({"epoch": contract.IDS[:, None] * 0}, r"tf.reshape\(epoch, \[-1\]\)"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_will_not_do_is_told_while_the_pipeline_is_built(case: str) -> None:
    changed, message = REFUSED[case]
    with pytest.raises(augment.ArrayError, match=message) as refused:
        dataset(0, **changed).map(tfdata.mapper(GUIDE, 7))
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)


def changed_rows(name: str, row: int, value: Any) -> dict[str, Any]:
    given = {"labels": contract.one_hot(), "ids": contract.IDS.copy(), "epoch": contract.IDS * 0}
    given[name][row] = value
    return {name: given[name]}


VALUES: dict[str, tuple[dict[str, Any], str]] = {
    "several classes": (changed_rows("labels", 1, 1.0), "labels of row 1 sum to "),
    "NaN": (changed_rows("labels", 2, np.nan), "labels of row 2 hold nan"),
    "an epoch below 0": (changed_rows("epoch", 0, -1), r"epoch is \[-1, 0"),
}


@pytest.mark.parametrize("case", VALUES)
def test_values_that_will_not_do_are_told_by_the_error_of_tensorflow(case: str) -> None:
    import tensorflow as tf

    changed, message = VALUES[case]
    mapped = dataset(0, **changed).map(tfdata.mapper(GUIDE, 7))
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        list(mapped)


def test_labels_of_a_shape_known_only_then_are_told_too() -> None:
    import tensorflow as tf

    def shapeless(batch: dict[str, Any]) -> dict[str, Any]:
        return {**batch, "labels": tf.numpy_function(lambda x: x, [batch["labels"]], tf.int64)}

    with pytest.raises(tf.errors.InvalidArgumentError, match=r"class numbers; .*numpy\.eye"):
        list(dataset(0, labels=NUMBERS).map(shapeless).map(tfdata.mapper(GUIDE, 7)))


@pytest.mark.parametrize("dtype", ["bool", "int32", "float16", "bfloat16", "float64"])
def test_one_hot_labels_of_any_type_give_the_same(dtype: str) -> None:
    import tensorflow as tf

    def other(batch: dict[str, Any]) -> dict[str, Any]:
        return {**batch, "labels": tf.cast(batch["labels"], dtype)}

    expected = contract.applied(GUIDE, np.arange(6))
    batch = next(dataset(3).map(other).map(tfdata.mapper(GUIDE, 7)).as_numpy_iterator())
    np.testing.assert_array_equal(batch["images"], expected.images)
    np.testing.assert_array_equal(batch["labels"], expected.labels)


def test_a_pipeline_that_is_not_of_dicts_is_told() -> None:
    import tensorflow as tf

    pairs = tf.data.Dataset.from_tensor_slices((PIXELS, NUMBERS))
    mapped = tfdata.mapper(GUIDE, 7)
    with pytest.raises(augment.ArrayError, match=r"was given 2 values: .*dataset\.enumerate"):
        pairs.batch(4).map(mapped)
    with pytest.raises(augment.ArrayError, match=r"has no images and .*, but image, label: make"):
        pairs.map(lambda image, label: {"image": image, "label": label}).batch(4).map(mapped)
    with pytest.raises(
        augment.ArrayError, match=r"shape \(40, 56, 3\); .*put .batch\(32\) before .map"
    ):
        dataset(0).unbatch().map(mapped)
    with pytest.raises(augment.ArrayError, match="images of the batch are a RaggedTensor"):
        mapped({**next(iter(dataset(0))), "images": tf.ragged.constant([[[[1, 2, 3]]], [[]]])})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": 1.5}, "seed is 1.5"),
        ({"seed": "7"}, "seed is '7'"),
        ({"threads": 0}, "number of threads is 0"),
        ({"recipe": "guide"}, "recipe is of type str"),
    ],
)
def test_the_mapper_refuses_its_own_arguments_at_once(options: Any, message: str) -> None:
    with pytest.raises(augment.ArrayError, match=message):
        tfdata.mapper(**{"recipe": GUIDE, "seed": 7, **options})


def test_the_example_of_the_documentation_runs() -> None:
    example = doctest.DocTestFinder().find(tfdata.mapper, "mapper", globs={})[0]
    report: list[str] = []
    results = doctest.DocTestRunner(verbose=False).run(example, out=report.append)
    assert results.attempted > 8
    assert not results.failed, "".join(report)


def test_a_folder_of_pictures_by_keras(tmp_path: Path) -> None:
    """As the example has it; Keras gives float32 and class numbers."""
    import keras
    import tensorflow as tf

    for number, image in enumerate(PIXELS[:6]):
        folder = tmp_path / f"class {number % 2}"
        folder.mkdir(exist_ok=True)
        keras.utils.save_img(folder / f"{number}.png", image, scale=False)
    samples = keras.utils.image_dataset_from_directory(
        tmp_path, image_size=(40, 56), batch_size=None, shuffle=False, verbose=False
    )

    def entry(number: Any, sample: Any) -> dict[str, Any]:
        image, label = sample
        return {
            "images": tf.cast(tf.round(image), tf.uint8),
            "labels": tf.one_hot(label, 2),
            "ids": number,
            "epoch": 1,
        }

    mapped = samples.enumerate().map(entry).batch(6).map(tfdata.mapper(GUIDE, 7))
    rows = [0, 2, 4, 1, 3, 5]
    expected = augment.apply(
        GUIDE, PIXELS[rows], np.eye(2)[[0, 0, 0, 1, 1, 1]], ids=np.arange(6), seed=7, epoch=1
    )
    batch = next(mapped.as_numpy_iterator())
    np.testing.assert_array_equal(batch["images"], expected.images)
    np.testing.assert_array_equal(batch["labels"], expected.labels)
