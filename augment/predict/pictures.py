"""What a model says of a picture, as a person reads it: names and votes (no Keras)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from augment.errors import ConfigError
from augment.predict import aggregate
from augment.predict.aggregate import LOG_MEAN, MEAN, VOTES, Floats, Logs

METHODS = (MEAN, VOTES, LOG_MEAN)
"""How the answer of several views is made; a weighted one needs weights that were learned."""

LIKELIEST = 5


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a model says of one picture, by all of its views.

    Attributes:
        predicted: The class; empty for a model that diverged, which has none.
        probability: Of that class, 0 to 1. With votes, it is the share of the views.
        top: The likeliest classes, at most five, each with its probability, the likeliest first.
        votes: Each class that a view is for, and how many views are, the most first.
        by_view: What each view is for, and its probability.
    """

    predicted: str
    probability: float
    top: list[tuple[str, float]]
    votes: list[tuple[str, int]]
    by_view: list[tuple[str, float]]

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON values."""
        return asdict(self)


def answer(logs: Logs, class_names: Sequence[str], method: str = MEAN) -> list[Answer]:
    """Return an answer for each picture.

    Args:
        logs: float32 (V, N, K), natural logarithms of the probabilities, by view.
        class_names: One a class.
        method: One of `METHODS`.

    Raises:
        ConfigError: There is no such method.
    """
    if method not in METHODS:
        raise ConfigError(f"method must be one of {', '.join(METHODS)}, but {method!r} was given.")
    counts = aggregate.votes(logs)
    means = np.exp(aggregate.mean(logs).astype(np.float64))
    if method == VOTES:
        shares = counts / len(logs)
    elif method == LOG_MEAN:
        shares = np.exp(aggregate.log_mean(logs).astype(np.float64))
    else:
        shares = means
    return [
        _answer(logs[:, row].astype(np.float64), counts[row], shares[row], means[row], class_names)
        for row in range(logs.shape[1])
    ]


def _answer(
    views: Floats,
    counts: npt.NDArray[np.int64],
    shares: Floats,
    means: Floats,
    names: Sequence[str],
) -> Answer:
    """Return the answer for one picture; of equal shares the larger mean comes first, then the first."""
    by_view = [
        ("", 0.0) if np.isnan(view).any() else (names[view.argmax()], float(np.exp(view.max())))
        for view in views
    ]
    order = np.lexsort((-np.nan_to_num(means), -np.nan_to_num(shares)))
    top = [
        (names[each], float(shares[each]))
        for each in order[:LIKELIEST]
        if np.isfinite(shares[each]) and counts.any()
    ]
    voted = [each for each in np.lexsort((-np.nan_to_num(means), -counts)) if counts[each]]
    return Answer(
        predicted=top[0][0] if top else "",
        probability=top[0][1] if top else 0.0,
        top=top,
        votes=[(names[each], int(counts[each])) for each in voted],
        by_view=by_view,
    )
