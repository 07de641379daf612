"""The head that is fitted on the features of a frozen body."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.optimize

from augment.train import head

Array = npt.NDArray[np.float32]
RNG = np.random.default_rng(0)


def probabilities(features: Array, kernel: Array, bias: Array) -> Array:
    exponentials = np.exp(features @ kernel + bias)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def problem(rows: int = 60) -> tuple[Array, Array]:
    """Three classes that overlap, and labels that are partly mixed."""
    labels = np.arange(rows) % 3
    features = RNG.normal(size=(rows, 4)) + 1.5 * np.eye(3, 4)[labels]
    targets = 0.8 * np.eye(3)[labels] + 0.2 * np.eye(3)[labels[::-1]]
    return features.astype(np.float32), targets.astype(np.float32)


def test_the_head_is_the_minimum_that_another_solver_finds() -> None:
    features, targets = problem()
    x = (features - features.mean(0)) / features.std(0)

    def objective(flat: npt.NDArray[np.float64]) -> float:
        kernel, bias = flat[:12].reshape(4, 3), flat[12:]
        scores = x @ kernel + bias
        cross_entropy = np.log(np.exp(scores).sum(1)) - (targets * scores).sum(1)
        penalty = 4 / (2 * head.SCORE_DEVIATION**2 * len(x)) * np.square(kernel).sum()
        return float(cross_entropy.mean() + penalty)

    solution = scipy.optimize.minimize(objective, np.zeros(15), method="BFGS").x
    expected = probabilities(x, solution[:12].reshape(4, 3), solution[12:])
    kernel, bias = head.fit(features, targets)
    assert (kernel.dtype, bias.dtype) == (np.float32, np.float32)
    np.testing.assert_allclose(probabilities(features, kernel, bias), expected, atol=0.02)


def test_the_scale_of_features_does_not_matter_and_a_constant_one_has_no_weight() -> None:
    features, targets = problem()
    other = np.concatenate([features * [1, 100, 0.01, 7] + 3, np.full((60, 1), 5)], axis=1)
    kernel, bias = head.fit(other.astype(np.float32), targets)
    expected = probabilities(features, *head.fit(features, targets))
    np.testing.assert_array_equal(kernel[4], 0)
    actual = probabilities(other.astype(np.float32), kernel, bias)
    np.testing.assert_allclose(actual, expected, atol=0.03)


def test_features_that_say_nothing_give_the_mean_of_the_targets() -> None:
    _, targets = problem()
    targets[:, 0] += 1
    targets /= targets.sum(axis=1, keepdims=True)
    kernel, bias = head.fit(np.ones((60, 4), np.float32), targets)
    expected = targets.mean(axis=0)
    np.testing.assert_allclose(probabilities(np.ones((1, 4)), kernel, bias)[0], expected, atol=1e-3)


def test_the_same_features_give_the_same_head() -> None:
    features, targets = problem()
    for first, second in zip(head.fit(features, targets), head.fit(features, targets), strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_class_without_pictures_gets_a_finite_and_small_probability() -> None:
    features, targets = problem()
    kernel, bias = head.fit(
        features, np.concatenate([targets, np.zeros((60, 1))], 1, dtype=np.float32)
    )
    assert np.isfinite(kernel).all()
    assert probabilities(features, kernel, bias)[:, 3].max() < 0.05


def test_a_row_without_weight_has_no_influence() -> None:
    features = RNG.normal(size=(40, 3)).astype(np.float32)
    targets = np.eye(3, dtype=np.float32)[RNG.integers(0, 3, 40)]
    weights = np.r_[np.zeros(20), np.full(20, 2.0)].astype(np.float32)
    wrong = np.r_[np.roll(targets[:20], 1, axis=1), targets[20:]]
    one, other = (head.fit(features, each, weights) for each in (targets, wrong))
    np.testing.assert_allclose(features @ one[0], features @ other[0], atol=0.01)
    assert np.abs(head.fit(features, wrong)[0] - head.fit(features, targets)[0]).max() > 0.1
