"""The answer of a model about each picture, from what it says of the views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from augment.predict import aggregate
from augment.predict.aggregate import LOG_MEAN, MEAN, VOTES, Logs

_TOP = 5


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a model says of a picture.

    Attributes:
        predicted: The class; empty where a model that diverged has none.
        probability: Its probability.
        top: The likeliest classes with their probabilities, at most five.
        votes: How many views are for each class that has one, the most first.
        by_view: What each view is for, with its probability.
    """

    predicted: str
    probability: float
    top: list[tuple[str, float]]
    votes: list[tuple[str, int]]
    by_view: list[tuple[str, float]]


def answer(logs: Logs, class_names: Sequence[str], method: str = MEAN) -> list[Answer]:
    """Return the answer for each picture.

    Args:
        logs: float32 (V, N, K), natural logarithms of probabilities.
        class_names: The names of the K classes.
        method: "votes", "mean" or "log_mean".
    """
    combined = {MEAN: aggregate.mean, VOTES: aggregate.mean, LOG_MEAN: aggregate.log_mean}[method]
    shares = np.exp(combined(logs).astype(np.float64))
    counts = aggregate.votes(logs)
    predicted = aggregate.predicted_by_votes(logs) if method == VOTES else shares.argmax(axis=1)
    found = []
    for n, best in enumerate(predicted.tolist()):
        has_one = best >= 0 and not np.isnan(shares[n]).any()
        if method == VOTES:
            order = np.lexsort((-shares[n], -counts[n]))[:_TOP]
        else:
            order = np.argsort(-shares[n], kind="stable")[:_TOP]
        by_votes = np.argsort(-counts[n], kind="stable")
        found.append(
            Answer(
                predicted=class_names[best] if has_one else "",
                probability=float(shares[n, best]) if has_one else 0.0,
                top=[(class_names[k], float(shares[n, k])) for k in order] if has_one else [],
                votes=[(class_names[k], int(counts[n, k])) for k in by_votes if counts[n, k]],
                by_view=[_of_view(view[n], class_names) for view in logs],
            )
        )
    return found


def _of_view(logs: Logs, class_names: Sequence[str]) -> tuple[str, float]:
    if np.isnan(logs).any():
        return "", 0.0
    best = int(logs.argmax())
    return class_names[best], float(np.exp(np.float64(logs[best])))
