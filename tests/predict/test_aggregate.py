"""One prediction from several views: one is left as it is, and their order does not matter."""

from __future__ import annotations

import numpy as np
import pytest

from augment.predict import aggregate

RANDOM = np.random.default_rng(5)
LOGS = np.log(RANDOM.dirichlet(np.full(6, 0.4), (7, 40))).astype(np.float32)


@pytest.mark.parametrize("method", [aggregate.mean, aggregate.log_mean])
def test_one_view_and_equal_views_stay_as_they_are_to_the_byte(method) -> None:  # type: ignore[no-untyped-def]
    assert method(LOGS[:1]).tobytes() == LOGS[0].tobytes()
    assert method(LOGS[[0, 0, 0]]).tobytes() == LOGS[0].tobytes()


@pytest.mark.parametrize(
    "method",
    [aggregate.votes, aggregate.predicted_by_votes, aggregate.mean, aggregate.log_mean],
)
def test_the_order_of_views_does_not_matter(method) -> None:  # type: ignore[no-untyped-def]
    assert method(LOGS[RANDOM.permutation(7)]).tobytes() == method(LOGS).tobytes()


def test_means_are_those_of_their_names() -> None:
    probabilities = np.exp(LOGS.astype(np.float64))
    np.testing.assert_allclose(
        np.exp(aggregate.mean(LOGS)), probabilities.mean(axis=0), rtol=1e-5, atol=1e-7
    )
    geometric = np.exp(np.log(probabilities).mean(axis=0))
    geometric /= geometric.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(np.exp(aggregate.log_mean(LOGS)), geometric, rtol=1e-5)


def test_votes_are_counted_and_a_tie_goes_to_the_likelier_class() -> None:
    shares = np.array([[[0.6, 0.4, 0.0]], [[0.1, 0.9, 0.0]], [[np.nan] * 3]], np.float32)
    with np.errstate(divide="ignore"):
        logs = np.log(shares)
    assert aggregate.votes(logs).tolist() == [[1, 1, 0]]
    assert aggregate.predicted_by_votes(logs[:2]).tolist() == [1]
    assert aggregate.predicted_by_votes(logs[2:]).tolist() == [-1]


def test_the_view_that_knows_the_classes_gets_the_weight() -> None:
    own = np.stack([RANDOM.uniform(0.7, 0.9, 500), RANDOM.uniform(0.0, 0.2, 500)], axis=1)
    weights = aggregate.learn_weights(own)
    assert weights[0] > 0.99
    assert weights.sum() == pytest.approx(1.0)


def test_views_that_complement_each_other_share_the_weight() -> None:
    own = np.where(np.arange(1000)[:, None] % 4 == 0, [0.1, 0.9], [0.9, 0.1])
    # The maximum of 3/4 log(0.1 + 0.8 w) + 1/4 log(0.9 - 0.8 w), by its derivative.
    assert aggregate.learn_weights(own)[0] == pytest.approx(0.8125, abs=1e-4)


def test_equal_weights_are_the_mean() -> None:
    np.testing.assert_allclose(
        aggregate.weighted(LOGS, np.full(7, 1 / 7)), aggregate.mean(LOGS), atol=1e-5
    )
