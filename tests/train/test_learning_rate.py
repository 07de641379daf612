"""The learning rate of each step, of schedules that are calculated by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.train.conftest import CONFIG

keras = pytest.importorskip("keras")

from augment.train.learning_rate import learning_rate  # noqa: E402 - after the skip


@pytest.mark.parametrize(
    ("schedule", "warmup", "steps", "expected"),
    [
        ("constant", 0.0, 4, [1, 1, 1, 1]),
        ("constant", 0.5, 4, [0.5, 1, 1, 1]),
        ("cosine", 0.0, 2, [1, 0.5]),
        ("cosine", 0.0, 4, [1, 0.5 + math.sqrt(0.125), 0.5, 0.5 - math.sqrt(0.125)]),
        ("cosine", 0.4, 5, [0.5, 1, 1, 0.75, 0.25]),
        ("cosine", 0.5, 1, [1]),
    ],
)
def test_the_learning_rate_rises_and_falls(
    schedule: str, warmup: float, steps: int, expected: list[float]
) -> None:
    config = replace(CONFIG, schedule=schedule, warmup=warmup, learning_rate=0.3)
    rates = [float(learning_rate(config, steps)(step)) for step in range(steps)]
    np.testing.assert_allclose(rates, 0.3 * np.array(expected), rtol=1e-5)
