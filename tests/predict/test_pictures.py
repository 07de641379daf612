"""What a model says of a picture by name: the classes, the votes of the views, what each view is for."""

from __future__ import annotations

import json

import numpy as np
import pytest

from augment.errors import ConfigError
from augment.predict.pictures import answer

NAMES = ("cat", "dog", "elk")
SHARES = np.array([[[0.5, 0.4, 0.1]], [[0.5, 0.4, 0.1]], [[0.01, 0.98, 0.01]]])
LOGS = np.log(SHARES).astype(np.float32)


@pytest.mark.parametrize(
    ("method", "predicted", "probability"),
    [("mean", "dog", 1.78 / 3), ("votes", "cat", 2 / 3), ("log_mean", "dog", 0.5393 / 0.7214)],
)
def test_each_method_has_its_answer(method: str, predicted: str, probability: float) -> None:
    [found] = answer(LOGS, NAMES, method)
    assert found.predicted == predicted
    assert found.probability == pytest.approx(probability, abs=1e-3)
    assert found.top[0] == (found.predicted, found.probability)
    assert found.votes == [("cat", 2), ("dog", 1)]
    assert [name for name, _ in found.by_view] == ["cat", "cat", "dog"]
    assert [share for _, share in found.by_view] == pytest.approx([0.5, 0.5, 0.98])
    assert json.loads(json.dumps(found.to_dict()))["predicted"] == predicted


def test_a_tie_of_votes_goes_to_the_likelier_class() -> None:
    [found] = answer(LOGS[1:], NAMES, "votes")
    assert (found.predicted, found.probability) == ("dog", 0.5)
    assert found.votes == [("dog", 1), ("cat", 1)]


def test_at_most_five_classes_are_named() -> None:
    logs = np.log(np.full((1, 2, 8), 1 / 8, np.float32))
    for found in answer(logs, [str(number) for number in range(8)]):
        assert [name for name, _ in found.top] == ["0", "1", "2", "3", "4"]


def test_a_model_that_diverged_has_no_answer() -> None:
    [found] = answer(np.full((2, 1, 3), np.nan, np.float32), NAMES)
    assert (found.predicted, found.top, found.votes) == ("", [], [])
    assert found.by_view == [("", 0.0), ("", 0.0)]


def test_there_are_no_weights_here() -> None:
    with pytest.raises(ConfigError, match="one of mean, votes, log_mean, but 'weighted' was given"):
        answer(LOGS, NAMES, "weighted")
