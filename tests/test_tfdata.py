from __future__ import annotations

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


@pytest.mark.parametrize("missing", ["ids", "epoch"])
def test_a_missing_entry_is_named(missing: str) -> None:
    with pytest.raises(ValueError, match=f"no {missing};"):
        dataset(0, **{missing: None}).map(tfdata.mapper(GUIDE, 7))
