"""Every function that takes arrays reads the same ones, and refuses the others in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import augment
from augment.engine import arrays
from augment.engine.limits import EPOCH, SEED

COUNT, CLASSES = 4, 5
IMAGES = np.random.default_rng(3).integers(0, 256, (COUNT, 8, 6, 3), dtype=np.uint8)
NUMBERS = np.array([3, 0, 1, 4])
LABELS = np.eye(CLASSES, dtype=np.float32)[NUMBERS]
IDS = np.array([9, 2, 5, 7])
MIX = augment.presets.PRESETS["mix_up"].recipe
GIVEN: dict[str, Any] = {
    "images": IMAGES,
    "labels": LABELS,
    "ids": IDS,
    "seed": 7,
    "epoch": 2,
    "threads": 1,
    "out": None,
}


def by_apply(**changed: Any) -> augment.Batch:
    given = {**GIVEN, **changed}
    return augment.apply(MIX, given.pop("images"), given.pop("labels"), **given)


def by_render(**changed: Any) -> augment.Batch:
    given = {**GIVEN, **changed}
    plan = augment.draw(MIX, IDS, seed=7, epoch=2)
    return augment.render(
        plan, given["images"], given["labels"], threads=given["threads"], out=given["out"]
    )


def by_draw(**changed: Any) -> augment.Plan:
    given = {**GIVEN, **changed}
    return augment.draw(
        MIX, given["ids"], seed=given["seed"], epoch=given["epoch"], labels=given["labels"]
    )


EXPECTED = by_apply()
TAKES: list[tuple[Callable[..., Any], set[str]]] = [
    (by_apply, set(GIVEN)),
    (by_render, {"images", "labels", "threads", "out"}),
    (by_draw, {"labels", "ids", "seed", "epoch"}),
]

INTEGERS = [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64]
ACCEPTED: dict[str, dict[str, Any]] = {
    **{f"ids {whole.__name__}": {"ids": IDS.astype(whole)} for whole in INTEGERS},
    **{f"seed {whole.__name__}": {"seed": whole(7)} for whole in INTEGERS},
    **{f"epoch {whole.__name__}": {"epoch": whole(2)} for whole in INTEGERS},
    "ids in a list": {"ids": IDS.tolist()},
    "an epoch a row": {"epoch": np.full(COUNT, 2, np.int32)},
    "one epoch in an array": {"epoch": np.array([2])},
    "images in a list": {"images": list(IMAGES)},
    "labels in a list": {"labels": LABELS.tolist()},
    "labels in float64": {"labels": LABELS.astype(np.float64)},
    "images with a mask that masks none": {"images": np.ma.masked_array(IMAGES)},
    "labels in half precision": {"labels": LABELS.astype(np.float16)},
    "labels of bools": {"labels": LABELS.astype(bool)},
    "labels of integers": {"labels": LABELS.astype(np.int32)},
    "threads of numpy": {"threads": np.int8(2)},
    "out": {"out": np.empty_like(IMAGES)},
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_other_forms_of_the_same_give_the_same(case: str) -> None:
    changed = ACCEPTED[case]
    found = by_apply(**changed)
    np.testing.assert_array_equal(found.images, EXPECTED.images)
    np.testing.assert_array_equal(found.labels, EXPECTED.labels)
    for function, takes in TAKES:
        if set(changed) <= takes:
            function(**changed)


def test_rounded_labels_are_accepted() -> None:
    thirds = np.full((COUNT, 3), 0.333, np.float32)
    np.testing.assert_allclose(by_apply(labels=thirds).labels, thirds, atol=1e-6)


def test_one_class_and_an_empty_batch_are_accepted() -> None:
    assert by_apply(labels=np.ones((COUNT, 1), np.float32)).labels.tolist() == [[1.0]] * COUNT  # type: ignore[union-attr]
    nothing = by_apply(images=IMAGES[:0], labels=LABELS[:0], ids=[], epoch=[])
    assert nothing.images.shape == (0, 8, 6, 3)


def unwritable() -> np.ndarray:
    images = np.empty_like(IMAGES)
    images.flags.writeable = False
    return images


class Unreadable:
    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise NotImplementedError("a symbolic tensor")


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "class numbers": (
        {"labels": NUMBERS},
        r"int64 of shape \(4,\), class numbers; .*use numpy.eye\(K, dtype='float32'\)\[labels\], ",
    ),
    "a column of class numbers": (
        {"labels": NUMBERS[:, None]},
        r"int64 of shape \(4, 1\), class numbers; .*\[labels.ravel\(\)\]",
    ),
    "small class numbers": ({"labels": NUMBERS.astype(np.uint8)}, r"uint8 .*\[labels\]"),
    "class numbers as floats": (
        {"labels": NUMBERS.astype(float)},
        r"class numbers; .*\[labels.astype\(int\)\]",
    ),
    "a column of floats": (
        {"labels": NUMBERS[:, None].astype(np.float32)},
        r"row 0 sum to 3; .*\[labels.ravel\(\).astype\(int\)\]",
    ),
    "a chance": ({"labels": np.full((COUNT, 1), 0.3)}, r"concatenate\(\[1 - labels, labels\]"),
    "a binary label": ({"labels": np.array([[True], [False]] * 2)}, r"row 1 sum to 0; .*eye"),
    "several classes": ({"labels": np.ones((COUNT, 3))}, "row 0 sum to 3; .*several classes"),
    "several classes in integers": ({"labels": np.ones((COUNT, 3), int)}, "row 0 sum to 3"),
    "no class": ({"labels": np.zeros((COUNT, 3))}, "row 0 sum to 0: the picture has no class"),
    "a share below 0": ({"labels": np.tile([1.5, -0.5], (COUNT, 1))}, "the smallest is -0.5"),
    "NaN": ({"labels": np.where(LABELS == 1, np.nan, LABELS)}, "row 0 hold nan"),
    "infinity": ({"labels": np.where(LABELS == 1, np.inf, LABELS)}, "row 0 hold inf"),
    "percents": ({"labels": LABELS * 100}, "row 0 sum to 100"),
    "NaN in the last row alone": (
        {"labels": np.vstack([LABELS[:3], np.full((1, CLASSES), np.nan, np.float32)])},
        "row 3 hold nan",
    ),
    "a row of labels too few": ({"labels": LABELS[:3]}, r"\(3, 5\); .*one row for each of the 4"),
    "labels with a third axis": ({"labels": LABELS[:, None]}, r"\(4, 1, 5\).*use labels\[:, 0\]"),
    "labels without classes": ({"labels": LABELS[:, :0]}, "at least one class"),
    "one label": ({"labels": 3}, r"int64 of shape \(\)"),
    "words": ({"labels": np.array(["rose", "aster", "rose", "iris"])}, "numpy.unique"),
    "objects": ({"labels": np.array([None, {}, 1, "a"], object)}, "numpy.unique"),
    "complex labels": ({"labels": LABELS.astype(complex)}, "labels are complex128"),
    "uneven labels": ({"labels": [[1], [0, 1], [1], [1]]}, "labels cannot be read as one array"),
    "float images": ({"images": IMAGES.astype(np.float32)}, r"from 0 to 25\d; .*rint\(images\)"),
    "images to 1": ({"images": IMAGES / 255}, r"float64 .*rint\(images \* 255\).astype\('uint8'\)"),
    "images from -1": ({"images": IMAGES / 127.5 - 1}, r"rint\(\(images \+ 1\) \* 127.5\)"),
    "normalised images": ({"images": IMAGES / 40.0 - 3}, "normalise after augmenting"),
    "images of NaN": ({"images": np.full(IMAGES.shape, np.nan)}, "values that are not finite"),
    "images of int64": ({"images": IMAGES.astype(np.int64)}, r"use images.astype\('uint8'\)"),
    "images of 16 bits": ({"images": IMAGES.astype(np.uint16) * 257}, "scale them to 0 to 255"),
    "masks": ({"images": IMAGES > 9}, r"images are bool .*\* 255"),
    "grey": ({"images": IMAGES[..., :1]}, r"numpy.repeat\(images, 3, axis=3\)"),
    "grey and alpha": ({"images": IMAGES[..., :2]}, r"images\[..., :1\]"),
    "grey without an axis": ({"images": IMAGES[..., 0]}, r"images\[..., None\]"),
    "alpha": ({"images": np.repeat(IMAGES[..., :1], 4, axis=3)}, r"images\[..., :3\]"),
    "channels first": ({"images": np.moveaxis(IMAGES, 3, 1)}, r"numpy.moveaxis\(images, 1, 3\)"),
    "one picture": ({"images": IMAGES[0]}, r"images\[None\]"),
    "a number": ({"images": 3}, r"of shape \(\)"),
    "pictures of other sizes": (
        {"images": [IMAGES[0], IMAGES[1, :5], IMAGES[2], IMAGES[3]]},
        "one array; resize the pictures to one size",
    ),
    "masked images": (
        {"images": np.ma.masked_equal(IMAGES, IMAGES.max())},
        r"images are a masked array, of which \d+ values .*numpy.ma.filled\(images, 0\)",
    ),
    "masked labels": (
        {"labels": np.ma.masked_equal(LABELS, 1)},
        "labels are a masked array, .* 4 v",
    ),
    "masked ids": (
        {"ids": np.ma.masked_equal(IDS, 9)},
        "ids are a masked array, of which 1 values",
    ),
    "no height": ({"images": IMAGES[:, :0]}, "each side must have at least 1 pixel"),
    "no width": ({"images": IMAGES[:, :, :0]}, "each side must have at least 1 pixel"),
    "no images": ({"images": None}, "images are missing"),
    "a tensor without values": ({"images": Unreadable()}, "use augment.tfdata.mapper there"),
    "a picture too few": ({"images": IMAGES[:3]}, "plan has 4 rows, but there are 3 images|labels"),
    "ids of floats": ({"ids": IDS.astype(float)}, r"float64 .*use ids.astype\('int64'\)"),
    "ids between": ({"ids": IDS + 0.5}, r"float64 .*numpy.arange\(N\)"),
    "ids of NaN": ({"ids": np.full(COUNT, np.nan)}, "ids are float64"),
    "ids of bools": ({"ids": np.array([True, False, True, False])}, "ids are bool"),
    "names for ids": ({"ids": np.array(list("abcd"))}, r"ids are <U1 .*numpy.arange"),
    "ids beyond int64": ({"ids": np.arange(4, dtype=np.uint64) + 2**63}, "at most"),
    "ids beyond 64 bits": ({"ids": [1, 2, 3, 2**70]}, "ids are object"),
    "a column of ids": ({"ids": IDS[:, None]}, r"use ids.ravel\(\)"),
    "one id": ({"ids": 3}, r"of shape \(\); they must be integers of shape \(B,\)"),
    "no ids": ({"ids": None}, "ids are missing"),
    "an id too many": ({"ids": [1, 2, 3, 4, 5]}, "5"),
    "half an epoch": (
        {"epoch": 1.7},
        "epoch is 1.7; it must be a whole number from 0 to 2147483647",
    ),
    "an epoch as a float": ({"epoch": 1.0}, "epoch is 1.0"),
    "epochs as floats": ({"epoch": np.zeros(COUNT)}, r"epoch is \[0.0, 0.0"),
    "an epoch below 0": ({"epoch": -1}, "epoch is -1"),
    "an epoch too large": ({"epoch": int(EPOCH.high) + 1}, "epoch is 2147483648"),
    "an epoch beyond 64 bits": ({"epoch": 10**400}, r"epoch is about 2\*\*1328"),
    "one of the epochs below 0": ({"epoch": [0, 1, 2, -3]}, r"epoch is \[0, 1, 2, -3\]"),
    "a float of numpy for an epoch": ({"epoch": np.float32(1.5)}, "epoch is 1.5; "),
    "an epoch of numpy below 0": ({"epoch": np.int32(-1)}, "epoch is -1; "),
    "an epoch below 0 in an array": ({"epoch": np.array(-1)}, "epoch is -1; "),
    "a true epoch": ({"epoch": True}, "epoch is True"),
    "a word for an epoch": ({"epoch": "2"}, "epoch is '2'"),
    "no epoch": ({"epoch": None}, "epoch is missing"),
    "an epoch too few": ({"epoch": [1, 2]}, r"epoch is int64 of shape \(2,\); .* the 4 rows"),
    "a column of epochs": ({"epoch": np.zeros((COUNT, 1), int)}, r"of shape \(4, 1\)"),
    "half a seed": ({"seed": 1.5}, "seed is 1.5; it must be a whole number from 0 to 4294967295"),
    "a seed as a float": ({"seed": 7.0}, "seed is 7.0"),
    "a word for a seed": ({"seed": "7"}, "seed is '7'"),
    "a seed below 0": ({"seed": -1}, "seed is -1"),
    "a seed too large": ({"seed": int(SEED.high) + 1}, "seed is 4294967296"),
    "a seed that Python does not print": ({"seed": 10**5000}, r"seed is about 2\*\*16609; "),
    "NaN for a seed": ({"seed": float("nan")}, "seed is nan"),
    "a true seed": ({"seed": True}, "seed is True"),
    "a true seed of numpy": ({"seed": np.True_}, "seed is True"),
    "no seed": ({"seed": None}, "seed is None"),
    "a list of seeds": ({"seed": [7]}, "seed is of type list"),
    "no threads": ({"threads": 0}, "number of threads is 0; it must be a whole number from 1"),
    "less than no threads": ({"threads": -2}, "number of threads is -2"),
    "a thread and a half": ({"threads": 1.5}, "number of threads is 1.5"),
    "threads as before": ({"threads": None}, "number of threads is None"),
    "out of floats": ({"out": np.empty(IMAGES.shape)}, "out is float64 .*numpy.empty_like"),
    "out too small": ({"out": np.empty_like(IMAGES[:3])}, r"out is uint8 of shape \(3, 8, 6, 3\)"),
    "out is the images": ({"out": IMAGES}, "out is in the memory of the images"),
    "out is a part": ({"out": np.empty((4, 8, 6, 6), np.uint8)[..., ::2]}, "not C-contiguous"),
    "out for reading": ({"out": unwritable()}, "read-only"),
    "out is a list": ({"out": []}, "out is of type list"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_error_of_a_wrong_argument_is_one_sentence(case: str) -> None:
    changed, message = REFUSED[case]
    given = {**GIVEN, **changed}
    before = {name: np.copy(one) for name, one in given.items() if isinstance(one, np.ndarray)}
    called = 0
    for function, takes in TAKES:
        if not set(changed) <= takes:
            continue
        called += 1
        with pytest.raises(augment.ArrayError, match=message) as refused:
            function(**changed)
        text = str(refused.value)
        assert text.endswith(".")
        assert "\n" not in text
        assert len(text) < 300
    assert called
    for name, value in before.items():
        np.testing.assert_array_equal(given[name], value)


def test_an_error_of_arrays_is_one_of_data_and_a_value_error() -> None:
    """As the two kinds of functions raised before there was one."""
    assert issubclass(augment.ArrayError, augment.DataError)
    assert issubclass(augment.ArrayError, ValueError)


def test_a_sample_may_be_repeated_in_epochs_of_its_own() -> None:
    plan = by_draw(ids=[3, 3, 3, 3], epoch=[0, 1, 2, 3])
    assert [row.epoch for row in plan.rows] == [0, 1, 2, 3]


@pytest.mark.parametrize("size", [5, "88", (8,), (0, 8), (8, 1.5), (8, 8, 3), (True, 8)])
def test_a_size_is_a_height_and_a_width(size: Any) -> None:
    with pytest.raises(augment.ArrayError, match=r"^The (size|height|width) is"):
        augment.draw(MIX, IDS, seed=7, size=size)


@pytest.mark.parametrize("recipe", ["guide", {"version": 1, "steps": []}, None])
def test_anything_but_a_recipe_is_refused(recipe: Any) -> None:
    with pytest.raises(augment.ArrayError, match=r"augment.Recipe.from_json"):
        augment.draw(recipe, IDS, seed=7)


def test_anything_but_a_plan_is_refused() -> None:
    with pytest.raises(augment.ArrayError, match=r"type Recipe; .* augment.draw"):
        augment.render(MIX, IMAGES, LABELS)  # type: ignore[arg-type]


def test_the_largest_seed_and_epoch_are_accepted() -> None:
    plan = by_draw(seed=np.uint32(SEED.high), epoch=np.int32(EPOCH.high))
    assert (plan.seed, plan.rows[0].epoch) == (SEED.high, EPOCH.high)
    assert type(plan.seed) is int


def test_rows_are_read_as_they_are() -> None:
    assert arrays.read_rows([]).tolist() == []
    assert arrays.read_rows(np.array([3, 1], np.uint8)).tolist() == [3, 1]


def test_a_repeated_sample_is_drawn_alike() -> None:
    # As in a batch of `tf.data.Dataset.sample_from_datasets`, which repeats rare classes.
    recipe = augment.presets.PRESETS["rand_augment"].recipe
    first, other, again = augment.draw(recipe, [5, 6, 5], seed=7, epoch=0).rows
    assert first.ops == again.ops != other.ops
