"""One prediction from those of several views of a picture.

Test-time augmentation asks the model about each view, and makes one answer of all of them: by votes, by
the mean of the probabilities, by the mean of their logarithms (a geometric mean), or by a mean in which
each view has a weight ("Better Aggregation in Test-Time Augmentation", arXiv 2011.11156).

Every answer but the weighted one is the same, to the byte, for the views in any order: sums are taken of
sorted numbers. One view, or several equal ones, give what they were given.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Logs = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

VOTES, MEAN, LOG_MEAN, WEIGHTED = METHODS = ("votes", "mean", "log_mean", "weighted")
TITLES = {
    VOTES: "votes",
    MEAN: "averaged probabilities",
    LOG_MEAN: "averaged log-probabilities",
    WEIGHTED: "weighted views",
}

_ROUNDS = 2000
_CLOSE = 1e-9


def votes(logs: Logs) -> npt.NDArray[np.int64]:
    """Return how many views are for each class: int64 (N, K); a view of NaN is for none.

    Args:
        logs: float32 (V, N, K), natural logarithms of probabilities.
    """
    chosen = logs.argmax(axis=2)
    valid = ~np.isnan(logs).any(axis=2)
    _, pictures, classes = logs.shape
    cells = np.arange(pictures) * classes + chosen
    counts = np.bincount(cells[valid], minlength=pictures * classes)
    return counts.reshape(pictures, classes)


def predicted_by_votes(logs: Logs) -> npt.NDArray[np.int64]:
    """Return the class with the most votes, int64 (N,); -1 where no view has one.

    Of classes with as many votes, it is the one with the larger mean probability.
    """
    counts = votes(logs)
    ties = counts == counts.max(axis=1, keepdims=True)
    among = np.where(ties, np.nan_to_num(mean(logs), nan=-np.inf), -np.inf)
    return np.where(counts.any(axis=1), among.argmax(axis=1), -1)


def mean(logs: Logs) -> Logs:
    """Return the logarithm of the mean of the probabilities: float32 (N, K)."""
    most = logs.max(axis=0)
    with np.errstate(invalid="ignore"):  # a class that no view has
        shares = np.sort(np.exp((logs - most).astype(np.float64)), axis=0)
    return np.asarray(most + np.log(shares.mean(axis=0)), np.float32)


def log_mean(logs: Logs) -> Logs:
    """Return the mean of the logarithms, as logarithms of probabilities that sum to 1: float32 (N, K)."""
    found = np.sort(logs.astype(np.float64), axis=0).mean(axis=0)
    found -= np.log(np.exp(found).sum(axis=1, keepdims=True))
    same = (logs == logs[0]).all(axis=(0, 2))
    return np.asarray(np.where(same[:, None], logs[0], found), np.float32)


def weighted(logs: Logs, weights: Floats) -> Logs:
    """Return the logarithm of the weighted mean of the probabilities: float32 (N, K).

    Args:
        logs: float32 (V, N, K).
        weights: float64 (V,), not negative, with the sum 1.
    """
    most = logs.max(axis=0)
    shares = np.exp((logs - most).astype(np.float64)) * weights[:, None, None]
    with np.errstate(divide="ignore"):  # a class that only views of weight 0 have
        found = np.log(shares.sum(axis=0))
    return np.asarray(most + np.maximum(found, -80.0), np.float32)


def learn_weights(own: Floats) -> Floats:
    """Return the weights of the views that make the classes of pictures likeliest: float64 (V,).

    The likelihood of a mixture is concave in its weights, so that expectation maximisation (Dempster,
    Laird and Rubin 1977) ends at its only maximum: not negative, with the sum 1.

    Args:
        own: float64 (N, V), the probability that each view gives to the class of the picture.
    """
    views = own.shape[1]
    weights = np.full(views, 1 / views)
    own = own[(own > 0).any(axis=1)]
    for _ in range(_ROUNDS):
        shares = own * weights
        changed = (shares / shares.sum(axis=1, keepdims=True)).mean(axis=0) if len(own) else weights
        done = np.abs(changed - weights).max() < _CLOSE
        weights = changed
        if done:
            break
    return weights
