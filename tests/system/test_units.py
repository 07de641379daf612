from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from augment.system import units


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0.0 MB"), (3_240_000, "3.2 MB"), (9_999_000_000, "9,999.0 MB"), (10**10, "10.0 GB")],
)
def test_megabytes(count: int, text: str) -> None:
    assert units.megabytes(count) == text


def test_counted() -> None:
    assert units.counted(1, "step") == "1 step"
    assert units.counted(1_200, "step") == "1,200 steps"
    assert units.counted(3, "class", "classes") == "3 classes"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1 second"),
        (89, "89 seconds"),
        (90, "2 minutes"),
        (3_600, "60 minutes"),
        (5_400, "2 hours"),
        (130_000, "2 days"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert units.duration(seconds) == text


def test_age() -> None:
    now = datetime.now(UTC)
    assert units.age(now) == "just now"
    assert units.age(now - timedelta(minutes=3)) == "3 minutes ago"
