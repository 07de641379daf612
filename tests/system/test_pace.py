from __future__ import annotations

import time

import pytest

from augment.system.pace import WINDOW_S, Pace, has_figures


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of the clock, to be set."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_speed_and_time_left_are_those_of_the_last_seconds(clock: list[float]) -> None:
    pace = Pace()
    assert (pace.per_second, pace.seconds_left) == (0.0, None)
    pace.update(0, 1000)
    assert pace.seconds_left is None
    for _ in range(5):
        clock[0] += 1
        pace.update(int(clock[0] - 100) * 10, 1000)
    assert (pace.per_second, pace.seconds_left) == (10.0, 95.0)
    for second in range(int(WINDOW_S) + 1):
        clock[0] += 1
        pace.update(50 + 40 * (second + 1), 1000)
    assert pace.per_second == 40.0
    assert pace.seconds_left == (1000 - 490) / 40


def test_another_kind_of_work_begins_anew(clock: list[float]) -> None:
    pace = Pace()
    pace.update(0, 10)
    clock[0] += 2
    pace.update(10, 10)
    pace.restart()
    assert pace.per_second == 0.0
    pace.update(0, 5000)
    clock[0] += 2
    pace.update(100, 5000)
    assert pace.per_second == 50.0


def test_messages_with_figures() -> None:
    assert has_figures("downloading 12 of 330 MB")
    assert not has_figures("preparing the train pictures")
