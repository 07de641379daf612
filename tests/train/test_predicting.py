"""Predictions by features and head are those of the whole network, whatever is left over in a batch."""

from __future__ import annotations

import numpy as np
import pytest

from augment.data.store.prepared import Prepared
from tests.train.conftest import some_of, tiny

keras = pytest.importorskip("keras")

from augment.train.predicting import Predictor, batch_of_a_step  # noqa: E402 - after the skip


@pytest.mark.parametrize("count", [1, 7, 88])
@pytest.mark.parametrize(("multiple", "batch_size"), [(1, 88), (48, 88), (30, 88), (300, 88)])
def test_every_picture_has_the_prediction_of_the_network(
    prepared: Prepared, count: int, multiple: int, batch_size: int
) -> None:
    model, split = tiny(), some_of(prepared.split("validation"), np.arange(count))
    predictor = Predictor(model, pictures=88, multiple=multiple)
    assert predictor.batch_size == batch_size
    done: list[object] = []
    found = predictor.predictions(split, progress=lambda *report: done.append(report))
    assert done == [(count, count, "evaluating on validation")]
    probabilities = np.asarray(model(split.images[:]))
    np.testing.assert_allclose(np.exp(found.log_probabilities), probabilities, atol=1e-6)
    np.testing.assert_array_equal(found.labels, split.labels)
    np.testing.assert_array_equal(found.ids, split.ids)
    again = predictor.predictions(split, predictor.features(split.images))
    np.testing.assert_array_equal(again.log_probabilities, found.log_probabilities)


@pytest.mark.parametrize(
    ("size", "pictures", "multiple", "batch_size"),
    [
        (32, 9, 1, 9),
        (32, 500, 32, 128),
        (64, 500, 48, 96),
        (64, 500, 500, 128),
        (224, 500, 32, 32),
        (512, 500, 1, 16),
    ],
)
def test_a_batch_is_a_multiple_of_the_training_batch_as_far_as_it_can(
    size: int, pictures: int, multiple: int, batch_size: int
) -> None:
    assert Predictor(tiny(size=size), pictures=pictures, multiple=multiple).batch_size == batch_size


def test_what_the_head_makes_of_a_picture_is_the_same_to_the_byte_beside_any_others() -> None:
    predictor = Predictor(tiny(size=64), pictures=16)
    features = np.random.default_rng(1).normal(size=(300, len(predictor.head[0])))
    features = features.astype(np.float32)
    whole = predictor.log_probabilities(features)
    for first in (0, 1, 7, 130):
        for count in (1, 2, 3, 17, 100):
            some = predictor.log_probabilities(features[first : first + count])
            assert some.tobytes() == whole[first : first + count].tobytes()
    assert predictor.log_probabilities(features[:0]).shape == (0, 11)


def test_a_step_aside_is_a_few_pictures_and_never_one() -> None:
    """A batch of one is computed otherwise than one of more."""
    assert [batch_of_a_step(size) for size in (32, 64, 128, 224, 1024)] == [64, 64, 16, 5, 2]


def test_the_weights_of_the_moment_count_and_no_probability_is_rounded_to_0(
    prepared: Prepared,
) -> None:
    model, split = tiny(), prepared.split("validation")
    predictor = Predictor(model, pictures=88)
    first = predictor.predictions(split).log_probabilities
    model.get_layer("body").set_weights(
        [2 * each for each in model.get_layer("body").get_weights()]
    )
    second = predictor.predictions(split).log_probabilities
    np.testing.assert_allclose(np.exp(second), np.asarray(model(split.images[:])), atol=1e-6)
    assert np.abs(first - second).max() > 1e-3
    kernel, bias = predictor.head
    predictor.head = (1000 * kernel, bias)
    certain = predictor.predictions(split).log_probabilities
    assert np.isfinite(certain).all()
    assert certain.min() < -150, "nothing that float32 would round to 0"
