"""Which epochs are validated: fixed by the configuration, and no more than a tenth of the time."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from augment.runs import stages
from augment.runs.presets import PRESETS
from tests.runs.conftest import config

OXFORD = {"training": 1020, "validation": 1020}


@pytest.mark.parametrize(
    ("changes", "counts", "expected"),
    [
        ({"epochs": 1}, OXFORD, (1,)),
        ({"epochs": 40}, OXFORD, (3, 6, 9, 12, 15, 18, 22, 25, 28, 31, 34, 37, 40)),
        ({"epochs": 8}, {"training": 1000, "validation": 100}, (1, 2, 3, 4, 5, 6, 7, 8)),
        ({"epochs": 8}, {"training": 1000, "validation": 0}, ()),
        (dict(PRESETS["quick"].values), OXFORD, (1, 2, 3, 7)),
        ({"epochs": 3, "weights": "/w.keras", "trainable": "head"}, OXFORD, (1, 2, 3)),
    ],
)
def test_validated_epochs(
    changes: dict[str, Any], counts: dict[str, int], expected: tuple[int, ...]
) -> None:
    assert stages.validated_epochs(config(**changes), **counts) == expected


@pytest.mark.parametrize("epochs", [12, 40, 100, 1000])
@pytest.mark.parametrize("trainable", ["all", "last_block"])
def test_validation_takes_at_most_a_tenth_and_the_last_epoch_is_validated(
    epochs: int, trainable: str
) -> None:
    changes = {"epochs": epochs, "trainable": trainable, "weights": "/w.keras"}
    validated = stages.validated_epochs(config(**changes), **OXFORD)
    training = epochs * (1.0 if trainable == "all" else stages._LAST_BLOCK)
    validation = len(validated) * stages._FORWARD
    assert 0.07 < validation / (training + validation) <= stages.VALIDATION_SHARE
    assert validated[-1] == epochs
    gaps = {b - a for a, b in pairwise([0, *validated])}
    assert max(gaps) - min(gaps) <= 1, "not spread evenly"
