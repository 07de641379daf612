from __future__ import annotations

import time

import pytest

from augment.system.pace import SECONDS, Pace, says_itself


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of the clock, to be set."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_speed_and_time_left_are_those_of_the_last_seconds(clock: list[float]) -> None:
    pace = Pace()
    assert (pace.per_second, pace.seconds_left) == (0.0, None)
    pace.see(0, 1000)
    assert pace.seconds_left is None
    for _ in range(5):
        clock[0] += 1
        pace.see(int(clock[0] - 100) * 10, 1000)
    assert (pace.per_second, pace.seconds_left) == (10.0, 95.0)
    for second in range(int(SECONDS) + 1):
        clock[0] += 1
        pace.see(50 + 40 * (second + 1), 1000)
    assert pace.per_second == 40.0
    assert pace.seconds_left == (1000 - 490) / 40


def test_another_kind_of_work_begins_anew(clock: list[float]) -> None:
    pace = Pace()
    pace.see(0, 10)
    clock[0] += 2
    pace.see(10, 10)
    pace.restart()
    assert pace.per_second == 0.0
    pace.see(0, 5000)
    clock[0] += 2
    pace.see(100, 5000)
    assert pace.per_second == 50.0


def test_words_with_figures_say_it_themselves() -> None:
    assert says_itself("downloading 12 of 330 MB")
    assert not says_itself("preparing the train pictures")
